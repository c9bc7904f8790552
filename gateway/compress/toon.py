"""TOON, the part of it that pays: tables of flat objects, at the root or in the fields of an object (docs/decisions/0010).

`encode` gives None for any other value. `decode(encode(value))` is `value`, which the caller checks each time.
"""

from __future__ import annotations

import re
from typing import Any

# A string that starts with # would be a comment, with - an item of a list.
_BARE = re.compile(r'[^\x00-\x1f\x7f-\x9f\u2028\u2029,:"\\\[\]{}#-][^\x00-\x1f\x7f-\x9f\u2028\u2029,:"\\\[\]{}]*+\Z')
_LIKE_A_NUMBER = re.compile(r"[0-9.+-]++(?:[eE][+-]?[0-9]++)?\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*+\Z")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?\Z")
_FRACTION = re.compile(r"-?(?:0|[1-9][0-9]*+)\.[0-9]++\Z")
_HEADER = re.compile(r"((?:[A-Za-z_][A-Za-z0-9_.]*+)?)\[([0-9]++)\]\{(.*)\}:\Z", re.DOTALL)
_QUOTED = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNESCAPES = {"\\": "\\", '"': '"', "n": "\n", "r": "\r", "t": "\t"}
Scalar = str | int | float | bool | None


class Written(float):
    """A fraction whose digits are another way to write it (1.10); `digits` are what came."""

    __slots__ = ("digits",)

    def __new__(cls, digits: str) -> Written:
        made = super().__new__(cls, digits)
        made.digits = digits
        return made

    digits: str


class NotToon(ValueError):
    """The text or the value is outside the part of TOON that is written here."""


def encode(value: Any) -> str | None:
    try:
        if isinstance(value, list):
            return "\n".join(_table("", value, ""))
        if isinstance(value, dict) and value:
            lines: list[str] = []
            tables = 0
            for key, item in value.items():
                if isinstance(item, list):
                    lines.extend(_table(_key(key), item, ""))
                    tables += 1
                else:
                    lines.append(f"{_key(key)}: {_scalar(item)}")
            return "\n".join(lines) if tables else None
    except NotToon:
        return None
    return None


def _table(name: str, rows: list[Any], margin: str) -> list[str]:
    if not rows or not isinstance(rows[0], dict) or not rows[0]:
        raise NotToon
    keys = list(rows[0])
    known = rows[0].keys()
    lines = [f"{margin}{name}[{len(rows)}]{{{','.join(_key(key) for key in keys)}}}:"]
    for row in rows:
        if not isinstance(row, dict) or row.keys() != known:
            raise NotToon
        cells = [_text(cell) if type(cell) is str else _scalar(cell) for cell in map(row.__getitem__, keys)]
        lines.append(f"{margin}  " + ",".join(cells))
    return lines


def _key(key: str) -> str:
    if not _KEY.match(key):
        raise NotToon
    return key


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        digits = value.digits if isinstance(value, Written) else repr(value)
        if _FRACTION.match(digits) and value:
            return digits
    raise NotToon  # Nested values and exponents: compact JSON says them as they were.


def _text(value: str) -> str:
    if _BARE.match(value) and value not in _WORDS and value == value.strip() and not _LIKE_A_NUMBER.match(value):
        return value
    if _CONTROL.search(value):
        raise NotToon
    for plain, escaped in _ESCAPES.items():
        if plain in value:
            value = value.replace(plain, escaped)
    return f'"{value}"'


def decode(text: str) -> Any:
    """The value of what `encode` wrote. NotToon for anything else."""
    lines = text.split("\n")
    head = _HEADER.match(lines[0])
    if head and not head[1]:
        rows, end = _rows(head, lines, 1)
        if end != len(lines):
            raise NotToon
        return rows
    value: dict[str, Any] = {}
    at = 0
    while at < len(lines):
        head = _HEADER.match(lines[at])
        if head:
            value[head[1]], at = _rows(head, lines, at + 1)
        else:
            key, colon, item = lines[at].partition(": ")
            if not colon:
                raise NotToon
            value[key], at = _value(item), at + 1
    return value


def _rows(head: re.Match[str], lines: list[str], at: int) -> tuple[list[dict[str, Scalar]], int]:
    keys = head[3].split(",")
    end = at + int(head[2])
    rows = []
    for line in lines[at:end]:
        cells = _cells(line[2:])
        if not line.startswith("  ") or len(cells) != len(keys):
            raise NotToon
        rows.append(dict(zip(keys, cells, strict=True)))
    if len(rows) != int(head[2]):
        raise NotToon
    return rows, end


def _cells(line: str) -> list[Scalar]:
    if '"' not in line:
        return [_value(cell) for cell in line.split(",")]
    cells: list[Scalar] = []
    at = 0
    while True:
        quoted = _QUOTED.match(line, at) if line[at : at + 1] == '"' else None
        if quoted:
            end = quoted.end()
            cells.append(_unquoted(line[at:end]))
        else:
            end = line.find(",", at)
            end = len(line) if end < 0 else end
            cells.append(_value(line[at:end]))
        if end == len(line):
            return cells
        if line[end] != ",":
            raise NotToon
        at = end + 1


def _value(cell: str) -> Scalar:
    if cell[:1] == '"':
        if not _QUOTED.fullmatch(cell):
            raise NotToon
        return _unquoted(cell)
    if cell.isdecimal() and cell.isascii() and (cell[0] != "0" or cell == "0"):
        return int(cell)
    if cell in _WORDS:
        return _WORDS[cell]
    if not _NUMBER.match(cell):
        return cell
    return int(cell) if cell[1:].isdecimal() else float(cell)


def _unquoted(cell: str) -> str:
    return cell[1:-1] if "\\" not in cell else _ESCAPED.sub(_unescape, cell[1:-1])


def _unescape(match: re.Match[str]) -> str:
    if match[1] not in _UNESCAPES:
        raise NotToon
    return _UNESCAPES[match[1]]
