"""A client's body to a `ChatRequest`, and back for a provider that speaks this dialect.

Source: OpenAI API reference, "Create a model response"; the types of the openai Python SDK 3.54; Codex 0.169 as measured
(clients.md, section 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from gateway.chat.errors import BadRequest
from gateway.chat.request import (
    NO_EXTRAS,
    Block,
    ChatRequest,
    Effort,
    Message,
    ResponseFormat,
    Role,
    Sampling,
    Text,
    ThinkingConfig,
    Tool,
    ToolChoice,
)
from gateway.wire import fields

from .items import decode_item
from .names import NAME, ToolNames
from .tools import ToolReader

EFFORTS: tuple[str, ...] = get_args(Effort)
KNOWN = frozenset(
    [
        "model",
        "input",
        "instructions",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "temperature",
        "top_p",
        "max_output_tokens",
        "stream",
        "reasoning",
        "text",
        "user",
        "_layout",
    ]
)
INSTEAD_OF_INPUT = ("previous_response_id", "conversation", "prompt")
FORMATS = ("json_object", "json_schema")


def decode_request(body: Mapping[str, Any]) -> ChatRequest:
    """Raises BadRequest naming the field. Fields without a canonical place are kept in ``extras["openai_responses"]``,
    among them `previous_response_id`, `store`, `include`, `prompt_cache_key`, `client_metadata` and `metadata`."""
    model = fields.text(body, "model", required=True) or ""
    kept = fields.rest(body, KNOWN)
    layout: dict[str, Any] = {}
    tools, items = _tools_and_items(body, layout)
    names = ToolNames(tools)
    instructions = fields.text(body, "instructions")
    system = [Text(instructions)] if instructions is not None else []
    messages = _messages(items, names, system)
    if isinstance(body.get("input"), str):
        messages = [Message("user", (Text(body["input"], {NAME: {"item": "input"}}),))]
    elif "input" not in body:
        layout["input"] = None
    kept.update((name, None) for name in KNOWN if name in body and body[name] is None)
    if body.get("stream") is False:
        kept["stream"] = False
    if body.get("tools") == []:
        kept["tools"] = []
    thinking = _thinking(body, kept)
    response_format = _response_format(body, kept)
    if layout:
        kept["_layout"] = layout
    return ChatRequest(
        dialect=NAME,
        model=model,
        messages=tuple(messages),
        system=tuple(system),
        tools=tuple(tools),
        tool_choice=_tool_choice(body.get("tool_choice"), names),
        parallel_tool_calls=fields.boolean(body, "parallel_tool_calls"),
        sampling=Sampling(fields.number(body, "temperature"), fields.number(body, "top_p")),
        max_tokens=fields.integer(body, "max_output_tokens", least=1),
        stream=fields.boolean(body, "stream") or False,
        thinking=thinking,
        response_format=response_format,
        user=fields.text(body, "user"),
        extras={NAME: kept} if kept else NO_EXTRAS,
    )


def _tools_and_items(body: Mapping[str, Any], layout: dict[str, Any]) -> tuple[list[Tool], list[Any]]:
    """The tools of the `tools` field and of `additional_tools` items, and the other items with their paths' indexes
    (None where an additional_tools item was)."""
    declared = fields.listing(body, "tools")
    value = body.get("input")
    stateful = any(body.get(name) is not None for name in INSTEAD_OF_INPUT)
    if value is None and not stateful:
        raise BadRequest("input: field required", param="input")
    if value is not None and not isinstance(value, str | list):
        raise BadRequest("input: must be a string or a list of items", param="input")
    if isinstance(value, list) and not value and not stateful:
        raise BadRequest("input: must not be empty", param="input")
    items: list[Any] = list(value) if isinstance(value, list) else []
    reader = ToolReader()
    entries = reader.read(declared or [], "tools")
    additional = []
    for at, item in enumerate(items):
        if not _is_additional(item):
            continue
        path = f"input[{at}].tools"
        inner = reader.read(fields.listing(item, "tools", f"input[{at}].", required=True) or [], path)
        rest = {name: field for name, field in item.items() if name != "tools"}
        additional.append({"at": at, "item": rest, "tools": inner})
        items[at] = None
    if additional:
        layout["additional"] = additional
    if declared is not None and (reader.nested or additional):
        layout["tools"] = entries
    return reader.tools, items


def _is_additional(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") == "additional_tools"


def _messages(items: list[Any], names: ToolNames, system: list[Text]) -> list[Message]:
    """Leading system texts go to `system`. Consecutive items of the model form one assistant message, consecutive tool
    outputs one user message, so that other dialects get one turn for what was one turn."""
    messages: list[Message] = []
    role: Role | None = None
    joined = False
    blocks: list[Block] = []

    def close() -> None:
        if role is not None and blocks:
            messages.append(Message(role, tuple(blocks)))
        blocks.clear()

    for number, item in enumerate(items):
        if item is None:
            continue
        next_role, decoded = decode_item(item, f"input[{number}]", names)
        if next_role == "system" and role is None and all(isinstance(block, Text) for block in decoded):
            system.extend(block for block in decoded if isinstance(block, Text))
            continue
        is_message = item.get("type", "message") == "message"
        joins = next_role == "assistant" or (next_role == "user" and not is_message)
        if next_role != role or not (joins and joined):
            close()
        role, joined = next_role, joins
        blocks.extend(decoded)
    close()
    return messages


def _tool_choice(value: Any, names: ToolNames) -> ToolChoice | None:
    if value is None:
        return None
    if isinstance(value, str):
        if value not in ("auto", "none", "required"):
            raise BadRequest("tool_choice: must be auto, none, required or an object", param="tool_choice")
        return ToolChoice("any" if value == "required" else "none" if value == "none" else "auto")
    value = fields.mapping(value, "tool_choice")
    kind = fields.text(value, "type", "tool_choice.", required=True)
    if kind in ("function", "custom"):
        wire_name = fields.text(value, "name", "tool_choice.", required=True) or ""
        name, _ = names.canonical(fields.text(value, "namespace", "tool_choice."), wire_name)
        return ToolChoice("tool", name, {NAME: {"raw": value, "name": name}})
    if kind == "allowed_tools":
        return ToolChoice("any" if value.get("mode") == "required" else "auto", extras={NAME: {"raw": value}})
    return ToolChoice("auto", extras={NAME: {"raw": value}})


def _thinking(body: Mapping[str, Any], kept: dict[str, Any]) -> ThinkingConfig | None:
    if body.get("reasoning") is None:
        return None
    reasoning = dict(fields.mapping(body["reasoning"], "reasoning"))
    effort = fields.text(reasoning, "effort", "reasoning.")
    summary = fields.text(reasoning, "summary", "reasoning.")
    if effort not in EFFORTS:
        effort = None
    for name, value in (("effort", effort), ("summary", summary)):
        if value is not None:
            del reasoning[name]
    if reasoning or (effort is None and summary is None):
        kept["reasoning"] = reasoning
    if effort is None and summary is None:
        return None
    return ThinkingConfig(effort=effort, summary=summary)  # type: ignore[arg-type]


def _response_format(body: Mapping[str, Any], kept: dict[str, Any]) -> ResponseFormat | None:
    """None for plain text, which is what a missing format means."""
    if body.get("text") is None:
        return None
    text = dict(fields.mapping(body["text"], "text"))
    wanted = text.get("format")
    if wanted is None:
        kept["text"] = text
        return None
    wanted = fields.mapping(wanted, "text.format")
    kind = fields.text(wanted, "type", "text.format.", required=True)
    if kind not in FORMATS:
        kept["text"] = text
        return None
    del text["format"]
    schema = None
    if kind == "json_schema":
        schema = fields.mapping(wanted.get("schema"), "text.format.schema")
        fields.text(wanted, "name", "text.format.", required=True)
    known = ("type", "schema", "name", "strict", "description") if kind == "json_schema" else ("type",)
    rest = {name: value for name, value in wanted.items() if name not in known or value is None}
    if rest:
        text["format"] = rest
    if text:
        kept["text"] = text
    return ResponseFormat(
        kind,  # type: ignore[arg-type]
        schema,
        fields.text(wanted, "name", "text.format."),
        fields.boolean(wanted, "strict", "text.format."),
        fields.text(wanted, "description", "text.format."),
    )
