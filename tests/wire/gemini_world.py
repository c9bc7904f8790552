"""What the tests of the Gemini dialect share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.chat.request import ChatRequest, Message, Origin, Text, Tool, ToolResult, ToolUse
from gateway.wire.dialect import AnswerContext
from gateway.wire.gemini import DIALECT
from gateway.wire.profile import Profile

FIXTURES = Path(__file__).parent.parent / "fixtures" / "wire" / "gemini"
G25 = Profile("gemini-2.5-flash", thinking="budget", tool_images=False)
G3 = Profile("gemini-3-pro-preview")
READ = Tool("read_file", "Reads.", {"type": "object", "properties": {"path": {"type": "string"}}})
SIGNATURE = "CiEBjz1rX0ilumvPg6k0sMMUtISoQCLJvb2bPJ7Vv9rwV0o="


def asked(*messages: Message, dialect: str = "anthropic", **changes: Any) -> ChatRequest:
    return replace(ChatRequest(dialect, "auto", messages or (user(Text("Hi")),)), **changes)


def user(*blocks: Any) -> Message:
    return Message("user", blocks)


def model(*blocks: Any) -> Message:
    return Message("assistant", blocks)


def loop(call: ToolUse, *content: Any, before: tuple[Any, ...] = (), **changes: Any) -> ChatRequest:
    """A question, one call with what came before it, its result."""
    return asked(user(Text("Go")), model(*before, call), user(ToolResult(call.id, content)), tools=(READ,), **changes)


def encoded(request: ChatRequest, profile: Profile = G3) -> dict[str, Any]:
    return DIALECT.encode_request(request, profile).body


def losses(request: ChatRequest, profile: Profile = G3) -> tuple[str, ...]:
    return DIALECT.encode_request(request, profile).losses


def context(
    request: ChatRequest | None = None, origin: Origin | None = None, name: str = "gemini-3-pro-preview"
) -> AnswerContext:
    return AnswerContext(request or asked(dialect="gemini"), "a1b2", 0, name, origin or Origin("gemini", name))
