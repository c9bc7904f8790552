"""Request bodies, and what the fast upstream answers. The mode is part of the model's name: bench-small (JSON, or a few
events), bench-burst (200 tokens at once), bench-paced (200 tokens, one every 20 ms), bench-slow (one a second)."""

from __future__ import annotations

import json
from typing import Any, Literal

Dialect = Literal["openai_chat", "anthropic"]
TOKENS = 200
WORDS = [f" token{i:03d}" for i in range(TOKENS)]
AGENT_BYTES = 150_000

PATHS: dict[str, str] = {"openai_chat": "/v1/chat/completions", "anthropic": "/v1/messages"}
CHAT_BASE = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1790000000, "model": "bench"}


def dumps(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def request(dialect: str, model: str, *, stream: bool, agent: bool = False) -> bytes:
    """A small question, or an agent's turn of about 150 kB (tools, history with tool results, cache marks)."""
    body: dict[str, Any] = {"model": model}
    body |= (
        _agent(dialect) if agent else {"messages": [{"role": "user", "content": "Say hello to the benchmark, please."}]}
    )
    if dialect == "anthropic":
        body["max_tokens"] = 1024
    if stream:
        body["stream"] = True
        if dialect == "openai_chat":
            body["stream_options"] = {"include_usage": True}
    return dumps(body)


def _agent(dialect: str) -> dict[str, Any]:
    text = "def area(radius: float) -> float:\n    # Fläche eines Kreises\n    return 3.14159 * radius ** 2\n" * 28
    schema = {
        "type": "object",
        "properties": {f"argument_{i}": {"type": "string", "description": "x" * 200} for i in range(8)},
    }
    mark = {"cache_control": {"type": "ephemeral"}}
    body: dict[str, Any] = {"messages": []}
    if dialect == "anthropic":
        body["system"] = [{"type": "text", "text": "You are a coding agent. " * 400, **mark}]
        body["tools"] = [{"name": f"tool_{i}", "description": "y" * 400, "input_schema": schema} for i in range(12)]
    else:
        body["messages"].append({"role": "system", "content": "You are a coding agent. " * 400})
        functions = [{"name": f"tool_{i}", "description": "y" * 400, "parameters": schema} for i in range(12)]
        body["tools"] = [{"type": "function", "function": function} for function in functions]
    body["messages"].append({"role": "user", "content": "Please fix the bug in area.py and run the tests."})
    turn = 0
    while len(dumps(body)) < AGENT_BYTES:
        body["messages"] += _turn(dialect, turn, text)
        turn += 1
    return body


def _turn(dialect: str, turn: int, text: str) -> list[dict[str, Any]]:
    path = {"argument_0": f"/src/file_{turn}.py"}
    if dialect == "anthropic":
        use = {"type": "tool_use", "id": f"toolu_{turn:04d}", "name": "tool_1", "input": path}
        result = {"type": "tool_result", "tool_use_id": f"toolu_{turn:04d}", "content": text}
        said = {"role": "assistant", "content": [{"type": "text", "text": f"Reading file {turn}."}, use]}
        return [said, {"role": "user", "content": [result]}]
    function = {"name": "tool_1", "arguments": json.dumps(path)}
    call = {"id": f"call_{turn:04d}", "type": "function", "function": function}
    said = {"role": "assistant", "content": f"Reading file {turn}.", "tool_calls": [call]}
    return [said, {"role": "tool", "tool_call_id": f"call_{turn:04d}", "content": text}]


def whole(dialect: str) -> bytes:
    if dialect == "anthropic":
        usage = {"input_tokens": 12, "output_tokens": 6, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
        content = [{"type": "text", "text": "Hello, benchmark!"}]
        head = {"id": "msg_bench", "type": "message", "role": "assistant", "model": "bench", "content": content}
        return dumps({**head, "stop_reason": "end_turn", "stop_sequence": None, "usage": usage})
    message = {"role": "assistant", "content": "Hello, benchmark!", "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 12, "completion_tokens": 6, "total_tokens": 18}
    return dumps({**CHAT_BASE, "object": "chat.completion", "choices": [choice], "usage": usage})


def events(dialect: str, words: list[str]) -> list[bytes]:
    """Opening events, one event a word, closing events."""
    return _anthropic_events(words) if dialect == "anthropic" else _chat_events(words)


def _anthropic_events(words: list[str]) -> list[bytes]:
    usage = {"input_tokens": 12, "output_tokens": 1, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
    message: dict[str, Any] = {
        "id": "msg_bench",
        "type": "message",
        "role": "assistant",
        "model": "bench",
        "content": [],
    }
    message |= {"stop_reason": None, "stop_sequence": None, "usage": usage}
    data: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
    data.append({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    data += [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}} for word in words
    ]
    data.append({"type": "content_block_stop", "index": 0})
    ending: dict[str, Any] = {"stop_reason": "end_turn", "stop_sequence": None}
    data.append({"type": "message_delta", "delta": ending, "usage": {"output_tokens": len(words)}})
    data.append({"type": "message_stop"})
    return [b"event: " + entry["type"].encode() + b"\ndata: " + dumps(entry) + b"\n\n" for entry in data]


def _chat_events(words: list[str]) -> list[bytes]:
    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**CHAT_BASE, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], "usage": None}

    data = [
        chunk({"role": "assistant", "content": ""}),
        *(chunk({"content": word}) for word in words),
        chunk({}, "stop"),
    ]
    usage = {"prompt_tokens": 12, "completion_tokens": len(words), "total_tokens": 12 + len(words)}
    data.append({**CHAT_BASE, "choices": [], "usage": usage})
    return [*(b"data: " + dumps(entry) + b"\n\n" for entry in data), b"data: [DONE]\n\n"]


def terminal(dialect: str) -> bytes:
    """What a complete stream of this dialect contains near its end."""
    return b"message_stop" if dialect == "anthropic" else b"[DONE]"
