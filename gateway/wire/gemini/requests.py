"""Request bodies of generateContent and streamGenerateContent, Gemini API and Vertex AI.

Sources: the references of generativelanguage v1beta and aiplatform v1. Model and streaming are in the URL there; a body
decoded here may carry them as `model` and `stream`, and an encoded body never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.request import NO_EXTRAS, ChatRequest, Text
from gateway.wire import fields
from gateway.wire.dialect import Encoded
from gateway.wire.profile import Profile
from gateway.wire.turns import Losses, system_text

from .contents import ContentsWriter, decode_contents
from .parts import NAME, names
from .settings import decode_format, decode_sampling, decode_thinking, encode_config, rest_of_config
from .tools import decode_choice, decode_tools, encode_choice, encode_tools

_KNOWN = frozenset(["model", "stream", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig"])
_OWN_MARKS = frozenset({"generationConfig", "toolConfig", "jsonSchemaAnswer", "systemRole"})
_SNAKE = {
    "system_instruction": "systemInstruction",
    "generation_config": "generationConfig",
    "tool_config": "toolConfig",
    "safety_settings": "safetySettings",
    "cached_content": "cachedContent",
}


def decode_request(body: Mapping[str, Any]) -> ChatRequest:
    """Raises BadRequest naming the field. The snake_case spelling of top-level fields, which the API takes too, is read."""
    body = {_SNAKE.get(name, name): value for name, value in body.items()}
    config = fields.mapping(body.get("generationConfig") or {}, "generationConfig")
    tool_config = fields.mapping(body.get("toolConfig") or {}, "toolConfig")
    tools = decode_tools(fields.listing(body, "tools") or [])
    answer, as_json_schema = decode_format(config)
    extras = fields.rest(body, _KNOWN)
    if rest := rest_of_config(config):
        extras["generationConfig"] = rest
    if rest := fields.rest(tool_config, frozenset({"functionCallingConfig"})):
        extras["toolConfig"] = rest
    if as_json_schema:
        extras["jsonSchemaAnswer"] = True
    system, role = _system(body.get("systemInstruction"))
    if role:
        extras["systemRole"] = role
    return ChatRequest(
        dialect=NAME,
        model=fields.text(body, "model") or "",
        messages=decode_contents(fields.listing(body, "contents", required=True) or [], names(tools)),
        system=system,
        tools=tools,
        tool_choice=decode_choice(tool_config),
        sampling=decode_sampling(config),
        max_tokens=fields.integer(config, "maxOutputTokens", "generationConfig.", least=1),
        stream=fields.boolean(body, "stream") or False,
        thinking=decode_thinking(config),
        response_format=answer,
        extras={NAME: extras} if extras else NO_EXTRAS,
    )


def _system(given: Any) -> tuple[tuple[Text, ...], str | None]:
    """(texts, the role it was given, which has no meaning but is kept)."""
    if given is None:
        return (), None
    if isinstance(given, str):
        return (Text(given),), None
    given = fields.mapping(given, "systemInstruction")
    texts = [
        Text(fields.text(fields.mapping(part, f"systemInstruction.parts[{number}]"), "text") or "")
        for number, part in enumerate(fields.listing(given, "parts", "systemInstruction.") or [])
    ]
    role = given.get("role")
    return tuple(texts), role if isinstance(role, str) else None


def encode_request(request: ChatRequest, profile: Profile) -> Encoded:
    """Messages as `gateway.wire.turns` says; a missing signature of Gemini 3 is replaced by the documented word that skips
    its check; hosted tools of other vendors, more than five stop sequences, `parallel_tool_calls` and `user` are losses."""
    losses = Losses()
    known = names(request.tools)
    own: dict[str, Any] = dict(request.extras.get(NAME, {}))
    losses.foreign("", request.extras, NAME)
    body: dict[str, Any] = {"contents": ContentsWriter(request, profile, known, losses).contents()}
    system = system_text(request.system)
    for block in system:
        losses.foreign("system", block.extras, NAME)
    if system:
        role = own.get("systemRole")
        body["systemInstruction"] = {
            **({"role": role} if role else {}),
            "parts": [{"text": block.text} for block in system],
        }
    if tools := encode_tools(request, profile, known, losses):
        body["tools"] = tools
    choice = encode_choice(request, known, losses)
    if choice and (tools or request.dialect == NAME):
        body["toolConfig"] = choice
    if config := encode_config(request, profile, losses):
        body["generationConfig"] = config
    if request.user is not None:
        losses.add("user")
    for name, value in own.items():
        if name in _OWN_MARKS:
            continue
        if profile.fields is None or name in profile.fields:
            body[name] = value
        else:
            losses.add(f"extras.{NAME}.{name}")
    return Encoded(body, losses.paths())
