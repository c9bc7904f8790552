"""Reading the messages of a chat body.

Leading system and developer messages become the request's `system`; each text remembers, in its notes, where a message
began and which role word it bore. A run of tool messages becomes one user turn of tool results, as the dialects that know
no tool role want it.
"""

from __future__ import annotations

from typing import Any

from gateway.chat.errors import BadRequest
from gateway.chat.request import NO_EXTRAS, Block, Document, Image, Message, Opaque, Text, Thinking, ToolResult, ToolUse
from gateway.chat.signatures import unseal
from gateway.wire import fields

from . import notes, parts

_SYSTEM = ("system", "developer")
_PLAIN = frozenset({"role", "content"})
_ASSISTANT = frozenset(
    {"role", "content", "tool_calls", "function_call", "reasoning_content", "reasoning", "reasoning_details", "refusal"}
)


def decode_messages(values: list[Any]) -> tuple[tuple[Text, ...], tuple[Message, ...]]:
    """(system, messages). Raises BadRequest naming the message."""
    system: list[Text] = []
    messages: list[Message] = []
    results: list[ToolResult] = []
    leading = True
    for number, value in enumerate(values):
        path = f"messages[{number}]"
        message = fields.mapping(value, path)
        role = message.get("role")
        if role in ("tool", "function"):
            results.append(_tool_message(message, path, messages))
            leading = False
            continue
        if results:
            messages.append(Message("user", tuple(results)))
            results = []
        if role in _SYSTEM:
            if leading and (texts := _leading_system(message, path)) is not None:
                system.extend(texts)
                continue
            messages.append(_plain(message, path))
        elif role == "user":
            messages.append(_plain(message, path))
        elif role == "assistant":
            messages.append(_assistant(message, path))
        else:
            raise BadRequest(
                f"{path}.role: must be system, developer, user, assistant, tool or function", param=f"{path}.role"
            )
        leading = False
    if results:
        messages.append(Message("user", tuple(results)))
    return tuple(system), tuple(messages)


def _content_shape(content: Any, blocks: tuple[Block, ...], *, natural: str = "string") -> dict[str, Any]:
    """How the content was written, if it is not how `messages_out` would write these blocks by itself."""
    if isinstance(content, list):
        if len(blocks) == 1 and isinstance(blocks[0], Text) and not blocks[0].extras:
            return {"content": "list"}
        return {"content": "list"} if not blocks or natural == "joined" else {}
    if content == "":
        return {"content": "empty"}
    return {}


def _leading_system(message: dict[str, Any], path: str) -> list[Text] | None:
    """The texts of a leading system message; None if it holds anything but text."""
    blocks = parts.decode_content(_required(message, path), f"{path}.content")
    texts = [block for block in blocks if isinstance(block, Text)]
    if len(texts) != len(blocks):
        return None
    shape: dict[str, Any] = {"starts": True, **_content_shape(message["content"], blocks)}
    if message["role"] != "system":
        shape["role"] = message["role"]
    rest = fields.rest(message, _PLAIN)
    if rest:
        shape["message"] = rest
    first, *others = texts or [Text("")]
    cache = {"cache_control": mark} if (mark := notes.cache_mark(first.extras)) is not None else {}
    return [Text(first.text, notes.keep({**notes.own(first.extras), **cache}, shape)), *others]


def _required(message: dict[str, Any], path: str) -> Any:
    if message.get("content") is None:
        raise BadRequest(f"{path}.content: field required", param=f"{path}.content")
    return message["content"]


def _plain(message: dict[str, Any], path: str) -> Message:
    """A user message, or a system message later in the conversation."""
    content = _required(message, path)
    blocks = parts.decode_content(content, f"{path}.content")
    shape = _content_shape(content, blocks)
    role = message["role"]
    if role == "developer":
        shape["role"] = role
    extras = notes.keep(fields.rest(message, _PLAIN), shape) if len(message) > 2 or shape else NO_EXTRAS
    return Message("user" if role == "user" else "system", blocks, extras)


def _assistant(message: dict[str, Any], path: str) -> Message:
    content = message.get("content")
    blocks = parts.decode_content(content, f"{path}.content")
    shape = _content_shape(content, blocks, natural="joined")
    rest = fields.rest(message, _ASSISTANT)
    if "content" not in message:
        shape["content"] = "absent"
    thinking = _thinking(message, path)
    refusal = fields.text(message, "refusal", f"{path}.")
    if refusal:
        blocks = (*blocks, Text(refusal, notes.keep({}, {"refusal": "field"})))
    elif "refusal" in message:
        rest["refusal"] = message["refusal"]
    calls = fields.listing(message, "tool_calls", f"{path}.")
    uses = tuple(_tool_call(call, f"{path}.tool_calls[{n}]", path, n) for n, call in enumerate(calls or ()))
    function = message.get("function_call")
    if function is not None:
        uses = (*uses, _function_call(fields.mapping(function, f"{path}.function_call"), path))
    return Message("assistant", (*thinking, *blocks, *uses), notes.keep(rest, shape))


def _thinking(message: dict[str, Any], path: str) -> tuple[Thinking, ...]:
    """``reasoning_content`` (DeepSeek and others), ``reasoning`` and ``reasoning_details`` (OpenRouter)."""
    details = fields.listing(message, "reasoning_details", f"{path}.")
    text = fields.text(message, "reasoning_content", f"{path}.")
    shape: dict[str, Any] = {}
    if text is None and "reasoning" in message:
        text = fields.text(message, "reasoning", f"{path}.")
        shape["reasoning"] = True
    if text is None and not details:
        return ()
    signature, origin = None, None
    for detail in details or ():
        if isinstance(detail, dict):
            sealed = detail.get("signature") or detail.get("data")
            if isinstance(sealed, str):
                origin, signature = unseal(sealed)
            if not text and isinstance(detail.get("text"), str):
                text = detail["text"]
    if text is None:
        text = ""
        shape["reasoning"] = None
    if details and origin is None:
        return (Thinking(text, extras=notes.keep({"reasoning_details": details}, shape)),)
    return (Thinking(text, signature, not text and signature is not None, origin, notes.keep({}, shape)),)


def _tool_call(value: Any, path: str, message_path: str, number: int) -> ToolUse:
    call = fields.mapping(value, path)
    custom = call.get("custom")
    kind = "custom" if isinstance(custom, dict) and "function" not in call else "function"
    inner = fields.mapping(call.get(kind), f"{path}.{kind}")
    name = fields.text(inner, "name", f"{path}.{kind}.", required=True) or ""
    extras = notes.keep(fields.rest(call, frozenset({"id", "type", "function", "custom"})))
    use_id = fields.text(call, "id", f"{path}.") or f"call_{message_path[9:-1]}_{number}"
    if kind == "custom":
        return ToolUse(use_id, name, fields.text(inner, "input", f"{path}.custom.") or "", "custom", extras=extras)
    return ToolUse(use_id, name, _arguments(inner, f"{path}.function."), extras=extras)


def _arguments(inner: dict[str, Any], path: str) -> str:
    """The JSON text; "" becomes "{}" (TID-6), an object (Ollama's form) its JSON."""
    value = inner.get("arguments")
    if isinstance(value, dict):
        return fields.dump(value).decode()
    return fields.text(inner, "arguments", path) or "{}"


def _function_call(call: dict[str, Any], path: str) -> ToolUse:
    """The deprecated form has no ids; one is made from the message's place."""
    name = fields.text(call, "name", f"{path}.function_call.", required=True) or ""
    arguments = _arguments(call, f"{path}.function_call.")
    return ToolUse(f"call_{path[9:-1]}", name, arguments, extras=notes.keep({}, {"function_call": True}))


def _tool_message(message: dict[str, Any], path: str, before: list[Message]) -> ToolResult:
    content = message.get("content")
    blocks = parts.decode_content(content, f"{path}.content")
    kept = tuple(block for block in blocks if isinstance(block, Text | Image | Document | Opaque))
    shape = _content_shape(content, blocks, natural="joined")
    if message["role"] == "function":
        name = fields.text(message, "name", f"{path}.", required=True) or ""
        shape["function"] = name
        use_id = _called(before, name) or f"call_{name}"
        rest = fields.rest(message, frozenset({"role", "content", "name"}))
    else:
        use_id = fields.text(message, "tool_call_id", f"{path}.", required=True) or ""
        rest = fields.rest(message, frozenset({"role", "content", "tool_call_id"}))
    return ToolResult(use_id, kept, extras=notes.keep(rest, shape))


def _called(before: list[Message], name: str) -> str | None:
    """The id of the last call of `name`."""
    for message in reversed(before):
        for block in reversed(message.blocks):
            if isinstance(block, ToolUse) and block.name == name:
                return block.id
    return None
