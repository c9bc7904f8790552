"""One line a request, written in batches: through the logging machinery it would cost a fifth of a small request.

Its fields are ids, bounded words and figures of our own making, never content or a credential, so that no redaction is
needed here. The one exception is a model's name, which a caller may choose: it stays on its line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

WAITING = 5_000


def _to_stdout(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.flush()


class RequestLog:
    """`style`: "json" or "console"; `write` takes whole lines; `enabled` False drops them (log level above info)."""

    def __init__(self, style: str, *, enabled: bool = True, write: Callable[[bytes], None] = _to_stdout) -> None:
        self._line = _json_line if style == "json" else _console_line
        self._enabled = enabled
        self._write = write
        self._waiting: list[bytes] = []

    def add(self, at: float, fields: Mapping[str, Any]) -> None:
        """`at`: unix seconds."""
        if not self._enabled:
            return
        self._waiting.append(self._line(at, fields))
        if len(self._waiting) >= WAITING:
            self.flush()

    def flush(self) -> None:
        """Called a few times a second, and at the end."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._write(b"".join(waiting))


def _json_line(at: float, fields: Mapping[str, Any]) -> bytes:
    line = {"event": "request", "logger": "lynkr.relay", "level": "info", "timestamp": datetime.fromtimestamp(at, UTC)}
    try:
        return orjson.dumps({**line, **fields}, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
    except TypeError:  # a lone surrogate in a model's name: a line must not cost the answer it is about
        words = {name: _writable(value) if isinstance(value, str) else value for name, value in fields.items()}
        return orjson.dumps({**line, **words}, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _console_line(at: float, fields: Mapping[str, Any]) -> bytes:
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    words = " ".join(f"{name}={value}" for name, value in fields.items())
    if not words.isprintable():  # a line end in a model's name would let a tenant write log lines of its own
        words = "".join(ch if ch.isprintable() else "?" for ch in words)
    return f"{moment} [info     ] request [lynkr.relay] {words}\n".encode("utf-8", "replace")
