"""Reading the captured chat and Ollama exchanges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

from gateway.chat.events import StreamEvent
from gateway.chat.request import ChatRequest, Effort, Message, Origin, Text
from gateway.wire.dialect import AnswerContext, Dialect
from gateway.wire.profile import Profile
from gateway.wire.registry import dialect

FIXTURES = Path(__file__).parent.parent / "fixtures" / "wire"
CHAT: Dialect = dialect("openai_chat")
OLLAMA: Dialect = dialect("ollama")


def paths(name: str, folder: str) -> list[Path]:
    return sorted((FIXTURES / name / folder).iterdir())


def load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def stream(name: str, case: str) -> bytes:
    return next((FIXTURES / name / "streams").glob(f"{case}.*")).read_bytes()


def permissive(model: str) -> Profile:
    return Profile(model=model, reasoning_content=True, cache_control=True, efforts=get_args(Effort))


def foreign(*messages: Message, **changes: Any) -> ChatRequest:
    """A request that came in Anthropic's dialect."""
    return ChatRequest("anthropic", "auto", messages or (Message("user", (Text("hi"),)),), **changes)


def chat_request(**body: Any) -> ChatRequest:
    return CHAT.decode_request({"model": "m", "messages": [{"role": "user", "content": "hi"}], **body})


def context(request: ChatRequest, dialect_name: str = "anthropic", model: str = "shown") -> AnswerContext:
    return AnswerContext(request, "abc123", 1762000001, model, Origin(dialect_name, "served", "acme"))


def events_of(speaker: Dialect, data: bytes, request: ChatRequest) -> list[StreamEvent]:
    decoder = speaker.stream_decoder(request)
    return [*decoder.feed(data), *decoder.end()]


def frames(data: bytes) -> list[Any]:
    """The JSON of each SSE frame; "[DONE]" as it is."""
    found = [frame[6:] for frame in data.decode().split("\n\n") if frame.startswith("data: ")]
    return [frame if frame == "[DONE]" else json.loads(frame) for frame in found]
