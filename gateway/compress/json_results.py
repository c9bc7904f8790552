"""JSON: the smallest of the text as it came, compact JSON and TOON. Every value stays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from . import toon

LEAST_ROWS = 5


def smallest(text: str) -> tuple[str, str] | None:
    """(text, pass name), or None where `text` is not one JSON value or cannot be said shorter without loss."""
    body = text.strip()
    if not body.startswith(("{", "[")) or body[-1] not in "}]":
        return None
    value, written = _loaded(body), False
    if value is _OTHERWISE:
        value, written = _loaded(body, _AS_WRITTEN), True
    if value is _NOT_JSON:
        return None
    plain = _compact(value)
    compact = "".join(_KEPT.findall(body)) if written else plain
    if not _is_text(compact):
        return None
    best, name = (compact, "json") if len(compact) < len(text) else (text, "")
    table = toon.encode(value)
    if table is not None and len(table) + 12 < len(best) and _same(table, plain):
        best, name = f"```toon\n{table}\n```", "toon"
    return (best, name) if name else None


def rows(text: str) -> tuple[str, str] | None:
    """(text, pass name) for JSON lines of flat objects with the same keys, which make one table; else None."""
    lines = text.strip().split("\n")
    if len(lines) < LEAST_ROWS or not all(line.startswith("{") and line.rstrip().endswith("}") for line in lines):
        return None
    values = [_loaded(line, _AS_WRITTEN) for line in lines]
    table = toon.encode(values)
    if table is None or not _is_text(table) or not _same(table, _compact(values)):
        return None
    return f"[JSON lines as one table]\n```toon\n{table}\n```", "toon"


class _NotJson:
    pass


class _WrittenOtherwise(ValueError):
    pass


_NOT_JSON = _NotJson()
_OTHERWISE = _NotJson()
_KEPT = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^"\s]++')


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key twice: the reader, not this pass, decides which counts")
    return value


def _not_json(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _integer(digits: str) -> int:
    if digits == "-0":
        raise ValueError("minus nought is another number in some languages")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if repr(value) != digits:
        raise _WrittenOtherwise
    return value


def _as_written(digits: str) -> float:
    """1.10 is 1.1, but a price: its digits stay."""
    value = float(digits)
    return value if repr(value) == digits else toon.Written(digits)


def _decoder(fraction: Callable[[str], float]) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_pairs, parse_int=_integer, parse_float=fraction, parse_constant=_not_json
    )


_DECODER = _decoder(_fraction)
_AS_WRITTEN = _decoder(_as_written)


def _loaded(body: str, decoder: json.JSONDecoder = _DECODER) -> Any:
    try:
        return decoder.decode(body)
    except _WrittenOtherwise:
        return _OTHERWISE
    except (ValueError, RecursionError):
        return _NOT_JSON


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _is_text(compact: str) -> bool:
    try:
        compact.encode()
    except UnicodeEncodeError:  # Half a surrogate pair was written as an escape: it has no UTF-8 of its own.
        return False
    return True


def _same(table: str, compact: str) -> bool:
    try:
        return _compact(toon.decode(table)) == compact
    except ValueError:
        return False


def ripgrep(lines: list[str]) -> list[str] | None:
    """`rg --json` as ripgrep prints it for people, with the columns of each match."""
    out = ["[from rg --json; byte offsets and timing left out: run it again through jq for those]"]
    matches = 0
    for line in lines:
        if not line.strip():
            continue
        event = _loaded(line)
        if not isinstance(event, dict) or not isinstance(event.get("data"), dict):
            return None
        kind, data = event.get("type"), event["data"]
        if kind == "begin":
            out.append(_text_of(data.get("path")))
        elif kind in ("match", "context"):
            spans = ",".join(f"{one.get('start')}-{one.get('end')}" for one in data.get("submatches") or [])
            out.append(f"{data.get('line_number')}:{spans}: {_text_of(data.get('lines')).rstrip()}")
            matches += kind == "match"
    return [*out, f"[{matches} matching lines]"] if matches else None


def _text_of(value: Any) -> str:
    return str(value.get("text") or f"[bytes {value.get('bytes')}]") if isinstance(value, dict) else ""


def cargo(lines: list[str]) -> list[str] | None:
    """`cargo --message-format json`: each diagnostic as cargo prints it for people, what else it tells as a count."""
    out = ["[from cargo's JSON; spans in bytes, codes and artifacts left out: run it again through jq for those]"]
    rendered: dict[str, int] = {}
    artifacts = 0
    for line in lines:
        event = _loaded(line, _AS_WRITTEN) if line.startswith('{"reason":') else None
        message = event.get("message") if isinstance(event, dict) else None
        if isinstance(message, dict) and isinstance(message.get("rendered"), str):
            rendered[message["rendered"].rstrip()] = rendered.get(message["rendered"].rstrip(), 0) + 1
        elif isinstance(event, dict) and event.get("reason") in ("compiler-artifact", "build-script-executed"):
            artifacts += 1
        elif line.strip():
            rendered[line] = 1
    for text, times in rendered.items():
        out += [*text.split("\n"), *([f"[the message above {times} times]"] if times > 1 else [])]
    return [*out, f"[{artifacts} artifacts were made]"] if len(rendered) > 1 or artifacts else None
