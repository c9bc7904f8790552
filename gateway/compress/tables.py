"""Tables in columns (docker ps, kubectl get, df, ps): no padding, and what every row shares said once. Every row stays."""

from __future__ import annotations

import re

_GAP = re.compile(r"  ++")
_HEADER = re.compile(r"[A-Z][A-Z0-9()%/_ -]*+\Z")


_BOX = re.compile(r"\+-++(?:\+-++)*+\+\Z")
_RULE = re.compile(r"-++(?:\+-++)++\Z")


def compress(lines: list[str]) -> list[str] | None:
    """None where the columns under the header cannot be told apart for certain."""
    rows = [line.rstrip() for line in lines if line.strip()]
    if len(rows) < 4 or "  " not in rows[0] or not _HEADER.match(rows[0]):
        return None
    names = _GAP.split(rows[0])
    starts: list[int] = []
    at = 0
    for name in names:
        at = rows[0].index(name, at)
        starts.append(at)
        at += len(name)
    table = []
    for row in rows[1:]:
        if any(start and row[start - 1 : start] not in ("", " ") for start in starts):
            return None
        table.append([row[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)])
    if any("|" in cell for row in table for cell in row):
        return None
    return _said(names, table)


def _said(names: list[str], table: list[list[str]]) -> list[str]:
    same = [at for at in range(1, len(names)) if len({row[at] for row in table}) == 1]
    shared = "; ".join(f"{names[at]}={table[0][at]}" for at in same)
    kept = [at for at in range(len(names)) if at not in same]
    out = [f"[in every row: {shared}]"] if shared else []
    return [*out, *("|".join(row[at] for at in kept) for row in [names, *table])]


def looks_like_psql(lines: list[str]) -> bool:
    """A heading, and under it the rule that psql and mysql draw."""
    rows = lines[:3]
    return any(_RULE.match(row) for row in rows[1:2]) or (
        len(rows) == 3 and rows[0] == rows[2] and bool(_BOX.match(rows[0]))
    )


def psql(lines: list[str]) -> list[str] | None:
    """The rows of a query, of psql or mysql. None where a cell holds a | or blanks that may be its own."""
    boxed = bool(_BOX.match(lines[0]))
    rows = [line for line in lines if not (boxed and _BOX.match(line))]
    body = [row[1:-1] if boxed else row for row in rows if row.startswith("|" if boxed else " ")]
    rest = [row for row in rows[0 if boxed else 2 :] if not row.startswith("|" if boxed else " ") and row.strip()]
    split = [
        row.split("|")
        for row in ([] if boxed else [rows[0]]) + body[0 if boxed or not rows[0].startswith(" ") else 1 :]
    ]
    count = len(split[0])
    if len(split) < 4 or count < 2 or any(len(cells) != count for cells in split):
        return None
    for at in range(count):
        cells = [cells[at] for cells in split[1:] if cells[at].strip()]
        starts = all(cell[:1] == " " and cell[1:2] != " " for cell in cells)
        ends = all(cell.rstrip() == cell or cell[-2:-1] != " " for cell in cells)
        if not (starts or ends) or any(cell.endswith("+") and not boxed for cell in cells):
            return None
    table = [[cell.strip() for cell in cells] for cells in split]
    return [*_said(table[0], table[1:]), *rest]


def looks_like_a_table(lines: list[str]) -> bool:
    first = next((line for line in lines if line.strip()), "")
    return bool(_HEADER.match(first)) and len(_GAP.split(first.strip())) > 2
