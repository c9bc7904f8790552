"""Reading a ``.env`` file as the older product's loader does: KEY=VALUE lines, quotes, comments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*?)\s*$")
_QUOTED = re.compile(r"""(["'`])(.*?)(?<!\\)\1\s*(?:#.*)?$""")


@dataclass(frozen=True)
class Variable:
    name: str
    value: str = field(repr=False)
    line: int = 0


def read(text: str) -> tuple[dict[str, Variable], list[str]]:
    """Variables by name, the last one winning, and what was not understood: one sentence a line, with its number."""
    found: dict[str, Variable] = {}
    problems = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            problems.append(f"line {number}: not understood: neither NAME=VALUE nor a comment")
            continue
        found[match[1]] = Variable(match[1], _value(match[2]), number)
    return found, problems


def _value(text: str) -> str:
    if text[:1] in "\"'`" and text and (quoted := _QUOTED.match(text)):
        inner = quoted[2]
        return inner.replace("\\n", "\n").replace('\\"', '"') if quoted[1] == '"' else inner
    return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()
