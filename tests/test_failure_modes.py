"""docs/failure-modes-covered.md says what is tested where: is it so?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROW = re.compile(r"^\| ([A-Z]{3}-\d+) \| (.+) \|$", re.M)
NAMED = re.compile(r"\b([A-Z]{3})-(\d+)(?: to [A-Z]{3}-(\d+)|\.\.(\d+))?")
WHY_NOT = ("later: ", "does not apply: ")


def rows() -> list[tuple[str, str]]:
    return ROW.findall((ROOT / "docs/failure-modes-covered.md").read_text())


def named_in(text: str) -> set[str]:
    """Ids in it, each of a span such as "RST-1..8" too."""

    def ids() -> Iterator[str]:
        for group, first, to, until in NAMED.findall(text):
            for number in range(int(first), int(to or until or first) + 1):
                yield f"{group}-{number}"

    return set(ids())


def test_spans_of_ids_are_read() -> None:
    assert named_in("RST-1..3, LEK-2 to LEK-3") == {"RST-1", "RST-2", "RST-3", "LEK-2", "LEK-3"}


@pytest.mark.parametrize(("row", "where"), rows())
def test_each_row_is_tested_where_the_table_says(row: str, where: str) -> None:
    if where.startswith(WHY_NOT):
        return
    files = re.findall(r"`([^`]+)`", where)
    assert files, f"{row} has neither a test nor a reason"
    for file in files:
        assert row in named_in((ROOT / "tests" / file).read_text()), f"{file} does not name {row}"


def test_the_table_has_every_group_without_a_gap() -> None:
    """A row that was left out by mistake would be seen as tested."""
    numbers: dict[str, list[int]] = {}
    for row, _ in rows():
        group, number = row.split("-")
        numbers.setdefault(group, []).append(int(number))
    assert (len(numbers), sum(map(len, numbers.values()))) == (27, 225)
    for group, found in numbers.items():
        assert found == list(range(1, len(found) + 1)), group


def test_what_tests_name_is_in_the_table() -> None:
    known = {row for row, _ in rows()}
    groups = {row.split("-")[0] for row in known}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        unknown = {name for name in named_in(path.read_text()) if name.split("-")[0] in groups} - known
        assert not unknown, f"{path.name}: {sorted(unknown)}"
