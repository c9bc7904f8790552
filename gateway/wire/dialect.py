"""The contract every dialect fulfils. Pure: bytes and mappings in, values out; no I/O, clock or randomness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from gateway.chat.errors import GatewayError, UpstreamError
from gateway.chat.events import StreamEvent
from gateway.chat.request import ChatRequest, Origin
from gateway.chat.response import ChatResponse

from .profile import Profile


class Encoded(NamedTuple):
    """A request body, and what could not be carried over, as paths: ``sampling.top_k``, ``messages[3].image``."""

    body: dict[str, Any]
    losses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What an encoder needs to write an answer for a client.

    `request` is the client's own; `answer_id` a unique bare id (hex) the dialect prefixes in its own way when the provider
    gave no usable one; `created` unix seconds; `model` what to show as the model; `origin` who serves (signatures of
    another dialect are sealed with it); `input_estimate` prompt tokens for dialects that tell them first (CCD-6)."""

    request: ChatRequest
    answer_id: str
    created: int
    model: str
    origin: Origin
    input_estimate: int = 0

    @classmethod
    def waiting(cls, request: ChatRequest, answer_id: str) -> AnswerContext:
        """For what is written before anybody serves: keepalives and refusals."""
        return cls(request, answer_id, 0, request.model, Origin("", ""))


class StreamDecoder(Protocol):
    """Turns the bytes of a provider's stream into events. Any split of the bytes gives the same events (chunking law).

    `raw` holds, after each `feed`/`end`, the complete frames consumed by it exactly as they came, less frames a client of
    this dialect must not see (unknown event types where the dialect demands it, CDX-6; a usage chunk it did not ask for).
    """

    raw: bytes

    def feed(self, data: bytes) -> list[StreamEvent]: ...

    def end(self) -> list[StreamEvent]:
        """At the end of the body. `Failed(UpstreamBroken)` if the terminal event was not seen (CUT-9)."""
        ...

    def fail(self, error: GatewayError) -> bytes:
        """What ends, with `error`, a stream of which `raw` was relayed so far (same dialect relay)."""
        ...


class StreamEncoder(Protocol):
    """Writes events as a client's stream. Accepts any sequence that follows the grammar of `chat.events`; never emits an
    empty text block (EMP-2) nor anything out of the dialect's grammar (PAR-6).

    `failure`: the error with which `encode` ended the answer of its own accord, because its events have no form here (an
    empty answer, EMP-1; arguments that are no JSON, TID-7). None otherwise: `fail` and a `Failed` event do not set it."""

    failure: GatewayError | None

    def encode(self, events: Iterable[StreamEvent]) -> bytes: ...

    def fail(self, error: GatewayError) -> bytes:
        """The dialect's in-stream error, blocks closed first where the dialect needs it (THK-9). Nothing follows it."""
        ...

    def keepalive(self) -> bytes:
        """A frame every client of this dialect ignores; valid at any moment, before the first event as well."""
        ...


class Dialect(Protocol):
    name: str

    def decode_request(self, body: Mapping[str, Any]) -> ChatRequest:
        """Raises BadRequest naming the field. Unknown fields are kept in extras, never refused."""
        ...

    def encode_request(self, request: ChatRequest, profile: Profile) -> Encoded: ...

    def decode_response(self, body: Mapping[str, Any], request: ChatRequest) -> ChatResponse:
        """A JSON answer. Raises UpstreamBroken if it is none, UpstreamError if it is an error in a 200 body."""
        ...

    def encode_response(self, response: ChatResponse, context: AnswerContext) -> dict[str, Any]: ...

    def stream_decoder(self, request: ChatRequest) -> StreamDecoder:
        """`request` is the client's: e.g. chat hides the usage chunk in `raw` unless it asked for one."""
        ...

    def stream_encoder(self, context: AnswerContext) -> StreamEncoder: ...

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        """The error a provider answered with (status >= 400). Header names are lower case. Retry-After is read here."""
        ...

    def encode_error(self, error: GatewayError, request_id: str) -> tuple[int, list[tuple[str, str]], dict[str, Any]]:
        """(status, extra headers such as retry-after and x-should-retry, body) as this dialect's clients expect."""
        ...
