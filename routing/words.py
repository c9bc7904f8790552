"""Words of a text without their endings, and lists of phrases looked up in one pass. Pure.

A phrase is whole words in any inflection and any case: "deploy to prod" is in "Deploying to prod now" and not in
"prodigy". Chinese and Japanese characters count as one word each. The endings are English ones; other languages match as
they are spelled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set

_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]|[\u0900-\u097f]+|[^\W_\u0900-\u097f\u3040-\u30ff\u3400-\u9fff]+(?:['’][^\W\d_]+)?|[∀∃∑∫√≤≥≠∈⊂→]"
)
_FIRST_CHARACTERS, _LAST_CHARACTERS = 1_600, 500
MOST_WORDS = 240
LONGEST_PHRASE = 4
_KEPT = {
    "stripe": "stripe",
    "prove": "prove",
    "news": "news",
    "planes": "plane",
    "does": "does",
    "https": "https",
    "what's": "what's",
    "who's": "who's",
}
_stems: dict[str, str] = dict(_KEPT)
_MOST_STEMS = 20_000


def stems_of(text: str) -> list[str]:
    """Of the beginning and the end of `text`: what is asked stands there, what is pasted between."""
    if len(text) > _FIRST_CHARACTERS + _LAST_CHARACTERS:
        text = f"{text[:_FIRST_CHARACTERS]}\n{text[-_LAST_CHARACTERS:]}"
    words = _TOKEN.findall(text.lower())
    if len(words) > MOST_WORDS:
        words = words[: MOST_WORDS - 60] + words[-60:]
    return [_stems.get(word) or _stem(word) for word in words]


def _stem(word: str) -> str:
    found = _without_ending(word.replace("’", "'"))
    if len(_stems) >= _MOST_STEMS:
        _stems.clear()
        _stems.update(_KEPT)
    if len(word) <= 24:
        _stems[word] = found
    return found


def _without_ending(word: str) -> str:
    if word.endswith("'s"):
        word = word[:-2]
    if len(word) < 4 or not word.isascii():
        return word
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            return word if not word.endswith("e") else word[:-1]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("es") and len(word) > 4:
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def phrase(text: str) -> str:
    """The form phrases are looked up by."""
    return " ".join(stems_of(text))


class Phrases:
    """Phrases with the names they stand for."""

    def __init__(self, lists: Mapping[str, Iterable[str]]) -> None:
        self._names: dict[str, tuple[str, ...]] = {}
        self._begins: dict[str, int] = {}
        for name, items in lists.items():
            for item in items:
                stems = stems_of(item)[:LONGEST_PHRASE]
                if not stems:
                    continue
                key = " ".join(stems)
                if name not in self._names.get(key, ()):
                    self._names[key] = (*self._names.get(key, ()), name)
                self._begins[stems[0]] = max(self._begins.get(stems[0], 0), len(stems))

    def found_in(self, stems: Sequence[str]) -> dict[str, set[str]]:
        """By name, the phrases that are there."""
        found: dict[str, set[str]] = {}
        begins, names = self._begins, self._names
        for place, stem in enumerate(stems):
            longest = begins.get(stem)
            if longest is None:
                continue
            key = stem
            for length in range(1, longest + 1):
                if length > 1:
                    if place + length > len(stems):
                        break
                    key = f"{key} {stems[place + length - 1]}"
                for name in names.get(key, ()):
                    found.setdefault(name, set()).add(key)
        return found


class WordList:
    """Lines of phrases: a line holds when all its groups do. Groups are parted by "&"; in a group "|" parts phrases of which
    one must be there; a group that begins with "!" holds when none is. Raises ValueError for a line nothing can match."""

    def __init__(self, text: str) -> None:
        self.lines: list[tuple[tuple[frozenset[str], ...], frozenset[str]]] = []
        for line in text.splitlines():
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            wanted, barred = [], set()
            for group in line.split("&"):
                unwanted = group.strip().startswith("!")
                phrases = {key for item in group.strip().lstrip("!").split("|") if (key := phrase(item))}
                if not phrases:
                    raise ValueError(f"a group without a word: {line.strip()[:80]!r}")
                if any(key.count(" ") >= LONGEST_PHRASE for key in phrases):
                    raise ValueError(f"a phrase of more than {LONGEST_PHRASE} words: {line.strip()[:80]!r}")
                if unwanted:
                    barred |= phrases
                else:
                    wanted.append(frozenset(phrases))
            if not wanted:
                raise ValueError(f"a line that only excludes: {line.strip()[:80]!r}")
            self.lines.append((tuple(wanted), frozenset(barred)))

    def phrases(self) -> Iterable[str]:
        for wanted, barred in self.lines:
            for group in (*wanted, barred):
                yield from group

    def holds(self, present: Set[str]) -> bool:
        if not present:
            return False
        for wanted, barred in self.lines:
            for group in wanted:
                if group.isdisjoint(present):
                    break
            else:
                if barred.isdisjoint(present):
                    return True
        return False
