"""Messages to items of `input`, for a provider that speaks this dialect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.chat.request import (
    Block,
    ChatRequest,
    Document,
    Image,
    Message,
    Opaque,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from gateway.wire.fields import dump
from gateway.wire.losses import foreign_fields
from gateway.wire.profile import Profile

from .items import PLAIN_USER, SEPARATOR
from .names import NAME, flat_name, own, short_call_id, short_name
from .parts import encode_document, encode_image, encode_text, is_part

_WITH_ID = frozenset(
    ("message", "reasoning", "function_call", "custom_tool_call", "function_call_output", "custom_tool_call_output")
)


class ItemWriter:
    """Writes the messages of one request. `stateless`: the provider keeps nothing (``store: false``), so ids of its items
    are left out (CDX-4) and reasoning goes back only with its encrypted content (CDX-3). `flat`: no namespaces."""

    def __init__(self, request: ChatRequest, profile: Profile, *, stateless: bool, flat: bool) -> None:
        self.items: list[dict[str, Any]] = []
        self.losses: list[str] = []
        self._same = request.dialect == NAME
        self._profile = profile
        self._stateless = stateless
        self._flat = flat
        self._calls: set[str] = set()

    def system(self, texts: Iterable[Text]) -> str | None:
        """Texts that came as developer items go to the items, the others are returned as `instructions`."""
        instructions: list[str] = []
        developer: list[Text] = []
        for text in texts:
            if developer or own(text.extras).get("item"):
                developer.append(text)
            elif self._same or text.text.strip():
                instructions.append(text.text)
            self._foreign(text, "system")
        self._texts(developer, "system")
        return SEPARATOR.join(instructions) if instructions else None

    def message(self, number: int, message: Message) -> None:
        path = f"messages[{number}]"
        if message.role == "assistant":
            self._assistant(message.blocks, path)
        else:
            self._user(message, path)

    # -- the model's turns

    def _assistant(self, blocks: tuple[Block, ...], path: str) -> None:
        texts: list[Text | Opaque] = []
        for block in blocks:
            if isinstance(block, Text) or (isinstance(block, Opaque) and block.dialect == NAME and is_part(block.kind)):
                if isinstance(block, Text):
                    if not self._same and not block.text.strip():
                        continue  # EMP-3, EMP-4
                    self._foreign(block, path)
                texts.append(block)
                continue
            self._texts(texts, "assistant")
            texts = []
            if isinstance(block, Thinking):
                self._thinking(block, path)
            elif isinstance(block, ToolUse):
                self._call(block)
                self._foreign(block, path)
            elif isinstance(block, Opaque):
                self._opaque(block, path)
            else:
                self.losses.append(f"{path}.{type(block).__name__.lower()}")
        self._texts(texts, "assistant")

    def _texts(self, blocks: Iterable[Block], role: str) -> None:
        """Message items from `blocks`: a block that remembers an item opens a new one."""
        item: dict[str, Any] | None = None
        for block in blocks:
            kept = own(block.extras) if isinstance(block, Text | Image | Document) else {}
            remembered = kept.get("item")
            if item is None or isinstance(remembered, dict):
                if isinstance(remembered, dict):
                    item = self._item(remembered)
                else:
                    item = {"type": "message", "role": self._role(role)}
                item["content"] = []
                self.items.append(item)
                if kept.get("string") and isinstance(block, Text):
                    item["content"] = block.text
                    continue
            elif isinstance(item["content"], str):
                item["content"] = [
                    {"type": "output_text" if role == "assistant" else "input_text", "text": item["content"]}
                ]
            item["content"].append(self._part(block, role))

    def _role(self, role: str) -> str:
        if role != "system":
            return role
        return self._profile.system_role if self._profile.system_role != "user" else "developer"

    def _item(self, kept: dict[str, Any]) -> dict[str, Any]:
        item = dict(kept)
        if self._stateless and item.get("type", "message") in _WITH_ID:
            item.pop("id", None)
        return item

    def _thinking(self, block: Thinking, path: str) -> None:
        """Only what its maker can read goes back (CDX-8); nothing is invented (THK-6)."""
        kept = own(block.extras)
        origin = block.origin
        if origin is None:
            mine = self._same
        else:
            profile = self._profile
            mine = (origin.dialect, origin.model) == (NAME, profile.model) and origin.account in ("", profile.account)
        readable = kept.get("source") == "content"
        if not mine or not (block.signature or readable or not self._stateless):
            self.losses.append(f"{path}.thinking")
            return
        item = self._item(kept.get("item") or {"type": "reasoning"})
        source = kept.get("source", "summary")
        if block.text:
            kind = "reasoning_text" if source == "content" else "summary_text"
            item[source] = [{"type": kind, "text": text} for text in split_joined(block.text, kept.get("lengths"))]
        item.setdefault("summary", [])
        if block.signature:
            item["encrypted_content"] = block.signature
        self.items.append(item)

    def _call(self, block: ToolUse) -> None:
        kept = own(block.extras)
        custom = block.kind == "custom" and self._profile.custom_tools
        kind = "custom_tool_call" if custom else "function_call"
        item = self._item({**kept.get("item", {}), "type": kind})
        item["call_id"] = short_call_id(block.id)
        if not self._same or self._flat:
            item["name"] = flat_name(block.name, block.namespace)
        elif "flat" in kept:
            item["name"] = kept["flat"]
        else:
            item["name"] = short_name(block.name)
            if block.namespace is not None:
                item["namespace"] = block.namespace
        if custom:
            item["input"] = block.arguments
        elif block.kind == "custom":
            item["arguments"] = dump({"input": block.arguments}).decode()
            item.pop("id", None)  # a ctc_ id is no id of a function call
        else:
            item["arguments"] = block.arguments or "{}"
        self._calls.add(block.id)
        self.items.append(item)

    def _opaque(self, block: Opaque, path: str) -> None:
        unknown_there = self._stateless and block.kind == "item_reference"
        if block.dialect != NAME or unknown_there:
            self.losses.append(f"{path}.{block.kind}")
        else:
            self.items.append(dict(block.value))

    # -- the client's turns

    def _user(self, message: Message, path: str) -> None:
        """Tool outputs come first, as they answer the calls before (TID-2); pictures that an output may not carry follow
        in a message that names the call (IMG-3)."""
        role = message.role
        if role == "system" and not self._profile.system_in_messages:
            role = "user"
            self.losses.append(f"{path}.role")
        moved: list[Block] = []
        for block in message.blocks:
            if isinstance(block, ToolResult):
                moved.extend(self._result(block, path))
        pending: list[Block] = moved
        for block in message.blocks:
            if isinstance(block, ToolResult):
                continue
            if isinstance(block, Opaque) and not (block.dialect == NAME and is_part(block.kind)):
                self._content(pending, role)
                pending = []
                self._opaque(block, path)
            elif isinstance(block, Thinking | ToolUse):
                self.losses.append(f"{path}.{type(block).__name__.lower()}")
            elif self._accepted(block, path):
                pending.append(block)
        self._content(pending, role)

    def _content(self, blocks: list[Block], role: str) -> None:
        if not blocks:
            return
        first = blocks[0]
        if self._same and role == "user" and isinstance(first, Text | Image | Document):
            kept = own(first.extras)
            if not isinstance(kept.get("item"), dict):
                self.items.append({**PLAIN_USER, "content": [self._part(block, role) for block in blocks]})
                return
        self._texts(blocks, role)

    def _accepted(self, block: Block, path: str) -> bool:
        """Whether the target takes `block`; what it does not take is a loss, never dropped in silence (IMG-1)."""
        if isinstance(block, Text):
            self._foreign(block, path)
            return self._same or bool(block.text.strip())
        if isinstance(block, Image) and not self._profile.vision:
            self.losses.append(f"{path}.image")
            return False
        if isinstance(block, Document) and block.text is None and not self._profile.documents:
            self.losses.append(f"{path}.document")
            return False
        if isinstance(block, Document) and block.text is not None:
            self.losses.append(f"{path}.document.title")  # it goes as text
        if isinstance(block, Image | Document) and block.file_id is not None and not self._same:
            self.losses.append(f"{path}.{type(block).__name__.lower()}.file_id")
            return False
        return True

    def _part(self, block: Block, role: str) -> dict[str, Any]:
        if isinstance(block, Text):
            return encode_text(block, role)
        if isinstance(block, Image):
            return encode_image(block)
        if isinstance(block, Document):
            return encode_document(block)
        assert isinstance(block, Opaque)
        return dict(block.value)

    def _result(self, block: ToolResult, path: str) -> list[Block]:
        """Writes the output item; returns what must follow it in a message."""
        kept = own(block.extras)
        moved: list[Block] = []
        parts: list[Text | Image | Document | Opaque] = []
        for part in block.content:
            if isinstance(part, Opaque):
                if part.dialect == NAME:
                    parts.append(part)
                else:
                    self.losses.append(f"{path}.tool_result.{part.kind}")
            elif self._accepted(part, f"{path}.tool_result"):
                if isinstance(part, Text) or self._profile.tool_images:
                    parts.append(part)
                else:
                    moved.append(part)
        if moved:
            moved.insert(0, Text(f"[from the result of tool call {short_call_id(block.tool_use_id)}]"))
        if block.is_error:
            self.losses.append(f"{path}.tool_result.is_error")
        if not self._same and block.tool_use_id not in self._calls:
            self.losses.append(f"{path}.tool_result")
            note = Text(f"[result of tool call {block.tool_use_id}, which is no longer part of the conversation]")
            return [note, *parts, *moved]  # TID-3
        custom = block.kind == "custom" and self._profile.custom_tools
        kind = "custom_tool_call_output" if custom else "function_call_output"
        item = self._item({**kept.get("item", {}), "type": kind})
        item["call_id"] = short_call_id(block.tool_use_id)
        plain = kept.get("string") if self._same else all(isinstance(part, Text) for part in parts)
        if plain and all(isinstance(part, Text) for part in parts):
            item["output"] = "\n".join(part.text for part in parts if isinstance(part, Text))
        else:
            item["output"] = [self._part(part, "user") for part in parts]
        self.items.append(item)
        return moved

    def _foreign(self, block: Text | ToolUse, path: str) -> None:
        place = path.partition("[")[0]
        self.losses.extend(f"{place}.{name}" for _, name, _ in foreign_fields(block.extras, NAME))


def split_joined(text: str, lengths: list[int] | None) -> list[str]:
    """The parts `text` was joined from, if it still has their lengths."""
    if not lengths or sum(lengths) + len(SEPARATOR) * (len(lengths) - 1) != len(text):
        return [text]
    parts = []
    start = 0
    for length in lengths:
        parts.append(text[start : start + length])
        start += length + len(SEPARATOR)
    return parts
