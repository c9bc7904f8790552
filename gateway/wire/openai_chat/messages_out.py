"""Writing messages for a chat target.

Order: the tool messages that answer an assistant turn stand together right behind it, whatever else the following turns
hold (TID-2); images that a tool message cannot carry follow in a user message that names the call (IMG-3). A result whose
call is not there becomes user text with a note (TID-3). Thinking goes along only where the target wants
``reasoning_content``.
"""

from __future__ import annotations

from typing import Any

from gateway.chat.request import ChatRequest, Document, Image, Message, Opaque, Text, Thinking, ToolResult, ToolUse
from gateway.wire import fields
from gateway.wire.profile import Profile

from . import notes
from .parts_out import Losses, encode_part, flatten, mark
from .tools import wire_id, wire_name


def encode_messages(request: ChatRequest, profile: Profile, losses: Losses) -> list[dict[str, Any]]:
    writer = _Writer(request, profile, losses)
    writer.system()
    writer.turns()
    return _merged(writer.out) if profile.merge_roles else writer.out


class _Writer:
    def __init__(self, request: ChatRequest, profile: Profile, losses: Losses) -> None:
        self.request = request
        self.profile = profile
        self.losses = losses
        self.same = request.dialect == notes.NAME
        self.out: list[dict[str, Any]] = []
        self.called: set[str] = set()

    def system(self) -> None:
        """Leading system texts: message by message as they came, or all in one message from another dialect."""
        group: list[Text] = []
        for text in self.request.system:
            if group and notes.shape(text.extras).get("starts"):
                self._system_message(group)
                group = []
            group.append(text)
        if group:
            self._system_message(group)

    def _system_message(self, texts: list[Text]) -> None:
        shape = notes.shape(texts[0].extras)
        role = self.profile.system_role
        if role == "system" and "no_developer_role" not in self.profile.quirks:
            role = shape.get("role", role)
        parts = [part for text in texts if (part := self._part(text, "system"))]
        if shape.get("content") == "empty":
            parts = []
        if parts or self.same:
            self.out.append({"role": role, "content": self._content(parts, shape), **shape.get("message", {})})

    def turns(self) -> None:
        messages = self.request.messages
        position = 0
        while position < len(messages):
            if messages[position].role == "assistant":
                self._assistant(messages[position], f"messages[{position}]")
                position += 1
                continue
            end = position
            while end < len(messages) and messages[end].role != "assistant":
                end += 1
            self._run(position, end)
            self.called = set()
            position = end

    def _run(self, start: int, end: int) -> None:
        """The turns between two assistant turns: tool results first, then their images, then the rest in order."""
        carried: list[dict[str, Any]] = []
        for number in range(start, end):
            for block in self.request.messages[number].blocks:
                if isinstance(block, ToolResult) and self._answers(block):
                    self._tool_message(block, f"messages[{number}].tool_result", carried)
        if carried:
            self.out.append({"role": "user", "content": carried})
        for number in range(start, end):
            self._turn(self.request.messages[number], f"messages[{number}]")

    def _answers(self, result: ToolResult) -> bool:
        return self.profile.tools and result.tool_use_id in self.called

    def _turn(self, message: Message, path: str) -> None:
        shape = notes.shape(message.extras)
        parts: list[dict[str, Any]] = []
        results = 0
        for block in message.blocks:
            if isinstance(block, ToolResult):
                results += 1
                if not self._answers(block):
                    parts.extend(self._orphan(block, path))
            elif part := self._part(block, path):
                parts.append(part)
        if not parts and (results or not (self.same or self.profile.filler)):
            return
        role: str = message.role
        if role == "system":
            role = shape.get("role", role)
            if not self.profile.system_in_messages or self.profile.system_role == "user":
                self.losses[f"{path}.role"] = None
                role = "user"
                parts = [{"type": "text", "text": f"<system-reminder>\n{_texts(parts)}\n</system-reminder>"}]
            elif "no_developer_role" in self.profile.quirks or self.profile.system_role == "developer":
                role = self.profile.system_role
        content = self._content(parts, shape)
        self.out.append({"role": role, "content": content, **notes.own(message.extras), **self._mark(message)})

    def _part(self, block: Any, path: str) -> dict[str, Any] | None:
        return encode_part(block, self.profile, self.same, path, self.losses)

    def _content(self, parts: list[dict[str, Any]], shape: Any) -> Any:
        if not parts:
            return [] if shape.get("content") == "list" else self.profile.filler or ""
        if "string_content" in self.profile.quirks and all(part["type"] == "text" for part in parts):
            return _texts(parts)
        return parts if shape.get("content") == "list" else flatten(parts)

    def _orphan(self, block: ToolResult, path: str) -> list[dict[str, Any]]:
        self.losses[f"{path}.tool_result.call"] = None
        note = f"[Result of the tool call {block.tool_use_id}, whose call is not part of this conversation]"
        parts = [part for item in block.content if (part := self._part(item, f"{path}.tool_result"))]
        return [{"type": "text", "text": note}, *parts]

    def _tool_message(self, block: ToolResult, path: str, carried: list[dict[str, Any]]) -> None:
        """Appends the tool message; what it may not hold goes to `carried` behind a text that names the call."""
        shape = notes.shape(block.extras)
        parts: list[dict[str, Any]] = []
        moved: list[dict[str, Any]] = []
        for item in block.content:
            part = self._part(item, path)
            if part is None:
                continue
            if isinstance(item, Image | Document | Opaque) and part["type"] != "text" and not self.profile.tool_images:
                moved.append(part)
            else:
                parts.append(part)
        use_id = block.tool_use_id if self.same else wire_id(block.tool_use_id)
        if moved:
            carried.append({"type": "text", "text": f"[Returned by the tool call {use_id}:]"})
            carried.extend(moved)
            self.losses[f"{path}.place"] = None
            if not parts:
                parts.append({"type": "text", "text": f"[{len(moved)} attachment(s), see the next user message.]"})
        if block.is_error:
            self.losses[f"{path}.is_error"] = None
            if not (parts and parts[0].get("text", "").lower().startswith("error")):
                parts = [
                    {"type": "text", "text": f"Error: {_texts(parts)}"},
                    *(p for p in parts if p["type"] != "text"),
                ]
        body: dict[str, Any] = {"role": "tool", "tool_call_id": use_id, "content": self._result(parts, shape, path)}
        if "function" in shape:
            body = {"role": "function", "name": shape["function"], "content": body["content"]}
        self.out.append({**body, **notes.own(block.extras), **self._mark(block)})

    def _mark(self, value: Any) -> dict[str, Any]:
        """A mark on a message as a whole: OpenRouter's own SDK sets it so behind a tool's result."""
        return mark(value, self.profile, self.losses)

    def _result(self, parts: list[dict[str, Any]], shape: Any, path: str) -> Any:
        """A tool message's content: one string, but where the client itself wrote a list, or a part is no text."""
        plain = all(part["type"] == "text" and len(part) == 2 for part in parts)
        if plain and shape.get("content") != "list":
            if len(parts) > 1:
                self.losses[f"{path}.parts"] = None
            return _texts(parts) or self.profile.filler or ""
        return self._content(parts, shape)

    def _assistant(self, message: Message, path: str) -> None:
        shape = notes.shape(message.extras)
        body: dict[str, Any] = {"role": "assistant"}
        parts: list[dict[str, Any]] = []
        calls: list[dict[str, Any]] = []
        thoughts: list[Thinking] = []
        self.called = set()
        for block in message.blocks:
            if isinstance(block, ToolUse) and self.profile.tools:
                self.called.add(block.id)
                self._call(block, calls, body, path)
            elif isinstance(block, ToolUse):
                self.losses[f"{path}.tool_use"] = None
                parts.append({"type": "text", "text": f"[Called the tool {block.name} with {block.arguments}]"})
            elif isinstance(block, Thinking):
                thoughts.append(block)
            elif isinstance(block, Text) and notes.shape(block.extras).get("refusal") == "field":
                body["refusal"] = block.text
            elif part := self._part(block, path):
                parts.append(part)
        self._reason(thoughts, body, path)
        content = self._assistant_content(parts, shape, bool(calls or "function_call" in body), path)
        if content is not None or shape.get("content") != "absent":
            body["content"] = content
        if calls:
            body["tool_calls"] = calls
        if len(body) == 2 and content in (None, "") and not self.same:
            return
        self.out.append({**body, **notes.own(message.extras), **self._mark(message)})

    def _assistant_content(self, parts: list[dict[str, Any]], shape: Any, calling: bool, path: str) -> Any:
        if not parts:
            if shape.get("content") == "empty":
                return self.profile.filler or ""
            if shape.get("content") == "list":
                return []
            return None if calling else self.profile.filler or (None if self.same else "")
        if shape.get("content") == "list" or any(part["type"] != "text" or len(part) > 2 for part in parts):
            return self._content(parts, shape)
        if len(parts) > 1:
            self.losses[f"{path}.parts"] = None
        return _texts(parts)

    def _call(self, block: ToolUse, calls: list[dict[str, Any]], body: dict[str, Any], path: str) -> None:
        name = block.name if self.same else wire_name(block.name, block.namespace)
        arguments = block.arguments
        if notes.shape(block.extras).get("function_call"):
            body["function_call"] = {"name": name, "arguments": arguments}
            return
        use_id = block.id if self.same else wire_id(block.id)
        if block.kind == "custom" and self.profile.custom_tools:
            call = {"id": use_id, "type": "custom", "custom": {"name": name, "input": arguments}}
        else:
            if block.kind == "custom":
                self.losses[f"{path}.tool_use.custom"] = None
                arguments = fields.dump({"input": arguments}).decode()
            call = {"id": use_id, "type": "function", "function": {"name": name, "arguments": arguments or "{}"}}
        calls.append({**call, **notes.own(block.extras)})

    def _reason(self, thoughts: list[Thinking], body: dict[str, Any], path: str) -> None:
        """Thinking as ``reasoning_content``, where the target wants it back; signatures only to their maker (THK-3)."""
        if not thoughts:
            return
        if not self.profile.reasoning_content:
            self.losses[f"{path}.thinking"] = None
            return
        details: list[Any] = []
        for thought in thoughts:
            details.extend(notes.own(thought.extras).get("reasoning_details", ()))
            details.extend(self._signed(thought, path))
        text = "".join(thought.text for thought in thoughts)
        field = notes.shape(thoughts[0].extras).get("reasoning", False)
        if field is not None and (text or self.same):
            body["reasoning" if field else "reasoning_content"] = text
        if details:
            body["reasoning_details"] = details

    def _signed(self, thought: Thinking, path: str) -> list[dict[str, Any]]:
        origin = thought.origin
        if thought.signature is None:
            return []
        if origin is None or origin.dialect != notes.NAME or origin.model != self.profile.model:
            self.losses[f"{path}.thinking.signature"] = None
            return []
        if thought.redacted:
            return [{"type": "reasoning.encrypted", "data": thought.signature}]
        return [{"type": "reasoning.text", "text": thought.text, "signature": thought.signature}]


def _texts(parts: list[dict[str, Any]]) -> str:
    return "\n\n".join(part["text"] for part in parts if part["type"] == "text")


def _merged(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Consecutive user messages, and consecutive system messages, joined."""
    out: list[dict[str, Any]] = []
    for message in messages:
        last = out[-1] if out else None
        if last is None or message["role"] not in ("user", "system") or last["role"] != message["role"]:
            out.append(message)
            continue
        parts = [*_listed(last["content"]), *_listed(message["content"])]
        plain = all(part["type"] == "text" and len(part) == 2 for part in parts)
        out[-1] = {**last, "content": _texts(parts) if plain else parts}
    return out


def _listed(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
