"""`messages`, both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.chat.errors import BadRequest
from gateway.chat.request import (
    NO_EXTRAS,
    Block,
    ChatRequest,
    Document,
    Extras,
    Image,
    Message,
    Opaque,
    Role,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from gateway.wire import fields
from gateway.wire.profile import Profile
from gateway.wire.tool_names import ToolNames
from gateway.wire.turns import Losses, Turn, arguments_object, own_signature, turns

from .blocks import (
    NAME,
    DocumentNames,
    cache_point,
    call_id,
    decode_document,
    decode_image,
    decode_reasoning,
    document_block,
    image_block,
    own_mark,
    reasoning_block,
    result_content,
)

_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "system": "system"}
CACHE_MARKS = frozenset({"cache_control"})
_EMPTY_ERROR = "(no output)"


def decode_messages(given: list[Any], known: ToolNames) -> tuple[Message, ...]:
    messages: list[Message] = []
    for position, message in enumerate(given):
        path = f"messages[{position}]"
        message = fields.mapping(message, path)
        role = _ROLES.get(fields.text(message, "role", f"{path}.", required=True) or "")
        if role is None:
            raise BadRequest(f"{path}.role: must be user or assistant", param=f"{path}.role")
        content = fields.listing(message, "content", f"{path}.", required=True) or []
        messages.append(Message(role, decode_content(content, f"{path}.content", known)))
    return tuple(messages)


def decode_content(content: list[Any], path: str, known: ToolNames) -> tuple[Block, ...]:
    """A cachePoint is kept on the block before it, where other dialects have their marks."""
    out: list[Block] = []
    for number, given in enumerate(content):
        block = fields.mapping(given, f"{path}[{number}]")
        if "cachePoint" in block and out and not isinstance(out[-1], Opaque):
            point = fields.mapping(block["cachePoint"], f"{path}[{number}].cachePoint")
            out[-1] = replace(out[-1], extras=marked(out[-1].extras, "cachePoint", point))
        else:
            out.append(_block(block, known))
    return tuple(out)


def marked(extras: Extras, name: str, value: Any) -> Extras:
    return {**extras, NAME: {**extras.get(NAME, {}), name: value}}


def _block(block: Mapping[str, Any], known: ToolNames) -> Block:
    kind = next(iter(block), "unknown")
    value = block.get(kind)
    if kind == "text" and isinstance(value, str):
        return Text(value)
    if isinstance(value, Mapping):
        found: Block | None = None
        if kind == "toolUse" and "type" not in value:
            found = tool_use(value, known)
        elif kind == "toolResult" and "type" not in value:
            found = _tool_result(value)
        elif kind == "reasoningContent":
            found = decode_reasoning(value)
        elif kind == "image":
            found = decode_image(value)
        elif kind == "document":
            found = decode_document(value)
        if found is not None:
            return found
    return Opaque(NAME, kind, dict(block))


def tool_use(value: Mapping[str, Any], known: ToolNames) -> ToolUse:
    name, namespace = known.canonical(str(value.get("name") or ""))
    given = value.get("input")
    arguments = "{}" if given is None else fields.dump(given).decode()
    return ToolUse(str(value.get("toolUseId") or ""), name, arguments, namespace=namespace)


def _tool_result(value: Mapping[str, Any]) -> ToolResult:
    content = value.get("content")
    blocks = tuple(
        result_content(block) for block in (content if isinstance(content, list) else ()) if isinstance(block, Mapping)
    )
    status = value.get("status")
    return ToolResult(
        str(value.get("toolUseId") or ""), blocks, None if status is None else status == "error", extras=NO_EXTRAS
    )


class MessagesWriter:
    """Writes the turns of one request; collects the tools the history used and what could not go."""

    def __init__(self, request: ChatRequest, profile: Profile, names: ToolNames, losses: Losses) -> None:
        self.request = request
        self.profile = profile
        self.names = names
        self.losses = losses
        self.used: dict[str, None] = {}
        self.titles = DocumentNames()
        self.points: list[dict[str, Any]] = []

    def messages(self) -> list[dict[str, Any]]:
        carried = CACHE_MARKS if self.profile.cache_control else frozenset()
        written: list[dict[str, Any]] = []
        found = turns(
            self.request,
            self.profile,
            NAME,
            self.losses,
            keep_system=self.profile.system_in_messages,
            carried=carried,
        )
        for turn in found:
            content = self._content(turn)
            if not content:
                continue
            if written and written[-1]["role"] == turn.role:
                written[-1]["content"].extend(content)
            else:
                written.append({"role": turn.role, "content": content})
        return written

    def _content(self, turn: Turn) -> list[dict[str, Any]]:
        content: list[dict[str, Any]] = []
        after: list[dict[str, Any]] = []
        for block, path in turn.blocks:
            if isinstance(block, ToolResult):
                written: dict[str, Any] | None = self._result(block, path, after)
            else:
                if after:
                    content.extend(after)
                    after = []
                written = self._written(block, path)
            if written is None:
                continue
            content.append(written)
            self._point(block, content)
        content.extend(after)
        if any("document" in block for block in content) and not any("text" in block for block in content):
            content.append({"text": self.profile.filler or "(see the document)"})  # Converse wants a text beside it
        return content

    def _point(self, block: Block, content: list[dict[str, Any]]) -> None:
        if isinstance(block, Opaque) or not self.profile.cache_control:
            own = None if isinstance(block, Opaque) else own_mark(block.extras, "cachePoint")
            point = {"cachePoint": dict(own)} if own else None
        else:
            found = cache_point(block.extras)
            point = {"cachePoint": found} if found else None
        if point is not None:
            content.append(point)
            self.points.append(point)

    def _written(self, block: Block, path: str) -> dict[str, Any] | None:
        if isinstance(block, Text):
            return {"text": block.text} if block.text.strip() else None
        if isinstance(block, ToolUse):
            name = self.names.wire(block.name, block.namespace)
            self.used[name] = None
            arguments, whole = arguments_object(block)
            if not whole:
                self.losses.add(f"{path}.tool_use.arguments")
            return {"toolUse": {"toolUseId": call_id(block.id), "name": name, "input": arguments}}
        if isinstance(block, Thinking):
            return self._thinking(block, path)
        return self._media(block, path)

    def _thinking(self, block: Thinking, path: str) -> dict[str, Any] | None:
        """Only what this very model wrote goes back; without a signature only to models of this dialect that sign
        nothing. Foreign thoughts are never shown as its own (THK-2, THK-3, THK-7)."""
        mine, signature = own_signature(block, self.request, NAME, self.profile)
        if not mine or (signature is None and not block.text.strip()):
            self.losses.add(f"{path}.thinking")
            return None
        return reasoning_block(block.text, signature, block.redacted)

    def _media(self, block: Block, path: str) -> dict[str, Any] | None:
        if isinstance(block, Opaque):
            if block.dialect == NAME:
                return dict(block.value)
            self.losses.add(f"{path}.{block.kind}")
            return None
        if isinstance(block, Image):
            word, written = "image", image_block(block) if self.profile.vision else None
        else:
            assert isinstance(block, Document)
            word, written = "document", document_block(block, self.titles) if self.profile.documents else None
        if written is None:
            self.losses.add(f"{path}.{word}")
            return {"text": f"[{'An' if word == 'image' else 'A'} {word} was here that this model cannot be given.]"}
        return written

    def _result(self, block: ToolResult, path: str, after: list[dict[str, Any]]) -> dict[str, Any]:
        """Blank texts are taken inside results, but not an empty list (Nova) nor empty errors (Claude)."""
        content: list[dict[str, Any]] = []
        for item in block.content:
            if isinstance(item, Text):
                content.append(self._result_text(item))
                continue
            written = self._media(item, path)
            if written is None:
                continue
            if self.profile.tool_images or "text" in written or isinstance(item, Opaque):
                content.append(written)
            else:
                after.append({"text": f"[Returned by the tool call {call_id(block.tool_use_id)}:]"})
                after.append(written)
        if block.is_error and not any(item != {"text": ""} for item in content):
            content = [{"text": _EMPTY_ERROR}]
        result: dict[str, Any] = {"toolUseId": call_id(block.tool_use_id), "content": content or [{"text": ""}]}
        if block.is_error:
            result["status"] = "error"
        elif block.is_error is False and self.request.dialect == NAME:
            result["status"] = "success"
        return {"toolResult": result}

    @staticmethod
    def _result_text(item: Text) -> dict[str, Any]:
        if own_mark(item.extras, "json"):
            try:
                return {"json": fields.load(item.text.encode("utf-8", "surrogatepass"))}
            except ValueError:
                pass
        return {"text": item.text}
