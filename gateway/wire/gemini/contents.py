"""`contents`: the conversation, both directions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import BadRequest
from gateway.chat.request import (
    NO_EXTRAS,
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
from gateway.wire import fields
from gateway.wire.profile import Profile
from gateway.wire.tool_names import ToolNames
from gateway.wire.turns import Losses, Turn, arguments_object, own_signature, turns

from .parts import (
    NAME,
    SKIP_VALIDATION,
    function_call,
    media,
    media_part,
    model_blocks,
    own_mark,
    wants_signatures,
)

_ROLES = {"user": "user", "function": "user", "tool": "user", "model": "assistant", "system": "system"}


def decode_contents(contents: list[Any], known: ToolNames) -> tuple[Message, ...]:
    """Calls without an id get one; a result without an id belongs to the first unanswered call of its name."""
    messages: list[Message] = []
    unanswered: list[tuple[str, str]] = []
    for position, content in enumerate(contents):
        path = f"contents[{position}]"
        fields.mapping(content, path)
        role = _ROLES.get(fields.text(content, "role", f"{path}.") or "user")
        if role is None:
            raise BadRequest(f"{path}.role: must be user or model", param=f"{path}.role")
        parts = fields.listing(content, "parts", f"{path}.") or []
        for number, part in enumerate(parts):
            fields.mapping(part, f"{path}.parts[{number}]")
        if role == "assistant":
            blocks: tuple[Block, ...] = tuple(model_blocks(parts, path, known))
            unanswered = [(block.id, block.name) for block in blocks if isinstance(block, ToolUse)]
        else:
            blocks = tuple(_user_block(part, known, unanswered) for part in parts)
        extras = (
            {NAME: {"role": content.get("role")}} if content.get("role") in (None, "function", "tool") else NO_EXTRAS
        )
        messages.append(Message("assistant" if role == "assistant" else "user", blocks, extras))
    return tuple(messages)


def _user_block(part: Mapping[str, Any], known: ToolNames, unanswered: list[tuple[str, str]]) -> Block:
    if isinstance(part.get("functionResponse"), Mapping):
        return _result(part["functionResponse"], known, unanswered)
    if isinstance(part.get("text"), str) and len(part) == 1:
        return Text(part["text"])
    return media(part)


def _result(response: Mapping[str, Any], known: ToolNames, unanswered: list[tuple[str, str]]) -> ToolResult:
    name, _ = known.canonical(str(response.get("name") or ""))
    marks: dict[str, Any] = {}
    given = response.get("id")
    if not isinstance(given, str) or not given:
        marks["id"] = None
        given = next(
            (id for id, called in unanswered if called == name), unanswered[0][0] if unanswered else f"call_{name}"
        )
    for pair in [pair for pair in unanswered if pair[0] == given]:
        unanswered.remove(pair)
    marks["name"] = name
    payload = response.get("response")
    is_error: bool | None = None
    content: list[Text | Image | Document | Opaque] = []
    if isinstance(payload, Mapping) and set(payload) == {"output"} and isinstance(payload["output"], str):
        content.append(Text(payload["output"]))
    elif isinstance(payload, Mapping) and set(payload) == {"error"} and isinstance(payload["error"], str):
        content.append(Text(payload["error"]))
        is_error = True
    elif payload is not None:
        marks["whole"] = True
        content.append(Text(fields.dump(payload).decode()))
        if isinstance(payload, Mapping) and payload.get("error"):
            is_error = True
    inside = response.get("parts")
    content.extend(media(part) for part in (inside if isinstance(inside, list) else ()) if isinstance(part, Mapping))
    rest = {key: value for key, value in response.items() if key not in ("id", "name", "response", "parts")}
    if rest:
        marks["rest"] = rest
    return ToolResult(given, tuple(content), is_error, extras={NAME: marks})


class ContentsWriter:
    """Writes the turns of one request. Makes one pass; `losses` collects what could not go."""

    def __init__(self, request: ChatRequest, profile: Profile, names: ToolNames, losses: Losses) -> None:
        self.request = request
        self.profile = profile
        self.names = names
        self.losses = losses
        self.called: dict[str, str] = {}

    def contents(self) -> list[dict[str, Any]]:
        written: list[dict[str, Any]] = []
        for turn in turns(self.request, self.profile, NAME, self.losses):
            parts = self._model(turn) if turn.role == "assistant" else self._user(turn)
            if parts:
                written.append({"role": "model" if turn.role == "assistant" else "user", "parts": parts})
        return written

    def _model(self, turn: Turn) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        pending: str | None = None
        for block, path in turn.blocks:
            if isinstance(block, Thinking):
                if pending is not None:
                    parts.append({"text": "", "thoughtSignature": pending})
                    pending = None
                pending = self._thought(block, path, parts)
                continue
            part = self._model_part(block, path)
            if part is None:
                continue
            own = None if isinstance(block, Opaque) else own_mark(block.extras, "thoughtSignature")
            if own and pending not in (None, own):
                parts.append({"text": "", "thoughtSignature": pending})
            if (own or pending) and "thoughtSignature" not in part:
                part["thoughtSignature"] = own or pending
            pending = None
            parts.append(part)
        if pending is not None:
            parts.append({"text": "", "thoughtSignature": pending})
        if wants_signatures(self.profile.model):
            first = next((part for part in parts if "functionCall" in part), None)
            if first is not None and "thoughtSignature" not in first:
                first["thoughtSignature"] = SKIP_VALIDATION
        return parts

    def _thought(self, block: Thinking, path: str, parts: list[dict[str, Any]]) -> str | None:
        """Writes a readable thought; returns the signature that belongs on the next part."""
        mine, signature = own_signature(block, self.request, NAME, self.profile)
        if not mine or block.redacted:
            self.losses.add(f"{path}.thinking")
            return None
        if not block.text:
            return signature
        part: dict[str, Any] = {"text": block.text, "thought": True}
        parts.append(part)
        if signature is not None and own_mark(block.extras, "signed"):
            part["thoughtSignature"] = signature
            return None
        return signature

    def _model_part(self, block: Block, path: str) -> dict[str, Any] | None:
        if isinstance(block, Text):
            return {"text": block.text}
        if isinstance(block, ToolUse):
            name = self.names.wire(block.name, block.namespace)
            self.called[block.id] = name
            arguments, whole = arguments_object(block)
            if not whole:
                self.losses.add(f"{path}.tool_use.arguments")
            return {"functionCall": function_call(block, name, arguments)}
        return self._media(block, path)

    def _media(self, block: Block, path: str) -> dict[str, Any] | None:
        if isinstance(block, Opaque):
            if block.dialect == NAME:
                return dict(block.value)
            self.losses.add(f"{path}.{block.kind}")
            return None
        assert isinstance(block, Image | Document)
        word = "image" if isinstance(block, Image) else "document"
        accepted = self.profile.vision if word == "image" else self.profile.documents
        part = media_part(block) if accepted else None
        if part is None:
            self.losses.add(f"{path}.{word}")
            return {"text": f"[{'An' if word == 'image' else 'A'} {word} was here that this model cannot be given.]"}
        return part

    def _user(self, turn: Turn) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        after: list[dict[str, Any]] = []
        for block, path in turn.blocks:
            if isinstance(block, ToolResult):
                parts.append(self._response(block, path, after))
            elif isinstance(block, Text):
                after.append({"text": block.text})
            elif isinstance(block, Thinking | ToolUse):
                self.losses.add(f"{path}.{'thinking' if isinstance(block, Thinking) else 'tool_use'}")
            elif (part := self._media(block, path)) is not None:
                after.append(part)
        return parts + after

    def _response(self, block: ToolResult, path: str, after: list[dict[str, Any]]) -> dict[str, Any]:
        """functionResponse with the name of the tool (not the id of the call). Pictures go into its `parts` where the model
        takes them there (Gemini 3), else behind all results, with the id in a text (IMG-3)."""
        marks = block.extras.get(NAME, NO_EXTRAS)
        response: dict[str, Any] = {} if "id" in marks else {"id": block.tool_use_id}
        response["name"] = self.called.get(block.tool_use_id) or str(marks.get("name") or "unknown_tool")
        texts = [part.text for part in block.content if isinstance(part, Text)]
        response["response"] = self._payload("\n".join(texts), block, bool(marks.get("whole")))
        inside: list[dict[str, Any]] = []
        for item in block.content:
            if isinstance(item, Text):
                continue
            part = self._media(item, path)
            if part is None:
                continue
            if ("inlineData" in part and self.profile.tool_images) or (
                isinstance(item, Opaque) and item.dialect == NAME
            ):
                inside.append(part)
            else:
                after.append({"text": f"[Returned by the tool call {block.tool_use_id}:]"})
                after.append(part)
        if inside:
            response["parts"] = inside
        response.update(marks.get("rest", {}))
        return {"functionResponse": response}

    @staticmethod
    def _payload(text: str, block: ToolResult, whole: bool) -> Any:
        if whole:
            try:
                value = fields.load(text.encode("utf-8", "surrogatepass"))
            except ValueError:
                value = None
            if isinstance(value, dict):
                return value
        return {"error": text} if block.is_error else {"output": text}
