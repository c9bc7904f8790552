"""What is written for chat clients fits the official SDK's own types."""

from __future__ import annotations

from openai.types.chat import ChatCompletion, ChatCompletionChunk

from gateway.chat.request import Text, Thinking, ToolUse
from gateway.chat.response import ChatResponse, unfold
from gateway.chat.usage import Usage

from .chat_fixtures import CHAT, chat_request, context, frames

REQUEST = chat_request(stream=True, stream_options={"include_usage": True})
ANSWER = ChatResponse(
    "msg_1",
    "claude",
    (Thinking("hmm", "sig"), Text("Hi"), ToolUse("a", "f", '{"x":1}'), ToolUse("b", "g", "")),
    "tool_use",
    Usage(1, 2, 3, 4, None, 1),
)


def test_every_chunk_is_one_of_the_sdks() -> None:
    sent = frames(CHAT.stream_encoder(context(REQUEST)).encode(unfold(ANSWER)))
    assert sent.pop() == "[DONE]"
    for frame in sent:
        ChatCompletionChunk.model_validate(frame)


def test_a_whole_answer_is_one_of_the_sdks() -> None:
    found = ChatCompletion.model_validate(CHAT.encode_response(ANSWER, context(REQUEST)))
    assert found.usage is not None
    assert found.usage.prompt_tokens == 8
    assert [call.id for call in found.choices[0].message.tool_calls or ()] == ["a", "b"]
