"""Amazon Bedrock's Converse dialect: Converse and ConverseStream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import GatewayError, UpstreamError
from gateway.chat.request import ChatRequest
from gateway.chat.response import ChatResponse
from gateway.wire.dialect import AnswerContext, Dialect, Encoded, StreamDecoder, StreamEncoder
from gateway.wire.profile import Profile

from . import blocks, errors, requests, responses, streams


class Converse:
    name = blocks.NAME

    def decode_request(self, body: Mapping[str, Any]) -> ChatRequest:
        return requests.decode_request(body)

    def encode_request(self, request: ChatRequest, profile: Profile) -> Encoded:
        return requests.encode_request(request, profile)

    def decode_response(self, body: Mapping[str, Any], request: ChatRequest) -> ChatResponse:
        return responses.decode_response(body, request)

    def encode_response(self, response: ChatResponse, context: AnswerContext) -> dict[str, Any]:
        return responses.encode_response(response, context)

    def stream_decoder(self, request: ChatRequest) -> StreamDecoder:
        return streams.ConverseStreamDecoder(request)

    def stream_encoder(self, context: AnswerContext) -> StreamEncoder:
        return streams.ConverseStreamEncoder(context)

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
        return errors.decode_error(status, headers, body)

    def encode_error(self, error: GatewayError, request_id: str) -> tuple[int, list[tuple[str, str]], dict[str, Any]]:
        return errors.encode_error(error, request_id)


DIALECT: Dialect = Converse()
