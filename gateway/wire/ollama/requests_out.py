"""`ChatRequest` to Ollama's native ``POST /api/chat`` bodies.

What Ollama has no field for is recorded as a loss: tool choice, parallel calls, the user, image URLs, files. ``num_ctx`` is
never set here: it belongs to the server's owner.
"""

from __future__ import annotations

from typing import Any, get_args

from gateway.chat.request import (
    Block,
    ChatRequest,
    Document,
    Effort,
    Image,
    Message,
    Opaque,
    Text,
    Thinking,
    ThinkingConfig,
    ToolResult,
    ToolUse,
)
from gateway.wire import fields
from gateway.wire.dialect import Encoded
from gateway.wire.losses import foreign_fields
from gateway.wire.profile import Profile

from . import notes

_EFFORTS: tuple[Effort, ...] = get_args(Effort)
_INPUT_SCHEMA = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
Losses = dict[str, None]


def encode_request(request: ChatRequest, profile: Profile) -> Encoded:
    losses: Losses = {}
    shape = notes.shape(request.extras)
    body: dict[str, Any] = {"model": profile.model, "messages": _Writer(request, profile, losses).messages()}
    _write_tools(request, profile, body, losses)
    options = _options(request, profile, losses)
    if options:
        body["options"] = options
    wanted = request.response_format
    if wanted is not None and wanted.kind != "text":
        if profile.response_format:
            body["format"] = "json" if wanted.kind == "json_object" else wanted.schema or "json"
        else:
            losses["response_format"] = None
    think = _think(request.thinking, profile, losses)
    if think is not None:
        body["think"] = think
    if not (request.stream and shape.get("stream") == "default"):
        body["stream"] = request.stream
    if request.user is not None:
        losses["user"] = None
    for name, value in notes.own(request.extras).items():
        if profile.fields is None or name in profile.fields:
            body.setdefault(name, value)
        else:
            losses[f"extras.{name}"] = None
    for dialect, name, _ in foreign_fields(request.extras, notes.NAME):
        losses[f"extras.{dialect}.{name}"] = None
    return Encoded(body, tuple(losses))


def _options(request: ChatRequest, profile: Profile, losses: Losses) -> dict[str, Any]:
    sampling = request.sampling
    options: dict[str, Any] = dict(notes.shape(request.extras).get("options", {}))
    for name in ("temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty", "seed"):
        value = getattr(sampling, name)
        if value is None:
            continue
        if profile.sampling or name == "seed":
            options[name] = value
        else:
            losses[f"sampling.{name}"] = None
    if sampling.stop and profile.stop:
        options["stop"] = list(sampling.stop)
    elif sampling.stop:
        losses["sampling.stop"] = None
    if request.max_tokens is not None:
        cap = profile.max_output_tokens
        options["num_predict"] = request.max_tokens if cap is None else min(request.max_tokens, cap)
    return options


def _think(thinking: ThinkingConfig | None, profile: Profile, losses: Losses) -> bool | str | None:
    """True, False or a level (gpt-oss knows low, medium, high); None to leave it to the model."""
    if thinking is None:
        return None
    if thinking.mode == "disabled" or thinking.effort == "none":
        return None if profile.thinking == "none" else False
    if profile.thinking == "none":
        losses["thinking"] = None
        return None
    effort = thinking.effort
    if effort is None and thinking.budget_tokens is not None:
        budget = thinking.budget_tokens
        effort = "low" if budget <= 4096 else "medium" if budget <= 16384 else "high"
    if effort is None or profile.thinking != "effort" or not profile.efforts:
        return True
    rank = _EFFORTS.index(effort)
    return min(profile.efforts, key=lambda word: (abs(_EFFORTS.index(word) - rank), _EFFORTS.index(word)))


def _write_tools(request: ChatRequest, profile: Profile, body: dict[str, Any], losses: Losses) -> None:
    choice = request.tool_choice
    if request.parallel_tool_calls is False and request.tools:
        losses["parallel_tool_calls"] = None
    if choice is not None and choice.mode == "none":
        return
    if choice is not None and choice.mode != "auto":
        losses["tool_choice"] = None
    if request.tools and not profile.tools:
        losses["tools"] = None
        return
    tools = []
    for number, tool in enumerate(request.tools):
        if tool.kind == "hosted":
            losses[f"tools[{number}]"] = None
            continue
        inner: dict[str, Any] = {"name": notes.wire_name(tool.name, tool.namespace)}
        if tool.description is not None:
            inner["description"] = tool.description
        if tool.kind == "custom":
            losses[f"tools[{number}].custom"] = None
            inner["parameters"] = _INPUT_SCHEMA
        elif tool.schema is not None:
            inner["parameters"] = tool.schema
        elif request.dialect != notes.NAME:
            inner["parameters"] = {"type": "object", "properties": {}}
        inner.update(notes.shape(tool.extras).get("inner", {}))
        tools.append({"type": "function", "function": inner, **notes.own(tool.extras)})
    if tools:
        body["tools"] = tools


class _Writer:
    def __init__(self, request: ChatRequest, profile: Profile, losses: Losses) -> None:
        self.request = request
        self.profile = profile
        self.losses = losses
        self.same = request.dialect == notes.NAME
        self.out: list[dict[str, Any]] = []
        self.called: dict[str, str] = {}

    def messages(self) -> list[dict[str, Any]]:
        if self.same:
            for text in self.request.system:
                self.out.append({"role": "system", "content": text.text, **notes.own(text.extras)})
        elif any(text.text.strip() for text in self.request.system):
            texts = (text.text for text in self.request.system if text.text.strip())
            self.out.append({"role": "system", "content": "\n\n".join(texts)})
        for number, message in enumerate(self.request.messages):
            path = f"messages[{number}]"
            if message.role == "assistant":
                self._assistant(message, path)
            else:
                self._turn(message, path)
        return self.out

    def _assistant(self, message: Message, path: str) -> None:
        body: dict[str, Any] = {"role": "assistant"}
        texts: list[str] = []
        thoughts: list[str] = []
        calls: list[dict[str, Any]] = []
        self.called = {}
        for block in message.blocks:
            if isinstance(block, ToolUse) and self.profile.tools:
                self.called[block.id] = notes.wire_name(block.name, block.namespace)
                calls.append(self._call(block, path))
            elif isinstance(block, ToolUse):
                self.losses[f"{path}.tool_use"] = None
                texts.append(f"[Called the tool {block.name} with {block.arguments}]")
            elif isinstance(block, Thinking):
                self._thought(block, thoughts, path)
            else:
                self._piece(block, texts, [], path)
        if len(texts) > 1:
            self.losses[f"{path}.parts"] = None
        if texts or notes.shape(message.extras).get("content") != "absent":
            body["content"] = "\n\n".join(texts)
        if thoughts:
            body["thinking"] = "".join(thoughts)
        if calls:
            body["tool_calls"] = calls
        if self.same or texts or calls:
            self.out.append({**body, **notes.own(message.extras)})

    def _thought(self, block: Thinking, thoughts: list[str], path: str) -> None:
        """Thinking goes back as text to the models whose profile wants it, and to the dialect it came from."""
        if block.signature is not None or block.redacted:
            self.losses[f"{path}.thinking.signature"] = None
        if block.text and (self.same or self.profile.reasoning_content):
            thoughts.append(block.text)
        elif block.text:
            self.losses[f"{path}.thinking"] = None

    def _call(self, block: ToolUse, path: str) -> dict[str, Any]:
        shape = notes.shape(block.extras)
        arguments: Any = None
        if block.kind == "custom":
            arguments = {"input": block.arguments}
            self.losses[f"{path}.tool_use.custom"] = None
        else:
            try:
                arguments = fields.load(block.arguments.encode("utf-8", "surrogatepass") or b"{}")
            except ValueError:
                self.losses[f"{path}.tool_use.arguments"] = None
            if not isinstance(arguments, dict):
                arguments = {"input": block.arguments}
        function = {"name": notes.wire_name(block.name, block.namespace), "arguments": arguments}
        identity = {} if shape.get("made") else {"id": block.id}
        return {**identity, "function": {**function, **shape.get("inner", {})}, **notes.own(block.extras)}

    def _turn(self, message: Message, path: str) -> None:
        texts: list[str] = []
        images: list[str] = []
        results = 0
        for block in message.blocks:
            if isinstance(block, ToolResult):
                results += 1
                if self.profile.tools and (self.same or block.tool_use_id in self.called):
                    self._result(block, texts, images, path)
                else:
                    self.losses[f"{path}.tool_result.call"] = None
                    texts.append(
                        f"[Result of the tool call {block.tool_use_id}, whose call is not in this conversation]"
                    )
                    for item in block.content:
                        self._piece(item, texts, images, path)
        for block in message.blocks:
            if not isinstance(block, ToolResult):
                self._piece(block, texts, images, path)
        if not texts and not images and (results or not self.same):
            return
        role: str = message.role
        if role == "system" and not self.profile.system_in_messages:
            self.losses[f"{path}.role"] = None
            role = "user"
            texts = [f"<system-reminder>\n{text}\n</system-reminder>" for text in texts]
        if sum(isinstance(block, Text) for block in message.blocks) > 1:
            self.losses[f"{path}.parts"] = None
        body: dict[str, Any] = {"role": role, "content": "\n\n".join(texts)}
        if images:
            body["images"] = images
        if not texts and notes.shape(message.extras).get("content") == "absent":
            del body["content"]
        self.out.append({**body, **notes.own(message.extras)})

    def _result(self, block: ToolResult, after: list[str], after_images: list[str], path: str) -> None:
        """One tool message; its images follow in the user message that names the call (IMG-3)."""
        shape = notes.shape(block.extras)
        texts: list[str] = []
        images: list[str] = []
        for item in block.content:
            self._piece(item, texts, images, f"{path}.tool_result")
        name = self.called.get(block.tool_use_id)
        content = "\n\n".join(texts)
        if len(texts) > 1:
            self.losses[f"{path}.tool_result.parts"] = None
        if block.is_error:
            self.losses[f"{path}.tool_result.is_error"] = None
            content = content if content.lower().startswith("error") else f"Error: {content}"
        body: dict[str, Any] = {"role": "tool", "content": content}
        if images and self.same and self.profile.tool_images:
            body["images"] = images
        elif images:
            self.losses[f"{path}.tool_result.place"] = None
            after.append(f"[Images returned by the tool call {block.tool_use_id} ({name}):]")
            after_images.extend(images)
            body["content"] = content or f"[{len(images)} image(s), see the next user message.]"
        if name is not None and shape.get("named", True):
            body["tool_name"] = name
        if not shape.get("made"):
            body["tool_call_id"] = block.tool_use_id
        self.out.append({**body, **notes.own(block.extras)})

    def _piece(self, block: Block, texts: list[str], images: list[str], path: str) -> None:
        """Adds what a block says in words, or its image's base64, to `texts` and `images`; else records the loss."""
        if isinstance(block, Text):
            if self.same or block.text.strip():
                texts.append(block.text)
        elif isinstance(block, Image):
            if block.data is not None and self.profile.vision:
                images.append(block.data)
                return
            self.losses[f"{path}.image"] = None
            texts.append("[An image was here; this model cannot be given it.]")
        elif isinstance(block, Document):
            title = block.title or "document"
            if block.text is not None:
                texts.append(f"[{title}]\n{block.text}")
                return
            self.losses[f"{path}.document"] = None
            texts.append(f"[A file was here ({title}); this model takes no files.]")
        else:
            kind = block.kind if isinstance(block, Opaque) else type(block).__name__.lower()
            self.losses[f"{path}.{kind}"] = None
