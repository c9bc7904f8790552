"""The canonical request as a Messages request for one target (docs.claude.com/en/api/messages)."""

from __future__ import annotations

from typing import Any

from gateway.chat.errors import BadRequest
from gateway.chat.request import ChatRequest, Tool

from ..dialect import Encoded
from ..profile import Profile
from . import betas
from .blocks import NAME, own
from .naming import tool_name
from .options import encode_format, encode_sampling, encode_thinking
from .requests import SYSTEM_SHAPE
from .turns import encode_messages, lacks_thinking
from .writing import BlockWriter, Wire, foreign, wire_fields

_CUSTOM_INPUT = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
_MOST_MARKS = 4
_ENCODED_ELSEWHERE = frozenset({"thinking", "output_config", "metadata"})


def encode_request(request: ChatRequest, profile: Profile) -> Encoded:
    """The body for `profile`, and what it lost. Within this dialect, and with a profile that takes everything, the body
    equals the one decoded. Raises BadRequest if no message has content, or for `safeguards` the endpoint does not know
    (dropping that one in silence would be unsafe)."""
    losses: list[str] = []
    body: Wire = {"model": profile.model, "max_tokens": _max_tokens(request, profile, losses)}
    system = _system(request, profile, losses)
    if system:
        body["system"] = system
    body["messages"] = encode_messages(request, profile, losses)
    _tools(request, profile, body, losses)
    _extras(request, profile, body, losses)
    unopened = lacks_thinking(body["messages"])
    encode_thinking(request, profile, body, unopened=unopened, losses=losses)
    encode_sampling(request, profile, body, losses)
    encode_format(request, profile, body, losses)
    kept = own(request.extras).get("metadata")
    metadata = dict(kept) if isinstance(kept, dict) else {}
    if request.user is not None:
        metadata["user_id"] = request.user
    if metadata:
        body["metadata"] = metadata
    if request.stream:
        body["stream"] = True
    _limit_marks(body, losses)
    return Encoded(body, tuple(dict.fromkeys(losses)))


def _max_tokens(request: ChatRequest, profile: Profile, losses: list[str]) -> int:
    wanted = request.max_tokens if request.max_tokens is not None else profile.default_max_tokens
    if profile.max_output_tokens is not None and wanted > profile.max_output_tokens:
        if request.max_tokens is not None:
            losses.append("max_tokens")
        return profile.max_output_tokens
    return wanted


def _system(request: ChatRequest, profile: Profile, losses: list[str]) -> str | list[Wire]:
    writer = BlockWriter(request, profile, losses)
    written = writer.blocks(request.system, "system", "system")
    if len(written) == 1 and own(request.extras).get(SYSTEM_SHAPE) == "string" and set(written[0]) == {"type", "text"}:
        text: str = written[0]["text"]
        return text
    return written


def _tools(request: ChatRequest, profile: Profile, body: Wire, losses: list[str]) -> None:
    if not profile.tools:
        if request.tools:
            losses.append("tools")
        return
    written: list[Wire] = []
    for index, tool in enumerate(request.tools):
        found = _tool(tool, request, profile, f"tools[{index}]", losses)
        if found is not None:
            written.append(found)
    if written:
        body["tools"] = written
    _tool_choice(request, profile, body, losses)


def _tool(tool: Tool, request: ChatRequest, profile: Profile, path: str, losses: list[str]) -> Wire | None:
    if tool.kind == "hosted":
        declared = own(tool.extras)
        word = str(declared.get("type") or "")
        if not declared or not (profile.betas or word.startswith(betas.CLIENT_TOOLS)):
            losses.append(f"{path}.{tool.name}")
            return None
        return dict(declared) if profile.betas else betas.plain_mark(declared)
    foreign(tool.extras, f"{path}.", losses)
    written: Wire = {"name": tool_name(tool.name, tool.namespace)}
    description = tool.description
    schema: Any = tool.schema
    if tool.kind == "custom":
        schema = _CUSTOM_INPUT
        description = _described(tool)
    elif schema is None:
        schema = {"type": "object", "properties": {}}
    elif request.dialect != NAME and schema.get("type") != "object":
        schema = {**schema, "type": "object"}
    if description is not None:
        written["description"] = description
    written["input_schema"] = schema
    if tool.strict is not None:
        written["strict"] = tool.strict
    fields = wire_fields(tool.extras)
    if not profile.betas:
        fields = {name: value for name, value in betas.plain_mark(fields).items() if name not in betas.TOOL_FIELDS}
    return {**written, **fields}


def _described(tool: Tool) -> str:
    """A custom tool's grammar, put into words for a dialect that cannot enforce it."""
    text = tool.description or ""
    for values in tool.extras.values():
        grammar = values.get("format")
        if isinstance(grammar, dict):
            inner = grammar.get("grammar")  # nested in the chat dialect, flat in Responses
            grammar = inner if isinstance(inner, dict) else grammar
            if grammar.get("definition"):
                syntax = grammar.get("syntax") or "following"
                text += f"\n\nWrite `input` by this {syntax} grammar:\n{grammar['definition']}"
    return text.strip() or "Takes free text in `input`."


def _tool_choice(request: ChatRequest, profile: Profile, body: Wire, losses: list[str]) -> None:
    choice = request.tool_choice
    if not body.get("tools"):
        if choice is not None and choice.mode in ("any", "tool"):
            losses.append("tool_choice")
        return
    written: Wire = {}
    if choice is not None:
        foreign(choice.extras, "tool_choice.", losses)
        written = {"type": choice.mode}
        if choice.name is not None:
            tool = next((tool for tool in request.tools if tool.name == choice.name), None)
            written["name"] = tool_name(choice.name, tool.namespace if tool else None)
        written.update(wire_fields(choice.extras))
    if request.parallel_tool_calls is False and written.get("type") != "none":
        if profile.parallel_tools:
            written = {"type": "auto", **written, "disable_parallel_tool_use": True}
        else:
            losses.append("parallel_tool_calls")
    if written:
        body["tool_choice"] = written


def _extras(request: ChatRequest, profile: Profile, body: Wire, losses: list[str]) -> None:
    """Fields without a canonical place. `profile.fields` and `profile.betas` decide what the endpoint takes (SCH-3)."""
    foreign(request.extras, "", losses)
    for name, value in own(request.extras).items():
        if name[:1] == "$" or (name in _ENCODED_ELSEWHERE and isinstance(value, dict)):
            continue
        if (not profile.betas and name in betas.REQUEST_FIELDS) or (
            profile.fields is not None and name not in profile.fields
        ):
            if name == "safeguards":
                raise BadRequest("safeguards: this model's endpoint does not take the field", param="safeguards")
            if value is not None:
                losses.append(name)
            continue
        body.setdefault(name, value)
    output = own(request.extras).get("output_config")
    if isinstance(output, dict):
        body["output_config"] = dict(output)


def _limit_marks(body: Wire, losses: list[str]) -> None:
    """At most four cache_control marks (CCH-6): of the conversation the oldest go first, then of tools and system."""
    fixed = [item for name in ("tools", "system") for item in _marked(body.get(name))]
    moving = [item for message in body["messages"] for item in _marked(message["content"])]
    surplus = len(fixed) + len(moving) + ("cache_control" in body) - _MOST_MARKS
    if surplus <= 0:
        return
    losses.append("cache_control")
    for item in [*moving, *fixed][:surplus]:
        item.pop("cache_control")


def _marked(value: Any) -> list[Wire]:
    if not isinstance(value, list):
        return []
    found = []
    for item in value:
        if item.get("cache_control"):
            found.append(item)
        if item.get("type") == "tool_result":
            found.extend(_marked(item.get("content")))
    return found
