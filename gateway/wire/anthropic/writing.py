"""Canonical blocks to content blocks of the Messages API."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from gateway.chat.request import (
    Block,
    ChatRequest,
    Document,
    Extras,
    Image,
    Opaque,
    Origin,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)

from ..fields import load
from ..losses import foreign_fields
from ..profile import Profile
from . import betas
from .blocks import NAME, RAW, SHAPE, own
from .naming import ToolIds, tool_name

Wire = dict[str, Any]

_MAGIC = (("iVBOR", "image/png"), ("/9j/", "image/jpeg"), ("R0lG", "image/gif"), ("UklGR", "image/webp"))


def wire_fields(extras: Extras) -> Wire:
    """What goes back to the wire of `extras`: this dialect's fields, without remembered shapes; a cache_control mark set
    in another dialect (OpenRouter's chat) counts as well (CCH-7)."""
    if not extras:
        return {}
    fields = {name: value for name, value in own(extras).items() if name[:1] != "$" and name != "deltas"}
    if "cache_control" not in fields:
        for values in extras.values():
            if isinstance(values.get("cache_control"), Mapping):
                fields["cache_control"] = values["cache_control"]
    return fields


def foreign(extras: Extras, path: str, losses: list[str]) -> None:
    """Fields only another dialect understands are left out, and named."""
    losses.extend(f"{path}{field}" for _, field, _ in foreign_fields(extras, NAME) if field != "cache_control")


def arguments_of(block: ToolUse) -> tuple[Any, bool]:
    """(`input`, whether the arguments were a JSON object). Nothing becomes {} (TID-6), free text {"input": text}."""
    if block.kind == "custom":
        return {"input": block.arguments}, True
    if not block.arguments.strip():
        return {}, True
    try:
        value = load(block.arguments.encode("utf-8", "surrogatepass"))
    except ValueError:
        return {"input": block.arguments}, False
    return (value, True) if isinstance(value, dict) else ({"input": value}, False)


class BlockWriter:
    """Writes the blocks of one request for one target; `losses` collects what could not be carried over."""

    def __init__(self, request: ChatRequest, profile: Profile, losses: list[str]) -> None:
        self.profile = profile
        self.losses = losses
        self.faithful = request.dialect == NAME
        self.ids = ToolIds()

    def blocks(self, blocks: tuple[Block, ...], path: str, role: str) -> list[Wire]:
        written: list[Wire] = []
        for block in blocks:
            written.extend(self.block(block, path, role))
        return written

    def block(self, block: Block, path: str, role: str) -> list[Wire]:
        if not isinstance(block, Opaque):
            foreign(block.extras, f"{path}.", self.losses)
        if isinstance(block, Text):
            return self.text(block)
        if isinstance(block, ToolUse):
            return [self._tool_use(block, path)]
        if isinstance(block, ToolResult):
            return self._tool_result(block, path)
        if isinstance(block, Thinking):
            return self._thinking(block, path)
        if isinstance(block, Opaque):
            return self._opaque(block, path)
        if role == "assistant" and not self.faithful:
            word = "image" if isinstance(block, Image) else "document"
            return self._note(path, word, f"[{word} of an earlier answer omitted]")
        return self._image(block, path) if isinstance(block, Image) else self._document(block, path)

    def text(self, block: Text) -> list[Wire]:
        """Blank text is refused by the API and left out (EMP-3, EMP-4)."""
        if RAW in own(block.extras):
            return [dict(own(block.extras)[RAW])]
        if not block.text.strip():
            return []
        return [{"type": "text", "text": block.text, **self._fields(block.extras)}]

    def _fields(self, extras: Extras) -> Wire:
        fields = wire_fields(extras)
        return fields if self.profile.betas or not fields else betas.plain_mark(fields)

    def _note(self, path: str, word: str, text: str) -> list[Wire]:
        self.losses.append(f"{path}.{word}")
        return [{"type": "text", "text": text}]

    def _tool_use(self, block: ToolUse, path: str) -> Wire:
        given, sound = arguments_of(block)
        if not sound:
            self.losses.append(f"{path}.arguments")
        name = tool_name(block.name, block.namespace)
        if not self.profile.tools:
            return {"type": "text", "text": f"[Called {name} with {block.arguments}]"}
        fields = self._fields(block.extras)
        if not self.profile.betas:
            fields.pop("caller", None)
        return {"type": "tool_use", "id": self.ids.call(block.id), "name": name, "input": given, **fields}

    def _tool_result(self, block: ToolResult, path: str) -> list[Wire]:
        """The result, then what may not stand inside it (IMG-3)."""
        parts: list[Wire] = []
        outside: list[Wire] = []
        identity = self.ids.result(block.tool_use_id)
        for item in block.content:
            written = self.block(item, path, "user")
            moved = [
                part for part in written if part.get("type") in ("image", "document") and not self.profile.tool_images
            ]
            if moved:
                outside += [{"type": "text", "text": f"[from the result of tool call {identity}:]"}, *moved]
            else:
                parts += written
        result: Wire = {"type": "tool_result", "tool_use_id": identity}
        shape = own(block.extras).get(SHAPE)
        if parts and shape == "string" and len(parts) == 1 and set(parts[0]) == {"type", "text"}:
            result["content"] = parts[0]["text"]
        elif parts:
            result["content"] = parts
        elif outside:
            result["content"] = "[see below]"
        elif self.profile.filler:
            result["content"] = self.profile.filler
        elif shape is not None or not self.faithful:
            if shape != "absent":
                result["content"] = ""
        else:
            result["content"] = []
        if block.is_error is not None:
            result["is_error"] = block.is_error
        result.update(self._fields(block.extras))
        if not self.profile.tools:
            return [*result_as_text(result), *outside]
        return [result, *outside]

    def _thinking(self, block: Thinking, path: str) -> list[Wire]:
        """Only what this very target made goes back, with its proof, unchanged (THK-2, THK-3, THK-6, THK-7)."""
        mine = self.faithful if block.origin is None else made_here(block.origin, self.profile)
        if not mine or not block.signature:
            self.losses.append(f"{path}.thinking")
            return []
        fields = self._fields(block.extras)
        if block.redacted:
            return [{"type": "redacted_thinking", "data": block.signature, **fields}]
        return [{"type": "thinking", "thinking": block.text, "signature": block.signature, **fields}]

    def _opaque(self, block: Opaque, path: str) -> list[Wire]:
        if block.dialect != NAME:
            self.losses.append(f"{path}.{block.kind}")
            return []
        if self.profile.betas or block.kind in betas.STABLE_BLOCKS:
            return [dict(block.value)]
        if block.kind == "tool_reference":
            # The tool is offered in full where loading on demand is unknown (CCD-9): say so instead.
            return [{"type": "text", "text": f"Tool loaded: {block.value.get('tool_name')}"}]
        self.losses.append(f"{path}.{block.kind}")
        return []

    def _image(self, block: Image, path: str) -> list[Wire]:
        if not self.profile.vision:
            return self._note(path, "image", "[image omitted: this model does not take images]")
        source: Wire
        if block.file_id is not None:
            if not self.faithful:
                return self._note(path, "image", "[image omitted: it is a file of another provider]")
            source = {"type": "file", "file_id": block.file_id}
        elif block.data is not None:
            source = {"type": "base64", "data": block.data}
            media_type = block.media_type or _sniff(block.data)
            if media_type:
                source["media_type"] = media_type
        else:
            source = {"type": "url", "url": block.url}
            if block.media_type and self.faithful:
                source["media_type"] = block.media_type
        if block.detail and block.detail != "auto":
            self.losses.append(f"{path}.image.detail")
        return [self._with_source("image", source, block.extras)]

    def _with_source(self, kind: str, source: Wire, extras: Extras) -> Wire:
        fields = self._fields(extras)
        source.update(fields.pop("source", None) or {})
        return {"type": kind, "source": source, **fields}

    def _document(self, block: Document, path: str) -> list[Wire]:
        text = block.text
        is_text = (block.media_type or "").startswith("text/")
        if block.data is not None and is_text and not (self.faithful and self.profile.documents):
            text = _text_of(block.data)
        if not self.profile.documents:
            if text is not None:
                title = f"{block.title}:\n" if block.title else ""
                return [{"type": "text", "text": title + text}] if text.strip() else []
            return self._note(path, "document", "[document omitted: this model does not take documents]")
        source: Wire
        if text is not None:
            source = {"type": "text", "data": text, "media_type": block.media_type or "text/plain"}
            if not self.faithful:
                source["media_type"] = "text/plain"
        elif block.data is not None:
            source = {"type": "base64", "data": block.data, "media_type": block.media_type or "application/pdf"}
        elif block.file_id is not None:
            if not self.faithful:
                return self._note(path, "document", "[document omitted: it is a file of another provider]")
            source = {"type": "file", "file_id": block.file_id}
        else:
            source = {"type": "url", "url": block.url}
        written = self._with_source("document", source, block.extras)
        if block.title is not None:
            written["title"] = block.title
        return [written]


def made_here(origin: Origin, profile: Profile) -> bool:
    """Whether `profile` is the target that made it. An account that is not named matches any."""
    same = origin.dialect == NAME and origin.model == profile.model
    return same and (not origin.account or not profile.account or origin.account == profile.account)


def result_as_text(result: Wire, note: str = "") -> list[Wire]:
    """A written tool_result for where no such block may stand: its text under a heading, then its images (TID-3)."""
    content = result.get("content", "")
    media: list[Wire] = []
    if isinstance(content, list):
        media = [part for part in content if part.get("type") in ("image", "document", "search_result")]
        content = "\n".join(part["text"] for part in content if part.get("type") == "text")
    return [{"type": "text", "text": f"[Result of tool call {result['tool_use_id']}{note}]\n{content}"}, *media]


def _sniff(data: str) -> str | None:
    return next((media_type for magic, media_type in _MAGIC if data.startswith(magic)), None)


def _text_of(data: str) -> str | None:
    try:
        return base64.b64decode(data, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
