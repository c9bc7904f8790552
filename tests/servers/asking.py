"""The three client surfaces through the official SDKs, with one form of answer to compare."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import anthropic
import openai

from tests.fakes.gateway import Gateway

SURFACES = ("anthropic", "openai_chat", "openai_responses")
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@dataclass
class Answer:
    """`stop` in the words of the surface; `input` with what came from a cache, which is `cached`; `back` is what the
    client puts into its history."""

    text: str
    stop: str
    input: int
    cached: int
    output: int
    back: list[Any]
    thinking: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    request_id: str = ""


class Asker:
    """One surface of one gateway. `history` is in the surface's own form."""

    def __init__(self, lynkr: Gateway, surface: str, stack: ExitStack) -> None:
        self.surface = surface
        if surface == "anthropic":
            options: dict[str, Any] = {"base_url": lynkr.base_url, "api_key": lynkr.key, "max_retries": 0}
            self._anthropic = stack.enter_context(anthropic.Anthropic(**options))
        else:
            options = {"base_url": f"{lynkr.base_url}/v1", "api_key": lynkr.key, "max_retries": 0}
            self._openai = stack.enter_context(openai.OpenAI(**options))

    def ask(
        self,
        model: str,
        said: str | list[Any],
        *,
        streamed: bool = False,
        limit: int = 200,
        tools: bool = False,
        **more: Any,
    ) -> Answer:
        history = [{"role": "user", "content": said}] if isinstance(said, str) else said
        return getattr(self, f"_{self.surface}_ask")(model, history, streamed, limit, tools, more)

    def result(self, answer: Answer, text: str) -> list[Any]:
        """What follows a tool call: the answer as it came, and the tool's result."""
        if self.surface == "anthropic":
            (use,) = [part for part in answer.back[0]["content"] if part["type"] == "tool_use"]
            content = [{"type": "tool_result", "tool_use_id": use["id"], "content": text}]
            return [*answer.back, {"role": "user", "content": content}]
        if self.surface == "openai_chat":
            (call,) = answer.back[0]["tool_calls"]
            return [*answer.back, {"role": "tool", "tool_call_id": call["id"], "content": text}]
        (call,) = [item for item in answer.back if item["type"] == "function_call"]
        return [*answer.back, {"type": "function_call_output", "call_id": call["call_id"], "output": text}]

    def _anthropic_ask(
        self, model: str, history: list[Any], streamed: bool, limit: int, tools: bool, more: dict[str, Any]
    ) -> Answer:
        request = {"model": model, "messages": history, "max_tokens": limit, **more}
        if tools:
            request["tools"] = [{"name": "weather", "description": "Tells the weather.", "input_schema": CITY}]
        if streamed:
            with self._anthropic.messages.stream(**request) as stream:
                message = stream.get_final_message()
                request_id = stream.response.headers["x-lynkr-request-id"]
        else:
            raw = self._anthropic.messages.with_raw_response.create(**request)
            message, request_id = raw.parse(), raw.headers["x-lynkr-request-id"]
        parts, usage = message.content, message.usage
        cached = usage.cache_read_input_tokens or 0
        return Answer(
            text="".join(part.text for part in parts if part.type == "text"),
            thinking="".join(part.thinking for part in parts if part.type == "thinking"),
            calls=[(part.name, part.input) for part in parts if part.type == "tool_use"],
            stop=message.stop_reason or "",
            input=usage.input_tokens + cached,
            cached=cached,
            output=usage.output_tokens,
            back=[{"role": "assistant", "content": [part.model_dump(exclude_none=True) for part in parts]}],
            request_id=request_id,
        )

    def _openai_chat_ask(
        self, model: str, history: list[Any], streamed: bool, limit: int, tools: bool, more: dict[str, Any]
    ) -> Answer:
        request = {"model": model, "messages": history, "max_tokens": limit, **more}
        if tools:
            function = {"name": "weather", "description": "Tells the weather.", "parameters": CITY}
            request["tools"] = [{"type": "function", "function": function}]
        if streamed:
            return self._openai_chat_streamed(request)
        raw = self._openai.chat.completions.with_raw_response.create(**request)
        completion = raw.parse()
        (choice,) = completion.choices
        message = choice.message.model_dump(exclude_none=True)
        usage = completion.usage
        return self._openai_chat_answer(message, choice.finish_reason, usage, raw.headers["x-lynkr-request-id"])

    def _openai_chat_streamed(self, request: dict[str, Any]) -> Answer:
        request["stream_options"] = {"include_usage": True}
        with self._openai.chat.completions.with_streaming_response.create(**request, stream=True) as raw:
            message: dict[str, Any] = {"role": "assistant", "content": "", "reasoning_content": ""}
            calls: dict[int, dict[str, Any]] = {}
            stop, usage = "", None
            for event in raw.parse():
                usage = event.usage or usage
                for choice in event.choices:
                    stop = choice.finish_reason or stop
                    message["content"] += choice.delta.content or ""
                    message["reasoning_content"] += getattr(choice.delta, "reasoning_content", None) or ""
                    for piece in choice.delta.tool_calls or []:
                        assert piece.function is not None
                        call = calls.setdefault(
                            piece.index,
                            {
                                "id": piece.id,
                                "type": "function",
                                "function": {"name": piece.function.name, "arguments": ""},
                            },
                        )
                        call["function"]["arguments"] += piece.function.arguments or ""
            request_id = raw.headers["x-lynkr-request-id"]
        if calls:
            message["tool_calls"] = list(calls.values())
        return self._openai_chat_answer(message, stop, usage, request_id)

    def _openai_chat_answer(self, message: dict[str, Any], stop: str, usage: Any, request_id: str) -> Answer:
        calls = [call["function"] for call in message.get("tool_calls") or []]
        details = usage.prompt_tokens_details
        return Answer(
            text=message.get("content") or "",
            thinking=message.get("reasoning_content") or "",
            calls=[(call["name"], json.loads(call["arguments"])) for call in calls],
            stop=stop,
            input=usage.prompt_tokens,
            cached=(details.cached_tokens if details else 0) or 0,
            output=usage.completion_tokens,
            back=[message],
            request_id=request_id,
        )

    def _openai_responses_ask(
        self, model: str, history: list[Any], streamed: bool, limit: int, tools: bool, more: dict[str, Any]
    ) -> Answer:
        request = {"model": model, "input": history, "max_output_tokens": limit, "store": False, **more}
        if tools:
            function = {"name": "weather", "description": "Tells the weather.", "parameters": CITY, "strict": False}
            request["tools"] = [{"type": "function", **function}]
        if streamed:
            with self._openai.responses.with_streaming_response.create(**request, stream=True) as raw:
                last = [*raw.parse()][-1]
                request_id = raw.headers["x-lynkr-request-id"]
            response = last.response
        else:
            answered = self._openai.responses.with_raw_response.create(**request)
            response, request_id = answered.parse(), answered.headers["x-lynkr-request-id"]
        reason = response.incomplete_details.reason if response.incomplete_details else None
        items = [item.model_dump(exclude_none=True, exclude={"parsed", "parsed_arguments"}) for item in response.output]
        thoughts = [part for item in items if item["type"] == "reasoning" for part in _thoughts(item)]
        return Answer(
            text=response.output_text,
            thinking="".join(thoughts),
            calls=[(item["name"], json.loads(item["arguments"])) for item in items if item["type"] == "function_call"],
            stop=f"{response.status}:{reason}" if reason else response.status,
            input=response.usage.input_tokens,
            cached=response.usage.input_tokens_details.cached_tokens,
            output=response.usage.output_tokens,
            back=items,
            request_id=request_id,
        )


def _thoughts(item: dict[str, Any]) -> list[str]:
    return [part["text"] for part in (item.get("content") or item.get("summary") or [])]


@contextmanager
def asker(lynkr: Gateway, surface: str) -> Iterator[Asker]:
    with ExitStack() as stack:
        yield Asker(lynkr, surface, stack)
