"""One form for the inflected forms of an English word, by rule. Comparatives and superlatives stay what they are."""

from __future__ import annotations

from functools import lru_cache

from .names import NAMES
from .vocabulary import BASES, IRREGULAR, KEEP

VOWELS = frozenset("aeiouy")


@lru_cache(maxsize=20_000)
def lemma(word: str) -> str:
    """Of a word in lower case. An unknown word is treated by rule; what matters is that its forms meet."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word in KEEP or word in NAMES or not word.isascii():
        return word
    if len(word) < 4:
        return _short(word)
    for cut in (_ies, _plural, _ing, _ed):
        made = cut(word)
        if made:
            return made
    return word


def _short(word: str) -> str:
    # ids, dbs, vms, prs, apis: a known base with a plural s
    return word[:-1] if len(word) >= 3 and word.endswith("s") and word[:-1] in BASES and word not in BASES else word


def _ies(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-1] if word[:-1] in BASES else word[:-3] + "y"
    if word.endswith("ied") and len(word) > 4:
        return word[:-1] if word[:-1] in BASES else word[:-3] + "y"
    return ""


def _plural(word: str) -> str:
    if not word.endswith("s") or word.endswith(("ss", "us", "is", "ics", "ous")) or word in BASES:
        return ""
    if word[:-1] in BASES:
        return word[:-1]
    if word.endswith(("sses", "xes", "ches", "shes", "zes")) and not word.endswith(
        ("aches", "axes", "izes", "yzes", "azes")
    ):
        return word[:-2]
    if word.endswith("es") and word[:-2] in BASES:
        return word[:-2]
    return word[:-1]


def _ing(word: str) -> str:
    if not word.endswith("ing") or len(word) < 6 or not VOWELS & set(word[:-3]):
        return ""
    return _restore(word[:-3])


def _ed(word: str) -> str:
    if word.endswith("ued") and len(word) > 3:
        return word[:-1]
    if not word.endswith("ed") or word.endswith("eed") or len(word) < 5 or not VOWELS & set(word[:-2]):
        return ""
    return _restore(word[:-2])


def _restore(stem: str) -> str:
    """The verb of which -ing or -ed was cut: created -> create, running -> run, reading -> read."""
    for base in (stem + "e", stem, stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] else ""):
        if base and base in BASES:
            return base
    if len(stem) > 2 and stem[-1] == stem[-2] and stem[-1] not in "lsz":
        return stem[:-1]
    short = len(stem) >= 3 and stem[-1] not in VOWELS | set("wx") and stem[-2] in VOWELS and stem[-3] not in VOWELS
    if (short and sum(c in VOWELS for c in stem) == 1) or stem.endswith(
        (
            "at",
            "iz",
            "yz",
            "ut",
            "uc",
            "ur",
            "iv",
            "rg",
            "dg",
            "ng",
            "ls",
            "rs",
            "ns",
            "rv",
            "lv",
            "bl",
            "gl",
            "pl",
            "tl",
            "dl",
            "fl",
            "v",
            "c",
            "u",
        )
    ):
        return stem + "e"
    return stem
