"""How an ask is read before it is compared: nothing that tells two asks apart may be lost on the way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caching.gate import BALANCED, FLOORS, STRICT, asked, judge
from caching.gate.frames import AMOUNT, COMPARE, HOWTO, WHAT, WHEN, WHY
from caching.gate.inflection import lemma
from caching.gate.opposites import OPPOSITE, turned
from caching.gate.spelling import slip, spelled, spoken
from caching.gate.synonyms import PHRASES, WORDS

ODD = tuple(
    "how do i what is the convert not a b 5 7 f.txt --flag foo() :: - ( ) ? , no two from to with 3pm 😀 我 é".split()
)
PIECES = st.sampled_from(ODD)


@given(
    st.lists(PIECES | st.text(max_size=6), max_size=12),
    st.lists(PIECES, max_size=12),
)
@settings(max_examples=150, deadline=None)
def test_any_two_texts_are_judged_alike_from_both_sides_and_each_is_served_its_own(
    left: list[str], right: list[str]
) -> None:
    a, b = asked(" ".join(left)), asked(" ".join(right))
    assert judge(a, b, 0.97, BALANCED).outcome == judge(b, a, 0.97, BALANCED).outcome
    assert judge(a, a, 1.0, STRICT).outcome == "serve"


@pytest.mark.parametrize("gate", [STRICT, BALANCED])
def test_below_the_floor_of_a_gate_nothing_is_served(gate: str) -> None:
    one, other = asked("How do I sort a list?"), asked("how can I sort a list")
    assert judge(one, other, FLOORS[gate], gate).outcome == "serve"
    assert judge(one, other, FLOORS[gate] - 0.01, gate) == judge(one, one, -1.0, gate)
    assert judge(one, one, -1.0, gate).why == "distance"


def test_a_gate_that_is_not_there_is_an_error() -> None:
    """SEM-5: a mode that is misspelt must not fall back to another."""
    with pytest.raises(KeyError):
        judge(asked("a"), asked("a"), 1.0, "lenient")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("How do I sort a list?", HOWTO),
        ("what's the best way to sort a list", HOWTO),
        ("In Python, is there a way to sort a list?", HOWTO),
        ("I'd like to know what a list is", WHAT),
        ("Explain lists to me, please", WHAT),
        ("Why is the sky blue?", WHY),
        ("What is the reason that the sky is blue?", WHY),
        ("A list vs a tuple?", COMPARE),
        ("how many planets are there", AMOUNT),
        ("In what year did the war end?", WHEN),
    ],
)
def test_the_frame_tells_what_is_asked_for(text: str, kind: str) -> None:
    assert asked(text).kinds == (kind,)


def test_forms_of_a_word_meet_and_different_words_do_not() -> None:
    for forms in (
        ["run", "runs", "running", "ran"],
        ["create", "creates", "created", "creating"],
        ["query", "queries"],
    ):
        assert len({lemma(form) for form in forms}) == 1, forms
    for words in (
        ["fast", "faster", "fastest"],
        ["hate", "hat"],
        ["string", "strings_"],
        ["news", "new"],
        ["windows", "window"],
    ):
        assert len({lemma(word) for word in words}) == len(words), words


def test_spellings_and_contractions_are_brought_to_one() -> None:
    assert spelled("optimize") == spelled("optimise") == "optimise"
    assert spelled("colors") == spelled("colours") == "colours"
    assert spelled("size") == "size"
    assert spoken("don't") == spoken("dont") == ("do", "not")
    assert spoken("what's") == ("what", "is")
    assert spoken("peru's") == ("peru",)


def test_a_slip_is_one_keystroke() -> None:
    assert slip("environment", "enviroment")
    assert slip("python", "pyhton")
    assert not slip("python", "pyhtno")
    assert not slip("list", "lost_")


def test_a_slip_is_no_excuse_for_another_word() -> None:
    """Two words that are both words, or both unknown, are never held for one with a slip."""
    for one, other in (
        ("ethane", "ethene"),
        ("nitrate", "nitrite"),
        ("affect", "effect"),
        ("angel", "angle"),
        ("React", "Preact"),
    ):
        a, b = asked(f"What is the use of {one} in the lab?"), asked(f"What is the use of {other} in the lab?")
        assert judge(a, b, 0.99, BALANCED).outcome != "serve", one


def test_no_group_of_synonyms_holds_two_opposites() -> None:
    groups: dict[str, list[str]] = {}
    for word, key in WORDS.items():
        groups.setdefault(key, []).append(word)
    wrong = [(a, b) for words in groups.values() for a in words for b in words if (a, b) in OPPOSITE]
    assert wrong == []
    keys = {" ".join(phrase): key for phrase, key in PHRASES.items()}
    assert keys["turn on"] != keys["turn off"]
    assert turned("safe", "unsafe")
    assert turned("ascending", "descending")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Wie sortiere ich eine Liste in Python?", "wie sortiere ich eine Liste in Python"),
        ("Kannst du mir sagen, was ein Mutex ist?", "Kannst du mir bitte sagen, was ein Mutex ist?"),
        ("如何反转列表？", "请问如何反转列表"),
        ("Quelle est la capitale du Pérou ?", "Quelle est la capitale du Pérou, s'il vous plaît ?"),
    ],
)
def test_in_another_language_only_politeness_case_and_marks_may_differ(a: str, b: str) -> None:
    assert judge(asked(a), asked(b), 0.95, BALANCED).outcome == "serve"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Wie sortiere ich eine Liste?", "Wie sortiere ich eine Tabelle?"),
        ("Warum ist der Himmel blau?", "Warum ist der Himmel nicht blau?"),
        ("如何打开防火墙？", "如何关闭防火墙？"),
        ("यह कि क्या है", "यह की क्या है"),
        ("¿Cuánto son 5 km?", "¿Cuánto son 50 km?"),
        ("Wie sortiere ich eine Liste?", "How do I sort a list?"),
    ],
)
def test_in_another_language_a_word_or_a_vowel_that_differs_holds_back(a: str, b: str) -> None:
    assert judge(asked(a), asked(b), 0.99, BALANCED).outcome == "no"


def test_vectors_of_words_narrow_what_a_judge_is_asked_and_serve_nothing() -> None:
    a, b = "Give me a tagline for a bakery", "Give me a jingle for a bakery"
    near = np.array([1.0, 0.0]), np.array([0.9, 0.436])
    far = np.array([1.0, 0.0]), np.array([0.0, 1.0])

    def verdict(vectors: tuple[np.ndarray, np.ndarray]) -> str:
        return judge(asked(a, [("tagline", vectors[0])]), asked(b, [("jingle", vectors[1])]), 0.95, BALANCED).outcome

    assert judge(asked(a), asked(b), 0.95, BALANCED).outcome == "unsure"
    assert verdict(near) == "unsure"
    assert verdict(far) == "no"


def test_what_a_verdict_says_why_holds_no_content() -> None:
    whys = {
        judge(asked("Convert 5 km to miles"), asked(text), 0.95, BALANCED).why
        for text in (
            "Convert 6 km to miles",
            "Convert 5 km to feet",
            "Why convert 5 km to miles?",
            "Convert 5 kg to miles",
        )
    }
    assert whys == {"number", "unit", "question"}
