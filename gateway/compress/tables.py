"""Tables in columns (docker ps, kubectl get, df, ps): no padding, and what every row shares said once. Every row stays."""

from __future__ import annotations

import re

_GAP = re.compile(r"  ++")
_HEADER = re.compile(r"[A-Z][A-Z0-9()%/_ -]*+\Z")


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
    same = [at for at in range(1, len(names)) if len({row[at] for row in table}) == 1]
    shared = "; ".join(f"{names[at]}={table[0][at]}" for at in same)
    kept = [at for at in range(len(names)) if at not in same]
    out = [f"[in every row: {shared}]"] if shared else []
    return [*out, *("|".join(row[at] for at in kept) for row in [names, *table])]


def looks_like_a_table(lines: list[str]) -> bool:
    first = next((line for line in lines if line.strip()), "")
    return bool(_HEADER.match(first)) and len(_GAP.split(first.strip())) > 2
