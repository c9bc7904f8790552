"""BERT's uncased WordPiece, in plain Python: a text becomes the numbers that the model was trained on. No I/O but `load`.

Equal to the reference tokenizer but for one thing: "[SEP]" and its like in a text are words like any other, never markers,
so that nobody can write a marker into another's text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

MOST = 256  # what the model was trained to read, markers included
LONGEST_WORD = 100  # a longer one is unknown
LONGEST_TEXT = 100_000  # characters; MOST pieces of real text end long before that
_SPACED = re.compile(r"[^ \t\n\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_ASCII_WORDS = re.compile(r"[0-9a-z]+|[!-/:-@\[-`{-~]")
_ASCII_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pieces:
    """`ids`: [CLS], the pieces, [SEP]. `words`: each word with the first of its pieces and the one after its last, as indexes
    into `ids`. `whole` False: the text was cut."""

    ids: list[int]
    words: list[tuple[str, int, int]]
    whole: bool


class WordPiece:
    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        """KeyError when the vocabulary has no [CLS], [SEP] or [UNK]."""
        self._vocabulary = vocabulary
        self._first, self._last, self._unknown = (vocabulary[name] for name in ("[CLS]", "[SEP]", "[UNK]"))

    @classmethod
    def load(cls, vocabulary: Path) -> WordPiece:
        """From a file with a piece a line."""
        lines = vocabulary.read_text(encoding="utf-8").split("\n")
        return cls({piece: number for number, piece in enumerate(lines) if piece})

    def split(self, text: str, most: int = MOST) -> Pieces:
        """At most `most` pieces, markers included; the text is read no further than that."""
        ids = [self._first]
        words: list[tuple[str, int, int]] = []
        room = most - 1
        for word in _words(text[:LONGEST_TEXT]):
            pieces = self._pieces(word)
            if len(ids) + len(pieces) > room:
                # As the reference does it, a word may be cut in the middle; its vector would be another's, so it is not told.
                ids += pieces[: room - len(ids)]
                return Pieces([*ids, self._last], words, whole=False)
            words.append((word, len(ids), len(ids) + len(pieces)))
            ids += pieces
        return Pieces([*ids, self._last], words, whole=len(text) <= LONGEST_TEXT)

    def _pieces(self, word: str) -> list[int]:
        """The longest known beginning, then the longest known continuation, and so on; all or nothing."""
        whole = self._vocabulary.get(word)
        if whole is not None:
            return [whole]
        if len(word) > LONGEST_WORD:
            return [self._unknown]
        found, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = self._vocabulary.get(f"##{word[start:end]}" if start else word[:end])
                if piece is not None:
                    found.append(piece)
                    start = end
                    break
            else:
                return [self._unknown]
        return found


def _words(text: str) -> Iterator[str]:
    """Runs of letters and digits, and each punctuation mark and ideograph by itself; lower case, without accents."""
    for spaced in _SPACED.finditer(text):
        chunk = spaced[0]
        if chunk.isascii():
            for word in _ASCII_WORDS.finditer(_ASCII_CONTROLS.sub("", chunk).lower()):
                yield word[0]
        else:
            yield from _unicode_words(chunk)


def _unicode_words(chunk: str) -> Iterator[str]:
    word = ""
    for character in chunk:
        for part, alone in _parts(character):
            if not alone:
                word += part
                continue
            if word:
                yield word
                word = ""
            yield part
    if word:
        yield word


@lru_cache(maxsize=4096)
def _parts(character: str) -> tuple[tuple[str, bool], ...]:
    """What is left of a character (nothing of a control or an accent), and whether each part is a word by itself."""
    if character == "\ufffd" or unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs"}:
        return ()
    ideograph = any(first <= ord(character) <= last for first, last in _IDEOGRAPHS)
    return tuple(
        (small, ideograph or _punctuation(small))
        for part in unicodedata.normalize("NFD", character)
        if unicodedata.category(part) != "Mn"
        for small in part.lower()
    )


def _punctuation(character: str) -> bool:
    if character.isascii():
        return not character.isalnum()
    return unicodedata.category(character).startswith("P")
