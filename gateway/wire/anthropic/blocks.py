"""Content blocks of the Messages API to canonical blocks (docs.claude.com/en/api/messages, "content").

What a block carries beyond its canonical fields (cache_control, citations, caller, ...) goes to
``extras["anthropic"]``; whole blocks without a canonical form become `Opaque`. The names below starting with ``$`` are
remembered shapes, never fields: they are not written to the wire.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.chat.errors import BadRequest
from gateway.chat.request import (
    NO_EXTRAS,
    Block,
    Document,
    Extras,
    Image,
    Opaque,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from gateway.chat.signatures import PREFIX, unseal

from ..fields import dump

NAME = "anthropic"
SHAPE = "$content"
"""Message and tool_result extras: "string" (content was a string) or "absent" (a tool_result without content)."""
RAW = "$raw"
"""Text extras: the block as it came, where the canonical form has only a text (an unknown block in `system`)."""

_TEXT = frozenset({"type", "text"})
_SOURCE = frozenset({"type", "source"})
_DOCUMENT = frozenset({"type", "source", "title"})
_TOOL_USE = frozenset({"type", "id", "name", "input"})
_TOOL_RESULT = frozenset({"type", "tool_use_id", "content", "is_error"})
_THINKING = frozenset({"type", "thinking", "signature"})
_REDACTED = frozenset({"type", "data"})


def extras_of(body: Mapping[str, Any], known: frozenset[str]) -> Extras:
    if len(body) <= len(known) and known.issuperset(body):
        return NO_EXTRAS
    rest = {name: value for name, value in body.items() if name not in known}
    return {NAME: rest} if rest else NO_EXTRAS


def own(extras: Extras) -> Mapping[str, Any]:
    """The extras of this dialect."""
    return extras.get(NAME) or {}


def decode_content(value: list[Any], path: str) -> tuple[Block, ...]:
    """Raises BadRequest for elements that are no blocks or lack what gives them sense (a tool_use without id)."""
    return tuple([decode_block(item, f"{path}.{index}") for index, item in enumerate(value)])


def decode_block(body: Any, path: str) -> Block:
    if not isinstance(body, dict):
        raise BadRequest(f"{path}: must be an object", param=path)
    kind = body.get("type")
    if kind == "text":
        return _text(body, path)
    if kind == "tool_use":
        return _tool_use(body, path)
    if kind == "tool_result":
        return _tool_result(body, path)
    if kind == "thinking" or kind == "redacted_thinking":
        return _thinking(body, kind == "redacted_thinking")
    if kind == "image" or kind == "document":
        return _media(body, kind)
    return Opaque(NAME, kind if isinstance(kind, str) else "", body)


def _required(body: Mapping[str, Any], name: str, path: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        said = "field required" if value is None else "must be a string"
        raise BadRequest(f"{path}.{name}: {said}", param=f"{path}.{name}")
    return value


def _text(body: Mapping[str, Any], path: str) -> Text:
    return Text(_required(body, "text", path), extras_of(body, _TEXT))


def _tool_use(body: Mapping[str, Any], path: str) -> ToolUse:
    given = body.get("input")
    return ToolUse(
        _required(body, "id", path),
        _required(body, "name", path),
        "{}" if given is None else dump(given).decode(),
        extras=extras_of(body, _TOOL_USE),
    )


def _tool_result(body: Mapping[str, Any], path: str) -> ToolResult:
    identity = _required(body, "tool_use_id", path)
    content = body.get("content")
    extras = extras_of(body, _TOOL_RESULT)
    blocks: tuple[Any, ...] = ()
    shape = None
    if isinstance(content, str):
        shape, blocks = "string", (Text(content),) if content else ()
    elif content is None:
        shape = "absent"
    elif isinstance(content, list):
        blocks = tuple(_result_part(item, f"{path}.content.{index}") for index, item in enumerate(content))
    else:
        raise BadRequest(f"{path}.content: must be a string or a list", param=f"{path}.content")
    if shape:
        extras = {NAME: {**own(extras), SHAPE: shape}}
    is_error = body.get("is_error")
    return ToolResult(identity, blocks, is_error if isinstance(is_error, bool) else None, extras=extras)


def _result_part(body: Any, path: str) -> Text | Image | Document | Opaque:
    block = decode_block(body, path)
    if isinstance(block, Text | Image | Document | Opaque):
        return block
    return Opaque(NAME, str(body.get("type")), body)


def _thinking(body: Mapping[str, Any], redacted: bool) -> Block:
    """A signature sealed by this gateway is opened, and names its maker (THK-3); one that comes bare has no origin: it
    was made by whoever speaks this dialect."""
    proof = body.get("data" if redacted else "signature")
    text = "" if redacted else body.get("thinking", "")
    if not isinstance(text, str) or not (proof is None or isinstance(proof, str)):
        return Opaque(NAME, str(body.get("type")), body)
    block = Thinking(text, proof, redacted, extras=extras_of(body, _REDACTED if redacted else _THINKING))
    if proof and proof.startswith(PREFIX):
        origin, inner = unseal(proof)
        if origin is not None:
            return replace(block, signature=inner or None, origin=origin)
    return block


def _media(body: Mapping[str, Any], kind: str) -> Block:
    """Images and documents. Sources of unknown kind, or without their value, travel as they are (`Opaque`)."""
    source = body.get("source")
    field = {"base64": "data", "text": "data", "url": "url", "file": "file_id"}
    word = source.get("type") if isinstance(source, dict) else None
    if not isinstance(source, dict) or word not in field or (kind == "image" and word == "text"):
        return Opaque(NAME, kind, body)
    value, media_type = source.get(field[word]), source.get("media_type")
    if not isinstance(value, str) or not (media_type is None or isinstance(media_type, str)):
        return Opaque(NAME, kind, body)
    known = {"type", "media_type", field[word]}
    rest = {name: item for name, item in source.items() if name not in known}
    title = body.get("title")
    takes_title = kind == "document" and isinstance(title, str)
    extras = extras_of(body, _DOCUMENT if takes_title else _SOURCE)
    if rest:
        extras = {NAME: {**own(extras), "source": rest}}
    data = value if word == "base64" else None
    url = value if word == "url" else None
    file_id = value if word == "file" else None
    if kind == "image":
        return Image(media_type, data, url, file_id, extras=extras)
    text = value if word == "text" else None
    return Document(media_type, data, text, url, file_id, title if takes_title else None, extras)
