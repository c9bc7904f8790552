"""The labelled pairs of answers (tests/eval/semcache/README.md)."""

from __future__ import annotations

import json
import random
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from caching.comparing import compare
from caching.facts import Facts

FOLDER = Path(__file__).parent / "semcache"


@cache
def pairs() -> tuple[dict[str, str], ...]:
    return tuple(json.loads(line) for line in (FOLDER / "answers.jsonl").read_text().splitlines())


def counted(half: str) -> Counter[tuple[str, str]]:
    found = [pair for pair in pairs() if pair["half"] == half]
    return Counter((pair["label"], compare(pair["kept"], pair["fresh"], ask=pair["ask"])) for pair in found)


@pytest.mark.parametrize("half", ["tuned", "held"])
def test_the_readme_tells_how_the_pairs_are_judged(half: str) -> None:
    seen = counted(half)
    all_of = seen.total()
    same, different = (
        {label: seen[label, verdict] for label in ("same", "different")} for verdict in ("same", "different")
    )
    unsure = seen["same", "unsure"] + seen["different", "unsure"]
    row = (
        f"| {half} | {all_of} | {same['same']} of {sum(same.values())} | "
        f"{different['different']} of {sum(different.values())} | {unsure / all_of:.0%} |"
    )
    assert row in (FOLDER / "README.md").read_text()


@pytest.mark.parametrize("half", ["tuned", "held"])
def test_verdicts_are_right_and_not_too_few(half: str) -> None:
    seen = counted(half)
    assert seen["same", "different"] == seen["different", "same"] == 0
    assert seen["same", "unsure"] + seen["different", "unsure"] <= seen.total() / 2


def test_it_does_not_matter_which_answer_is_the_kept_one() -> None:
    for pair in pairs():
        verdicts = {compare(one, other, ask=pair["ask"]) for one, other in
                    ((pair["kept"], pair["fresh"]), (pair["fresh"], pair["kept"]))}  # fmt: skip
        assert len(verdicts) == 1, pair["id"]


def test_what_a_model_puts_around_an_answer_makes_no_other_answer_of_it() -> None:
    for pair in pairs():
        kept = pair["kept"]
        for dressed in (
            f"Sure! {kept}",
            f"**{kept}**",
            f"{kept}\n\nLet me know if you need more.",
            f"Answer: {kept}",
            f"{kept} ",
        ):
            assert compare(kept, dressed, ask=pair["ask"]) != "different", (pair["id"], dressed)
        assert compare(kept, kept) == "same"


def test_answers_to_other_asks_are_not_taken_for_the_same() -> None:
    """But for a bare yes or no."""
    drawn = random.Random(3)
    taken = []
    for _ in range(3_000):
        one, other = drawn.sample(pairs(), 2)
        kept, fresh = one["kept"], other["fresh"]
        if one["ask"] == other["ask"] or one["kind"] == other["kind"] == "yesno" or kept == fresh:
            continue
        bare = not Facts(kept).words or not Facts(fresh).words
        if not bare and compare(kept, fresh, ask=other["ask"]) == "same":
            taken.append((kept, fresh))
    assert len(taken) <= 2, taken
