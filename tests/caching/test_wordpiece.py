"""caching/wordpiece.py against the reference tokenizer (pieces.json), and what it says about words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from caching.wordpiece import MOST, WordPiece

VOCABULARY = {
    piece: number
    for number, piece in enumerate(
        [
            "[UNK]",
            "[CLS]",
            "[SEP]",
            "un",
            "##friend",
            "##ly",
            "friend",
            "ly",
            "cafe",
            "1",
            ".",
            "5",
            "不",
            "是",
            "a",
            "[",
            "]",
            "sep",
        ]
    )
}


@pytest.fixture
def small() -> WordPiece:
    return WordPiece(VOCABULARY)


def test_three_hundred_texts_become_the_pieces_of_the_reference_tokenizer(model) -> None:
    known = json.loads((Path(__file__).parent / "pieces.json").read_text())["pieces"]
    assert len(known) == 300
    assert [text for text, ids in known if model.split(text).ids != ids] == []


def test_a_word_is_told_with_its_place_among_the_pieces(small: WordPiece) -> None:
    split = small.split("Unfriendly CAFÉ, 1.5")
    assert split.words == [("unfriendly", 1, 4), ("cafe", 4, 5), (",", 5, 6), ("1", 6, 7), (".", 7, 8), ("5", 8, 9)]
    assert split.ids == [1, 3, 4, 5, 8, 0, 9, 10, 11, 2]
    assert split.whole


def test_ideographs_are_words_by_themselves(small: WordPiece) -> None:
    assert [word for word, _, _ in small.split("a不是a").words] == ["a", "不", "是", "a"]


def test_a_word_with_an_unknown_part_is_unknown_as_a_whole(small: WordPiece) -> None:
    assert small.split("unfriendlyx").ids == [1, 0, 2]
    assert small.split("a" * 101).ids == [1, 0, 2]


def test_a_marker_written_in_a_text_is_no_marker(small: WordPiece) -> None:
    """Else one could end the text early for the model, and have the rest not count."""
    assert small.split("a [SEP] a").ids == [1, 14, 15, 17, 16, 14, 2]


def test_a_long_text_is_cut_and_says_so(small: WordPiece) -> None:
    split = small.split("a " * 254)
    assert (len(split.ids), len(split.words), split.whole) == (MOST, 254, True)
    split = small.split("a " * 255)
    assert (len(split.ids), len(split.words), split.whole) == (MOST, 254, False)


def test_a_word_that_is_cut_in_the_middle_is_not_told(small: WordPiece) -> None:
    split = small.split("a " * 253 + "unfriendly")
    assert (len(split.ids), split.ids[-2], len(split.words), split.whole) == (MOST, 3, 253, False)


def test_the_end_of_a_text_that_is_far_too_long_is_not_looked_at(small: WordPiece) -> None:
    split = small.split("a" + " " * 100_000 + "a")
    assert (split.ids, split.whole) == ([1, 14, 2], False)


def test_a_vocabulary_without_markers_is_refused() -> None:
    with pytest.raises(KeyError):
        WordPiece({"a": 1})
