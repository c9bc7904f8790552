"""Items of `input` and `output` to canonical blocks.

A message item is several blocks, every other item is one. The first block of an item keeps under ``extras[...]["item"]``
the fields that have no canonical place (type, id, status, phase, ...); a text without it belongs to the item before.
Items this gateway has no name for travel whole, as `Opaque`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.chat import signatures
from gateway.chat.errors import BadRequest
from gateway.chat.request import Block, Opaque, Role, Text, Thinking, ToolResult, ToolUse
from gateway.wire import fields

from .names import NAME, ToolNames, own
from .parts import Part, decode_part

ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "system": "system", "developer": "system"}
PLAIN_USER = {"type": "message", "role": "user"}
SEPARATOR = "\n\n"

Decoded = tuple[Role, tuple[Block, ...]]


def decode_item(item: Any, path: str, names: ToolNames) -> Decoded:
    """(role, blocks) of one item. Raises BadRequest naming the field."""
    item = fields.mapping(item, path)
    kind = item.get("type")
    if kind is None:
        if "role" not in item:
            raise BadRequest(f"{path}.type: field required", param=f"{path}.type")
        kind = "message"
    if not isinstance(kind, str):
        raise BadRequest(f"{path}.type: must be a string", param=f"{path}.type")
    decoder = _DECODERS.get(kind)
    if decoder is None:
        return _role_of(kind), (Opaque(NAME, kind, item),)
    return decoder(item, path, names)


def _role_of(kind: str) -> Role:
    """Whose turn an unknown item belongs to: outputs and approvals come from the client, the rest from the model."""
    return "user" if kind.endswith(("_output", "_response", "_trigger")) else "assistant"


def _rest(item: Mapping[str, Any], *taken: str) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in taken}


def _message(item: Mapping[str, Any], path: str, names: ToolNames) -> Decoded:
    word = fields.text(item, "role", f"{path}.", required=True) or ""
    role = ROLES.get(word)
    if role is None:
        raise BadRequest(f"{path}.role: must be user, assistant, system or developer", param=f"{path}.role")
    content = item.get("content")
    rest = _rest(item, "content")
    if isinstance(content, str):
        return role, (Text(content, {NAME: {"item": rest, "string": True}}),)
    if not isinstance(content, list):
        problem = "field required" if content is None else "must be a string or a list"
        raise BadRequest(f"{path}.content: {problem}", param=f"{path}.content")
    blocks: list[Block] = []
    for number, part in enumerate(content):
        block = decode_part(part, f"{path}.content[{number}]", role)
        if block is None:
            return role, (Opaque(NAME, "message", item),)
        blocks.append(block)
    if not blocks or isinstance(blocks[0], Opaque):
        return role, (Opaque(NAME, "message", item),)
    if role != "user" or rest != PLAIN_USER:
        first = blocks[0]
        kept = {**own(first.extras), "item": rest}
        blocks[0] = replace(first, extras={NAME: kept})
    return role, tuple(blocks)


def _reasoning(item: Mapping[str, Any], path: str, names: ToolNames) -> Decoded:
    """Summary texts joined; where there are none, the plain reasoning text some providers give (`content`)."""
    summary = texts_of(fields.listing(item, "summary", f"{path}."), "summary_text")
    content = texts_of(fields.listing(item, "content", f"{path}."), "reasoning_text")
    sealed = fields.text(item, "encrypted_content", f"{path}.")
    if summary is None or content is None or not (any(summary) or any(content) or sealed):
        return "assistant", (Opaque(NAME, "reasoning", item),)
    source = "summary" if any(summary) or not any(content) else "content"
    texts = summary if source == "summary" else content
    taken = [source] if any(texts) else []
    if sealed:
        taken.append("encrypted_content")
    kept: dict[str, Any] = {"item": _rest(item, *taken)}
    if source == "content":
        kept["source"] = source
    if len(texts) > 1 and any(texts):
        kept["lengths"] = [len(text) for text in texts]
    text = SEPARATOR.join(texts) if any(texts) else ""
    origin, signature = signatures.unseal(sealed) if sealed else (None, None)
    return "assistant", (Thinking(text, signature or None, redacted=not text, origin=origin, extras={NAME: kept}),)


def texts_of(parts: list[Any] | None, kind: str) -> list[str] | None:
    """The texts of a reasoning item's parts; None when they are of a form this gateway does not know."""
    texts = []
    for part in parts or ():
        if not isinstance(part, dict) or part.get("type") != kind or len(part) != 2:
            return None
        text = part.get("text")
        if not isinstance(text, str):
            return None
        texts.append(text)
    return texts


def _call(item: Mapping[str, Any], path: str, names: ToolNames) -> Decoded:
    custom = item["type"] == "custom_tool_call"
    field = "input" if custom else "arguments"
    call_id = fields.text(item, "call_id", f"{path}.", required=True) or ""
    wire_name = fields.text(item, "name", f"{path}.", required=True) or ""
    arguments = fields.text(item, field, f"{path}.", required=True) or ""
    namespace = fields.text(item, "namespace", f"{path}.")
    name, found = names.canonical(namespace, wire_name)
    kept: dict[str, Any] = {"item": _rest(item, "call_id", "name", field, *(("namespace",) if namespace else ()))}
    if found != namespace:
        kept["flat"] = wire_name
    if not custom and not arguments:
        arguments = "{}"  # TID-6
    return "assistant", (ToolUse(call_id, name, arguments, "custom" if custom else "function", found, {NAME: kept}),)


def _output(item: Mapping[str, Any], path: str, names: ToolNames) -> Decoded:
    custom = item["type"] == "custom_tool_call_output"
    call_id = fields.text(item, "call_id", f"{path}.", required=True) or ""
    output = item.get("output")
    kept: dict[str, Any] = {"item": _rest(item, "call_id", "output")}
    content: tuple[Part, ...]
    if isinstance(output, str):
        kept["string"] = True
        content = (Text(output),) if output else ()
    elif isinstance(output, list):
        blocks = []
        for number, part in enumerate(output):
            where = f"{path}.output[{number}]"
            block = decode_part(part, where, "user")
            if block is None:
                block = Opaque(NAME, str(part.get("type")), part)
            blocks.append(block)
        content = tuple(blocks)
    else:
        problem = "field required" if output is None else "must be a string or a list"
        raise BadRequest(f"{path}.output: {problem}", param=f"{path}.output")
    kind = "custom" if custom else "function"
    return "user", (ToolResult(call_id, content, kind=kind, extras={NAME: kept}),)  # type: ignore[arg-type]


_DECODERS: dict[str, Callable[[Mapping[str, Any], str, ToolNames], Decoded]] = {
    "message": _message,
    "reasoning": _reasoning,
    "function_call": _call,
    "custom_tool_call": _call,
    "function_call_output": _output,
    "custom_tool_call_output": _output,
}
