"""Reading a tree of plain values with paths: every problem is noted with where it is, none stops the reading."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

SLUG = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class Invalid(Exception):
    """A configuration that cannot be applied. `problems`: all of them, each with its path."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


@dataclass
class Node:
    """A mapping of the tree. Getters return None (or `default`) for what is absent or wrong; what is wrong is noted."""

    value: dict[str, Any]
    path: str
    problems: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, value: Any, path: str, problems: list[str], known: Sequence[str]) -> Node | None:
        """Fields other than `known` are refused: an ignored limit is worse than an error (BUD-9)."""
        if not isinstance(value, dict):
            problems.append(f"{path or 'file'}: must be a mapping with {', '.join(known)}")
            return None
        for name in value:
            if name not in known:
                close = difflib.get_close_matches(str(name), known, 1)
                hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
                problems.append(f"{_at(path, str(name))}: unknown field; {hint}")
        return cls(value, path, problems)

    def at(self, name: str) -> str:
        return _at(self.path, name)

    def note(self, name: str, problem: str) -> None:
        self.problems.append(f"{self.at(name)}: {problem}")

    def has(self, name: str) -> bool:
        return self.value.get(name) is not None

    def text(self, name: str, *, required: bool = False, longest: int = 200, choices: Sequence[str] = ()) -> str | None:
        value = self.value.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if value is None or value == "":
            if required:
                self.note(name, "is required")
            return value
        if not isinstance(value, str):
            self.note(name, "must be text")
        elif len(value) > longest:
            self.note(name, f"must not be longer than {longest} characters")
        elif "\0" in value:
            self.note(name, "must not hold a NUL character")
        elif choices and value not in choices:
            self.note(name, f"must be one of {', '.join(choices)}")
        else:
            return value
        return None

    def slug(self, name: str, *, longest: int = 64) -> str | None:
        value = self.text(name, required=True, longest=longest)
        if value and not SLUG.issuperset(value):
            self.note(name, "may hold letters, digits, - and _ only")
            return None
        return value

    def flag(self, name: str) -> bool | None:
        value = self.value.get(name)
        if value is not None and not isinstance(value, bool):
            self.note(name, "must be true or false")
            return None
        return value

    def whole(self, name: str, least: int = 0, most: int = 2**31 - 1) -> int | None:
        value = self.value.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.note(name, f"must be a whole number from {least} to {most}")
            return None
        return value

    def number(self, name: str, least: float, most: float) -> float | None:
        value = self.value.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.note(name, f"must be a number from {least:g} to {most:g}")
            return None
        return float(value)

    def seconds(self, name: str) -> float | None:
        value = self.value.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            self.note(name, "must be a number of seconds above 0")
            return None
        return float(value)

    def money(self, name: str, places: int, *, required: bool = False) -> Decimal | None:
        """Exact to `places`; numbers of YAML are read by their shortest form, never as binary fractions."""
        value = self.value.get(name)
        if value is None:
            if required:
                self.note(name, "is required")
            return None
        try:
            amount = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
            if amount.is_finite() and 0 <= amount < 10**8 and amount == round(amount, places):
                return amount
        except InvalidOperation:
            pass
        self.note(name, f"must be an amount of 0 or more with at most {places} decimals")
        return None

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts; a single text counts as a list of one."""
        value = self.value.get(name)
        if value is None:
            return None
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.note(name, "must be a list of texts")
            return None
        return tuple(value)

    def mapping(self, name: str) -> dict[str, Any] | None:
        value = self.value.get(name)
        if value is not None and not isinstance(value, dict):
            self.note(name, "must be a mapping")
            return None
        return value

    def node(self, name: str, known: Sequence[str]) -> Node | None:
        if self.value.get(name) is None:
            return None
        return Node.of(self.value[name], self.at(name), self.problems, known)

    def nodes(self, name: str, known: Sequence[str]) -> list[Node] | None:
        """A list of mappings; None when absent."""
        value = self.value.get(name)
        if value is None:
            return None
        if not isinstance(value, list):
            self.note(name, "must be a list")
            return None
        found = [Node.of(item, f"{self.at(name)}[{index}]", self.problems, known) for index, item in enumerate(value)]
        return [node for node in found if node is not None]


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
