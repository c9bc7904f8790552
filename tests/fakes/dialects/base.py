"""What a fake dialect offers the server, and the memory of signatures it shares with its siblings on one upstream."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.fakes.script import Reply, Thinking

Json = dict[str, Any]


class Refused(Exception):
    """Strict mode: the vendor's message for its 400."""


@dataclass(frozen=True)
class Issued:
    """A signature this upstream made: for which model and which bytes of thought, after which prefix."""

    model: str
    text: str
    prefix: str


class Signatures:
    """Signatures issued by one upstream account. One made elsewhere is unknown here (THK-2, THK-3)."""

    def __init__(self) -> None:
        self._issued: dict[str, Issued] = {}

    def make(self, model: str, text: str, prefix: str = "") -> str:
        seed = f"{model}\0{text}\0{uuid.uuid4()}".encode()
        signature = base64.b64encode(hashlib.sha512(seed).digest() * 3).decode()
        self._issued[signature] = Issued(model, text, prefix)
        return signature

    def get(self, signature: object) -> Issued | None:
        return self._issued.get(signature) if isinstance(signature, str) else None


@dataclass
class Turn:
    """What a dialect needs to tell one reply. `prefix` is a digest of everything the thought depends on (THK-5)."""

    model: str
    body: Json
    headers: Mapping[str, str]
    signatures: Signatures
    query: str = ""
    bind_prefix: bool = False
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def fresh(self, prefix: str) -> str:
        return f"{prefix}{uuid.uuid4().hex}"

    def sign(self, part: Thinking, prefix: str = "") -> str:
        return part.signature if part.signature is not None else self.signatures.make(self.model, part.text, prefix)


@dataclass(frozen=True)
class Seen:
    """What the agent brain understands of a request. `tools`: name -> JSON schema of its arguments; `results`: how many
    tool results came back; `text`: all the caller's text; `custom`: names of free-form tools; `namespaces`: theirs."""

    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    results: int = 0
    text: str = ""
    wants_json: bool = False
    custom: tuple[str, ...] = ()
    namespaces: Mapping[str, str] = field(default_factory=dict)


class FakeDialect(Protocol):
    """`whole` is the JSON answer; `frames` the stream, one element a protocol event, the last one(s) terminal."""

    name: str
    stream_type: str

    def whole(self, reply: Reply, turn: Turn) -> Json: ...

    def frames(self, reply: Reply, turn: Turn) -> list[bytes]: ...

    def error(self, status: int, message: str, kind: str | None) -> tuple[list[tuple[str, str]], Json]: ...

    def stream_error(self, status: int, message: str) -> bytes: ...

    def unknown_event(self) -> bytes: ...

    def check(self, turn: Turn) -> None:
        """Raises Refused where the vendor answers 400."""
        ...

    def seen(self, body: Json) -> Seen: ...


def dumps(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")


def sse(data: Any, event: str | None = None) -> bytes:
    head = b"event: " + event.encode() + b"\n" if event else b""
    return head + b"data: " + dumps(data) + b"\n\n"


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def parsed(text: str) -> Any:
    """Arguments as an object, or the text itself if it is no JSON (a scripted broken call)."""
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text


def texts(content: Any) -> str:
    """All text in a message's content, whatever its dialect: a string, or parts with `text`."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(texts(part.get("text", part.get("content", ""))) for part in content if isinstance(part, dict))
    return ""
