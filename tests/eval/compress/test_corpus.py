"""The corpus is sound: what its cases ask for can be read in what came, and nothing private is in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from . import keeping

CORPUS = Path(__file__).parent / "corpus"
HALVES = {"seen": "t-", "unseen": "u-"}
PRIVATE = re.compile(r"/wor[k]/|/root/\w|corpus-build|BEGIN [A-Z ]*PRIVATE KEY")


@pytest.mark.parametrize("half", HALVES)
def test_each_fact_can_be_read_in_the_output_it_is_about(half: str) -> None:
    for case in keeping.cases(CORPUS / half):
        # A line more, since an output equal to what came is not looked at; JSON is made plain text for the same reason.
        shown = replace(case, text="") if case.kind == "json" else case
        for level in ("critical", "bulk"):
            assert keeping.lost(shown, case.text + "\n.", level) == [], case.name


@pytest.mark.parametrize(("half", "opening"), HALVES.items())
def test_a_case_and_its_output_belong_together(half: str, opening: str) -> None:
    names = [json.loads(line)["id"] for line in (CORPUS / half / "cases.jsonl").read_text().splitlines()]
    assert len(names) == len(set(names))
    assert all(name.startswith(opening) for name in names)
    assert sorted(names) == sorted(path.stem for path in (CORPUS / half / "raw").iterdir())


@pytest.mark.parametrize("half", HALVES)
def test_no_output_names_a_private_folder(half: str) -> None:
    assert [case.name for case in keeping.cases(CORPUS / half) if PRIVATE.search(case.text)] == []


def test_the_corpus_stays_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) <= 3_000_000
