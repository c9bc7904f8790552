"""The Anthropic Messages dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import GatewayError, UpstreamError
from gateway.chat.request import ChatRequest
from gateway.chat.response import ChatResponse

from ..dialect import AnswerContext, Dialect, Encoded
from ..profile import Profile
from . import encoding, errors, requests, responses
from .stream_encoder import Encoder
from .streams import Decoder


class Anthropic:
    """See `gateway.wire.dialect.Dialect`."""

    name = "anthropic"

    def decode_request(self, body: Mapping[str, Any]) -> ChatRequest:
        return requests.decode_request(body)

    def decode_count(self, body: Mapping[str, Any]) -> ChatRequest:
        """A ``/v1/messages/count_tokens`` body: a request without max_tokens."""
        return requests.decode_request(body, counting=True)

    def encode_request(self, request: ChatRequest, profile: Profile) -> Encoded:
        return encoding.encode_request(request, profile)

    def decode_response(self, body: Mapping[str, Any], request: ChatRequest) -> ChatResponse:
        return responses.decode_response(body, request)

    def encode_response(self, response: ChatResponse, context: AnswerContext) -> dict[str, Any]:
        return responses.encode_response(response, context)

    def stream_decoder(self, request: ChatRequest) -> Decoder:
        return Decoder(request)

    def stream_encoder(self, context: AnswerContext) -> Encoder:
        return Encoder(context)

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return errors.decode_error(status, headers, body)

    def encode_error(self, error: GatewayError, request_id: str) -> tuple[int, list[tuple[str, str]], dict[str, Any]]:
        return errors.encode_error(error, request_id)


DIALECT: Dialect = Anthropic()
