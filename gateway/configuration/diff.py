"""What an apply changed, for people: one line a row, never a secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models


class Diff:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def added(self, what: str, detail: str = "") -> None:
        self.lines.append(f"+ {what}{f': {detail}' if detail else ''}")

    def changed(self, what: str, detail: str) -> None:
        self.lines.append(f"~ {what}: {detail}")

    def removed(self, what: str) -> None:
        self.lines.append(f"- {what}")

    def noted(self, what: str) -> None:
        self.lines.append(f"! {what}")

    @property
    def changes(self) -> int:
        return sum(not line.startswith("!") for line in self.lines)


def update(diff: Diff, what: str, row: models.Model, wanted: Mapping[str, Any]) -> None:
    """Set what differs on `row`, saved in the database already, and save it; nothing differs, nothing happens."""
    news = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not news:
        return
    diff.changed(
        what, "; ".join(f"{name} {_shown(getattr(row, name))} -> {_shown(value)}" for name, value in news.items())
    )
    for name, value in news.items():
        setattr(row, name, value)
    row.save()


def given(**values: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"' if value else "none"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(str, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(map(str, value))) + "}"  # names only: options may hold headers
    return "none" if value is None else str(value)
