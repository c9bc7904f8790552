"""A Messages request to the canonical request (docs.claude.com/en/api/messages; API versions 2023-06-01 and newer).

Strict only about what makes a request senseless: no `model`, no `max_tokens`, no `messages`, a role nobody knows, a block
that is none. Everything else is taken: unknown fields go to ``extras["anthropic"]``. Fields whose value is null, empty, or
not of the type known here stay in the extras as they came: the provider may know them.

Custom tools: a tool of kind "custom" offered to a dialect that has none becomes a function tool whose schema is
``{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}``. The encoder of the *client's* dialect
sees in ``context.request.tools`` that the tool is custom and unwraps the JSON of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast, get_args

from gateway.chat.errors import BadRequest
from gateway.chat.request import (
    NO_EXTRAS,
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

from .. import fields
from .blocks import NAME, RAW, SHAPE, decode_block, decode_content, extras_of

_MESSAGE = frozenset({"role", "content"})
_ROLES = frozenset({"user", "assistant", "system"})
_EFFORTS = frozenset(get_args(Effort))
_TOOL = frozenset({"name", "description", "input_schema", "strict"})
SYSTEM_SHAPE = "$system"
"""Request extras: "string" when `system` was one."""
FORMAT_FIELD = "$format"
"""Request extras: "output_format" when the format came in that field of the structured-outputs-2025-11-13 beta."""


def decode_request(body: Mapping[str, Any], *, counting: bool = False) -> ChatRequest:
    """`counting`: a count_tokens body, which has no max_tokens. Raises BadRequest naming the field."""
    rest = dict(body)
    model = fields.text(rest, "model", required=True) or ""
    if not model:
        raise BadRequest("model: must not be empty", param="model")
    max_tokens = fields.integer(rest, "max_tokens", least=0)
    if max_tokens is None and not counting:
        raise BadRequest("max_tokens: field required", param="max_tokens")
    listed = fields.listing(rest, "messages", required=True)
    if not listed:
        raise BadRequest("messages: at least one message is required", param="messages")
    for name in ("model", "max_tokens", "messages"):
        rest.pop(name, None)
    messages = tuple([_message(item, index) for index, item in enumerate(listed)])
    system = _system(rest)
    tools = _tools(rest)
    choice, parallel = _tool_choice(rest)
    sampling = _sampling(rest)
    thinking = _thinking(rest)
    response_format = _response_format(rest)
    user = _user(rest)
    stream = fields.boolean(rest, "stream") is True
    if stream:
        del rest["stream"]
    return ChatRequest(
        dialect=NAME,
        model=model,
        messages=messages,
        system=system,
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=parallel,
        sampling=sampling,
        max_tokens=max_tokens,
        stream=stream,
        thinking=thinking,
        response_format=response_format,
        user=user,
        extras={NAME: rest} if rest else NO_EXTRAS,
    )


def _message(body: Any, index: int) -> Message:
    path = f"messages.{index}"
    if not isinstance(body, dict):
        raise BadRequest(f"{path}: must be an object", param=path)
    role = body.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise BadRequest(f'{path}.role: must be "user", "assistant" or "system"', param=f"{path}.role")
    content = body.get("content")
    extras = extras_of(body, _MESSAGE)
    if isinstance(content, str):
        shaped = {NAME: {**extras.get(NAME, {}), SHAPE: "string"}}
        return Message(cast(Role, role), (Text(content),), shaped)
    if not isinstance(content, list):
        said = "field required" if content is None else "must be a string or a list of blocks"
        raise BadRequest(f"{path}.content: {said}", param=f"{path}.content")
    return Message(cast(Role, role), decode_content(content, f"{path}.content"), extras)


def _system(rest: dict[str, Any]) -> tuple[Text, ...]:
    value = rest.get("system")
    if isinstance(value, str) and value:
        del rest["system"]
        rest[SYSTEM_SHAPE] = "string"
        return (Text(value),)
    if isinstance(value, list) and value:
        del rest["system"]
        return tuple(_system_text(item, f"system.{index}") for index, item in enumerate(value))
    if value not in (None, "", []):
        raise BadRequest("system: must be a string or a list of text blocks", param="system")
    return ()


def _system_text(item: Any, path: str) -> Text:
    block = decode_block(item, path)
    return block if isinstance(block, Text) else Text("", {NAME: {RAW: item}})


def _tools(rest: dict[str, Any]) -> tuple[Tool, ...]:
    value = rest.get("tools")
    if value is not None and not isinstance(value, list):
        raise BadRequest("tools: must be a list", param="tools")
    if not value:
        return ()
    del rest["tools"]
    return tuple(_tool(item, f"tools.{index}") for index, item in enumerate(value))


def _tool(body: Any, path: str) -> Tool:
    """`type` absent, null or "custom" is a tool of the client's ("function"); any other word is a declaration only this
    dialect understands ("hosted": web_search_20250305, bash_20250124, mcp_toolset, ...)."""
    if not isinstance(body, dict):
        raise BadRequest(f"{path}: must be an object", param=path)
    kind = body.get("type")
    name = body.get("name")
    if kind not in (None, "custom"):
        label = name or body.get("mcp_server_name") or kind
        return Tool(str(label), kind="hosted", extras={NAME: dict(body)})
    if not isinstance(name, str) or not name:
        raise BadRequest(f"{path}.name: field required", param=f"{path}.name")
    schema, description, strict = body.get("input_schema"), body.get("description"), body.get("strict")
    tool = Tool(name, extras=extras_of(body, _TOOL))
    if isinstance(schema, dict):
        tool = replace(tool, schema=schema)
    if isinstance(description, str):
        tool = replace(tool, description=description)
    return replace(tool, strict=strict) if isinstance(strict, bool) else tool


def _tool_choice(rest: dict[str, Any]) -> tuple[ToolChoice | None, bool | None]:
    value = rest.get("tool_choice")
    if not isinstance(value, dict) or value.get("type") not in ("auto", "any", "none", "tool"):
        return None, None
    del rest["tool_choice"]
    left = {name: item for name, item in value.items() if name not in ("type", "name")}
    parallel = None
    if left.get("disable_parallel_tool_use") is True:
        del left["disable_parallel_tool_use"]
        parallel = False
    name = value.get("name")
    return ToolChoice(
        value["type"], name if isinstance(name, str) else None, {NAME: left} if left else NO_EXTRAS
    ), parallel


def _sampling(rest: dict[str, Any]) -> Sampling:
    temperature = fields.number(rest, "temperature")
    top_p = fields.number(rest, "top_p")
    top_k = fields.integer(rest, "top_k")
    stops = fields.listing(rest, "stop_sequences")
    for name, value in (("temperature", temperature), ("top_p", top_p), ("top_k", top_k), ("stop_sequences", stops)):
        if value is not None and value != []:
            del rest[name]
    if stops and not all(isinstance(stop, str) for stop in stops):
        raise BadRequest("stop_sequences: must be a list of strings", param="stop_sequences")
    return Sampling(temperature=temperature, top_p=top_p, top_k=top_k, stop=tuple(stops or ()))


def _thinking(rest: dict[str, Any]) -> ThinkingConfig | None:
    """`thinking` and ``output_config.effort``, which stands alone or beside it."""
    config = ThinkingConfig()
    value = rest.get("thinking")
    if isinstance(value, dict) and value.get("type") in ("adaptive", "enabled", "disabled"):
        left = {name: item for name, item in value.items() if name != "type"}
        budget, display = left.get("budget_tokens"), left.get("display")
        config = replace(config, mode=value["type"])
        if isinstance(budget, int) and not isinstance(budget, bool):
            config = replace(config, budget_tokens=left.pop("budget_tokens"))
        if isinstance(display, str):
            config = replace(config, summary=left.pop("display"))
        _keep(rest, "thinking", left)
    output = rest.get("output_config")
    if isinstance(output, dict) and isinstance(output.get("effort"), str) and output["effort"] in _EFFORTS:
        config = replace(config, effort=cast(Effort, output["effort"]))
        _keep(rest, "output_config", {name: item for name, item in output.items() if name != "effort"})
    return None if config == ThinkingConfig() else config


def _keep(rest: dict[str, Any], name: str, left: dict[str, Any]) -> None:
    """What is left of a partly canonical object stays in the extras under its name."""
    if left:
        rest[name] = left
    else:
        del rest[name]


def _response_format(rest: dict[str, Any]) -> ResponseFormat | None:
    output = rest.get("output_config")
    found = output.get("format") if isinstance(output, dict) else rest.get("output_format")
    if not isinstance(found, dict) or set(found) != {"type", "schema"} or found["type"] != "json_schema":
        return None
    if not isinstance(found["schema"], dict):
        return None
    if isinstance(output, dict):
        _keep(rest, "output_config", {name: item for name, item in output.items() if name != "format"})
    else:
        del rest["output_format"]
        rest[FORMAT_FIELD] = "output_format"
    return ResponseFormat("json_schema", found["schema"])


def _user(rest: dict[str, Any]) -> str | None:
    metadata = rest.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("user_id"), str):
        return None
    _keep(rest, "metadata", {name: item for name, item in metadata.items() if name != "user_id"})
    user: str = metadata["user_id"]
    return user
