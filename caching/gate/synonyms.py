"""Words and phrases that an ask may exchange without asking for something else. Own list.

A line of a list is one group; its first member is the form all are brought to. Members are lemmas (see
`inflection`). Words that differ for a programmer share no group: print and return, kill and stop, copy and move."""

from __future__ import annotations

from . import everyday, general, nominal, short, terms
from .inflection import lemma


def _groups() -> tuple[dict[str, str], dict[tuple[str, ...], str]]:
    words: dict[str, str] = {}
    phrases: dict[tuple[str, ...], str] = {}
    for line in (everyday.GROUPS + terms.GROUPS + short.GROUPS + nominal.GROUPS + general.GROUPS).split("\n"):
        members = [part.strip() for part in line.split(",") if part.strip()]
        if not members:
            continue
        key = members[0].replace(" ", "_")
        key = words.get(key, key) if " " not in members[0] else key
        for member in members:
            parts = tuple(lemma(part) for part in member.split())
            if len(parts) == 1:
                words.setdefault(parts[0], key)
                words.setdefault(member, key)
            else:
                phrases.setdefault(parts, key)
    return words, phrases


WORDS, PHRASES = _groups()
# The first word of a phrase, so that most words need one look-up: word -> lengths of the phrases it opens, longest first.
OPENS: dict[str, tuple[int, ...]] = {}
for _phrase in PHRASES:
    OPENS[_phrase[0]] = tuple(sorted({len(_phrase), *OPENS.get(_phrase[0], ())}, reverse=True))
