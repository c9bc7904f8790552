"""The labelled asks, and where they lie. PROVENANCE.md beside them says how they came about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routing.tiers import Tier

DATA = Path(__file__).parent
HALVES = ("tuning", "held_back")
SETS = (*HALVES, "former")


@dataclass(frozen=True, slots=True)
class Labelled:
    """`accept`: the tiers that are right, all others are wrong. `follows`: makes sense only after an earlier turn."""

    id: str
    text: str
    accept: frozenset[Tier]
    best: Tier
    lang: str = ""
    domain: str = ""
    follows: bool = False


def labelled(half: str) -> list[Labelled]:
    """`half`: one of SETS."""
    return [_from(row) for row in rows(f"{half}.jsonl")]


def lookalikes() -> list[Labelled]:
    return [_from(row | {"best": row["accept"][0]}) for row in rows("lookalikes.jsonl")]


def risky() -> list[Labelled]:
    """Right from COMPLEX upwards."""
    return [_from(row | {"accept": ["COMPLEX", "REASONING"], "best": "COMPLEX"}) for row in rows("risky.jsonl")]


def held_back(ask_id: str) -> bool:
    """Whether nobody may look at it while tuning."""
    return ask_id.startswith("b-")


def rows(name: str) -> Iterator[dict[str, Any]]:
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _from(row: dict[str, Any]) -> Labelled:
    return Labelled(
        row["id"],
        row["text"],
        frozenset(Tier[name] for name in row["accept"]),
        Tier[row["best"]],
        row.get("lang", ""),
        row.get("domain", ""),
        row.get("follows", False),
    )
