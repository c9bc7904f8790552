"""A JSON answer where a stream was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.chat.errors import GatewayError
from gateway.chat.events import Failed, StreamEvent
from gateway.chat.request import ChatRequest
from gateway.chat.response import unfold

from .dialect import Dialect
from .fields import load


class WholeAnswer:
    """A StreamDecoder for a body of at most `limit` bytes. Its events come at the end; ValueError if it is none."""

    raw = b""

    def __init__(self, dialect: Dialect, request: ChatRequest, limit: int) -> None:
        self._limit = limit
        self._dialect, self._request = dialect, request
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[StreamEvent]:
        self._parts.append(data)
        self._size += len(data)
        if self._size > self._limit:
            raise ValueError("The provider's answer is too large.")
        return []

    def end(self) -> list[StreamEvent]:
        body = load(b"".join(self._parts))
        if not isinstance(body, Mapping):
            raise ValueError("no object")
        try:
            return list(unfold(self._dialect.decode_response(body, self._request)))
        except GatewayError as error:
            return [Failed(error)]

    def fail(self, error: GatewayError) -> bytes:
        return b""
