"""Calling the gateway as its three kinds of clients do, and looking at what comes back down to the socket."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from tests.fakes.gateway import Gateway

PATHS = {
    "anthropic": "/v1/messages",
    "openai_chat": "/v1/chat/completions",
    "openai_responses": "/v1/responses",
}
SURFACES = tuple(PATHS)
ASK = "What does git stash do?"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def body(surface: str, model: str = "auto", **more: Any) -> dict[str, Any]:
    if surface == "anthropic":
        return {"model": model, "max_tokens": 200, "messages": [{"role": "user", "content": ASK}], **more}
    if surface == "openai_chat":
        return {"model": model, "messages": [{"role": "user", "content": ASK}], **more}
    return {"model": model, "input": ASK, **more}


def tool(surface: str, name: str = "weather") -> dict[str, Any]:
    """A function tool that takes a city."""
    if surface == "anthropic":
        return {"name": name, "description": "Tells.", "input_schema": CITY}
    function = {"name": name, "description": "Tells.", "parameters": CITY}
    return {"type": "function", "function": function} if surface == "openai_chat" else {"type": "function", **function}


def ask(
    lynkr: Gateway, surface: str, model: str = "auto", *, key: str = "bob", timeout: float = 20, **more: Any
) -> httpx.Response:
    """One request that is not streamed, or a stream read to its end (which must be a proper one)."""
    headers = {"x-api-key": lynkr.keys[key]}
    return httpx.post(
        lynkr.base_url + PATHS[surface], json=body(surface, model, **more), headers=headers, timeout=timeout
    )


def text_of(surface: str, answer: Mapping[str, Any]) -> str:
    if surface == "anthropic":
        return "".join(part["text"] for part in answer["content"] if part["type"] == "text")
    if surface == "openai_chat":
        return answer["choices"][0]["message"]["content"] or ""
    items = [item for item in answer["output"] if item["type"] == "message"]
    return "".join(part["text"] for item in items for part in item["content"])


def message_of(surface: str, answer: Mapping[str, Any]) -> str:
    """The message of an error body; fails if it has not the shape of `surface`."""
    if surface == "anthropic":
        assert answer["type"] == "error", answer
        assert set(answer["error"]) == {"type", "message"}
        return answer["error"]["message"]
    assert set(answer["error"]) == {"message", "type", "param", "code"}, answer
    return answer["error"]["message"]


def payloads(raw: bytes) -> list[dict[str, Any]]:
    """The JSON of each event of a stream; comments, pings and [DONE] left out."""
    found = []
    for frame in raw.replace(b"\r\n", b"\n").split(b"\n\n"):
        lines = [line[5:].strip() for line in frame.split(b"\n") if line.startswith(b"data:")]
        data = b"\n".join(lines)
        if data and data != b"[DONE]":
            event = json.loads(data)
            if event.get("type") != "ping":
                found.append(event)
    return found


def streamed_text(surface: str, raw: bytes) -> str:
    texts = []
    for event in payloads(raw):
        if surface == "anthropic" and event["type"] == "content_block_delta":
            texts.append(event["delta"].get("text", ""))
        elif surface == "openai_chat" and event.get("choices"):
            texts.append(event["choices"][0]["delta"].get("content") or "")
        elif surface == "openai_responses" and event["type"] == "response.output_text.delta":
            texts.append(event["delta"])
    return "".join(texts)


def is_complete(surface: str, raw: bytes) -> bool:
    """Whether the stream has its dialect's terminal event."""
    last = {"anthropic": b'"message_stop"', "openai_chat": b"[DONE]", "openai_responses": b'"response.completed"'}
    return last[surface] in raw


def failure_in(surface: str, raw: bytes) -> dict[str, Any]:
    """The error with which a stream ended; fails if its last event is none."""
    last = payloads(raw)[-1]
    if surface == "anthropic":
        assert last["type"] == "error", last
        return last["error"]
    if surface == "openai_chat":
        assert set(last) == {"error"}, last
        return last["error"]
    assert last["type"] == "response.failed", last
    assert last["response"]["status"] == "failed"
    return last["response"]["error"]


class Wire:
    """One request on a socket of its own. `proper` tells after `rest` whether the answer ended as HTTP demands."""

    def __init__(
        self,
        lynkr: Gateway,
        path: str,
        sent: bytes | Mapping[str, Any] = b"",
        *,
        key: str | None = "bob",
        method: str = "POST",
        headers: Iterable[tuple[str, str]] = (),
        length: int | None = None,
    ) -> None:
        raw = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        self.socket = socket.create_connection(("127.0.0.1", int(lynkr.base_url.rsplit(":", 1)[1])))
        self.socket.settimeout(20)
        lines = [f"{method} {path} HTTP/1.1", "host: lynkr", "content-type: application/json"]
        if key is not None:
            lines.append(f"x-api-key: {lynkr.keys[key]}")
        lines.append(f"content-length: {len(raw) if length is None else length}")
        lines.extend(f"{name}: {value}" for name, value in headers)
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)
        self.headers: dict[str, str] = {}
        self.status = 0
        self.proper = False
        self.body = b""
        self.arrived: list[tuple[float, bytes]] = []
        self._buffer = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def head(self) -> Wire:
        while b"\r\n\r\n" not in self._buffer:
            data = self.socket.recv(65536)
            if not data:
                raise AssertionError(f"no answer: {self._buffer!r}")
            self._buffer += data
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        self._parse()
        return self

    def until(self, part: bytes) -> bytes:
        """The body up to the read in which `part` is complete."""
        while part not in self.body:
            assert self._more(), f"{part!r} never came: {self.body!r}"
        return self.body

    def rest(self) -> bytes:
        while not self.proper and self._more():
            pass
        return self.body

    def _more(self) -> bool:
        if not self.status:
            self.head()
            return True
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self._buffer += data
        self._parse()
        return bool(data)

    def _parse(self) -> None:
        if self.headers.get("transfer-encoding") != "chunked":
            self._grow(self._buffer)
            self._buffer = b""
            self.proper = len(self.body) == int(self.headers.get("content-length", -1))
            return
        while b"\r\n" in self._buffer:
            size, rest = self._buffer.split(b"\r\n", 1)
            count = int(size, 16)
            if len(rest) < count + 2:
                return
            if count == 0:
                self.proper = True
            self._grow(rest[:count])
            self._buffer = rest[count + 2 :]

    def _grow(self, data: bytes) -> None:
        if data:
            self.body += data
            self.arrived.append((time.monotonic(), data))


def stream(lynkr: Gateway, surface: str, model: str = "auto", *, key: str = "bob", **more: Any) -> Wire:
    """A streamed request, just sent. Use it in a `with`."""
    return Wire(lynkr, PATHS[surface], body(surface, model, stream=True, **more), key=key)
