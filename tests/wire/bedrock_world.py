"""What the tests of the Converse dialect share. The service model behind AWS's SDKs judges what is written."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, StructureShape
from botocore.validate import ParamValidator

from gateway.chat.request import ChatRequest, Message, Origin, Text, Tool, ToolResult, ToolUse
from gateway.wire.bedrock_converse import DIALECT
from gateway.wire.dialect import AnswerContext
from gateway.wire.profile import Profile

FIXTURES = Path(__file__).parent.parent / "fixtures" / "wire" / "bedrock_converse"
MODEL = "anthropic.claude-opus-5-5-v1:0"
CLAUDE = Profile(MODEL, thinking="adaptive", cache_control=True, system_in_messages=False)
READ = Tool("read_file", "Reads.", {"type": "object", "properties": {"path": {"type": "string"}}})


@cache
def service() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("bedrock-runtime", "service-2"), "bedrock-runtime")


def shape(name: str) -> StructureShape:
    found = service().shape_for(name)
    assert isinstance(found, StructureShape)
    return found


def judge(body: dict[str, Any]) -> None:
    """Fails where the body is not a ConverseRequest."""
    report = ParamValidator().validate({"modelId": MODEL, **body}, shape("ConverseRequest"))
    assert not report.has_errors(), report.generate_report()


def asked(*messages: Message, dialect: str = "anthropic", **changes: Any) -> ChatRequest:
    return replace(ChatRequest(dialect, "auto", messages or (user(Text("Hi")),)), **changes)


def user(*blocks: Any) -> Message:
    return Message("user", blocks)


def model(*blocks: Any) -> Message:
    return Message("assistant", blocks)


def loop(call: ToolUse, *content: Any, before: tuple[Any, ...] = (), **changes: Any) -> ChatRequest:
    """A question, one call with what came before it, its result."""
    changes.setdefault("tools", (READ,))
    return asked(user(Text("Go")), model(*before, call), user(ToolResult(call.id, content)), **changes)


def encoded(request: ChatRequest, profile: Profile = CLAUDE) -> dict[str, Any]:
    body = DIALECT.encode_request(request, profile).body
    judge(body)
    return body


def losses(request: ChatRequest, profile: Profile = CLAUDE) -> tuple[str, ...]:
    return DIALECT.encode_request(request, profile).losses


def context(request: ChatRequest | None = None, origin: Origin | None = None) -> AnswerContext:
    return AnswerContext(
        request or asked(dialect="bedrock_converse"), "a1b2", 0, "", origin or Origin("bedrock_converse", MODEL)
    )
