"""Whether a fact of a tool result can still be read in what was made of it.

A case is {"id", "kind", "command", "facts": [{"level": "critical"|"bulk", "text", "near"?: [...], "under"?: file}]}, a
line of `cases.jsonl`; its output is `raw/<id>.txt`. A fact is kept when its first 48 characters stand on a line with all of
`near`, below (or beside) the name `under`. Values of JSON are kept too when the output decodes to what came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import toon_format

OPENING = 48
_FENCE = re.compile(r"^```\w*\n|\n```$")


@dataclass(frozen=True)
class Case:
    name: str
    kind: str
    command: str
    tool: str
    facts: list[dict[str, Any]]
    text: str


def cases(folder: Path) -> Iterator[Case]:
    for line in (folder / "cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        text = (folder / "raw" / f"{case['id']}.txt").read_bytes().decode()
        yield Case(case["id"], case["kind"], case["command"], case.get("tool", "Bash"), case["facts"], text)


def lost(case: Case, output: str, level: str) -> list[dict[str, Any]]:
    """The facts of `level` that `output` no longer tells."""
    facts = [fact for fact in case.facts if fact["level"] == level]
    if not facts or output == case.text or _decodes_to(case.text, output):
        return []
    lines = [_plain(line) for line in output.splitlines()]
    names = {fact["under"] for fact in case.facts if fact.get("under")}
    heads = _heads(lines, names)
    return [fact for fact in facts if not _kept(fact, lines, heads)]


def _kept(fact: dict[str, Any], lines: list[str], heads: list[str | None]) -> bool:
    opening = _plain(fact["text"])[:OPENING]
    quoted = _plain(json.dumps(fact["text"], ensure_ascii=False)[1:-1])[:OPENING]
    for line, head in zip(lines, heads, strict=True):
        if opening not in line and quoted not in line and opening not in _unquoted(line):
            continue
        if all(_word(near, line) for near in fact.get("near", [])) and (not fact.get("under") or head == fact["under"]):
            return True
    return False


def _word(word: str, line: str) -> bool:
    after = "" if re.fullmatch(r"[0-9a-f]{7,}", word) else r"(?!\w)"
    return re.search(r"(?<![\w.])" + re.escape(word) + after, line) is not None


def _heads(lines: list[str], names: set[str]) -> list[str | None]:
    """For each line the name that was said last, at it or above it."""
    found: list[str | None] = []
    current = None
    longest_first = sorted(names, key=len, reverse=True)
    for line in lines:
        if not line.startswith("Merge:"):
            current = next((name for name in longest_first if name in line), current)
        found.append(current)
    return found


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).split())


def _unquoted(line: str) -> str:
    return line.replace('\\"', '"').replace('""', '"').replace("\\n", " ").replace("\\t", " ").replace("\\\\", "\\")


def _decodes_to(text: str, output: str) -> bool:
    try:
        value = json.loads(text)
    except ValueError:
        return False
    body = _FENCE.sub("", output.strip())
    try:
        return bool(json.loads(body) == value)
    except ValueError:
        pass
    try:
        return bool(toon_format.decode(body) == value)
    except Exception:
        return False
