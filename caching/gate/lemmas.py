"""The form a word of an ask is compared in, and whether it is a word at all."""

from __future__ import annotations

from .inflection import lemma
from .names import NAMES, SAME
from .reading import WORD, Token
from .slots import QUANTIFIERS, TURNED
from .spelling import spelled
from .synonyms import WORDS
from .vocabulary import BASES, KEEP

UNCUT = KEEP | {"mrs"}  # whose last letter is no plural


def lemma_of(token: Token) -> str:
    if token.kind != WORD:
        return token.text
    low = token.text
    if low in SAME or low in NAMES:
        return SAME.get(low, low)
    made = lemma(spelled(low))
    if low.endswith("s") and made == low and low not in UNCUT and (low[:-1] in WORDS or low[:-1] in SAME):
        return low[:-1]
    return made


def known(raw: str, key: str) -> bool:
    for tail in ("er", "est", "r", "st", "ly", "ier", "iest", "ily"):
        if raw.endswith(tail) and (
            raw[: -len(tail)] in BASES or raw[: -len(tail)] + "y" in BASES or (raw[: -len(tail)] + "e") in BASES
        ):
            return True
    return key in BASES or raw in BASES or key in WORDS or raw in WORDS or key in QUANTIFIERS or key in TURNED
