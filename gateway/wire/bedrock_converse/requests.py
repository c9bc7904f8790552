"""Request bodies of Converse and ConverseStream.

Source: the Bedrock Runtime API reference. The model is in the URL (``/model/{modelId}/converse[-stream]``): a body decoded
here may carry it as `modelId` or `model`, an encoded body never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.request import (
    NO_EXTRAS,
    ChatRequest,
    ResponseFormat,
    Sampling,
    Text,
)
from gateway.wire import fields
from gateway.wire.dialect import Encoded
from gateway.wire.profile import Profile
from gateway.wire.turns import Losses

from .blocks import NAME, cache_point, names, own_mark
from .messages import CACHE_MARKS, MessagesWriter, decode_messages, marked
from .thinking import decode_thinking, encode_thinking
from .tools import decode_choice, decode_tools, encode_tool_config

_KNOWN = frozenset(
    ["model", "modelId", "stream", "messages", "system", "inferenceConfig", "toolConfig", "outputConfig"]
)
_INFERENCE = frozenset({"maxTokens", "temperature", "topP", "stopSequences"})
_ADDITIONAL = frozenset({"thinking", "top_k"})
_BETA_FIELDS = frozenset({"betas", "anthropic_beta"})
_MOST_POINTS = 4


def decode_request(body: Mapping[str, Any]) -> ChatRequest:
    """Raises BadRequest naming the field."""
    inference = fields.mapping(body.get("inferenceConfig") or {}, "inferenceConfig")
    additional = fields.mapping(body.get("additionalModelRequestFields") or {}, "additionalModelRequestFields")
    output = fields.mapping(body.get("outputConfig") or {}, "outputConfig")
    tool_config = fields.mapping(body.get("toolConfig") or {}, "toolConfig")
    tools = decode_tools(fields.listing(tool_config, "tools", "toolConfig.") or [])
    stops = fields.listing(inference, "stopSequences", "inferenceConfig.") or []
    extras = fields.rest(body, _KNOWN | {"additionalModelRequestFields"})
    for name, rest in (
        ("inferenceConfig", fields.rest(inference, _INFERENCE)),
        ("additionalModelRequestFields", fields.rest(additional, _ADDITIONAL)),
        ("outputConfig", fields.rest(output, frozenset({"textFormat", "effort"}))),
    ):
        if rest:
            extras[name] = rest
    return ChatRequest(
        dialect=NAME,
        model=fields.text(body, "modelId") or fields.text(body, "model") or "",
        messages=decode_messages(fields.listing(body, "messages") or [], names(tools)),
        system=_decode_system(fields.listing(body, "system") or []),
        tools=tools,
        tool_choice=decode_choice(tool_config),
        sampling=Sampling(
            temperature=fields.number(inference, "temperature", "inferenceConfig."),
            top_p=fields.number(inference, "topP", "inferenceConfig."),
            top_k=fields.integer(additional, "top_k", "additionalModelRequestFields."),
            stop=tuple(str(stop) for stop in stops),
        ),
        max_tokens=fields.integer(inference, "maxTokens", "inferenceConfig.", least=1),
        stream=fields.boolean(body, "stream") or False,
        thinking=decode_thinking(additional.get("thinking"), output),
        response_format=_decode_format(output),
        extras={NAME: extras} if extras else NO_EXTRAS,
    )


def _decode_system(given: list[Any]) -> tuple[Text, ...]:
    texts: list[Text] = []
    for number, block in enumerate(given):
        block = fields.mapping(block, f"system[{number}]")
        if isinstance(block.get("text"), str):
            texts.append(Text(block["text"]))
        elif "cachePoint" in block and texts:
            point = fields.mapping(block["cachePoint"], f"system[{number}].cachePoint")
            texts[-1] = Text(texts[-1].text, marked(texts[-1].extras, "cachePoint", point))
        else:  # guardContent: kept as an empty text that only this dialect writes
            texts.append(Text("", {NAME: {"block": dict(block)}}))
    return tuple(texts)


def _decode_format(output: Mapping[str, Any]) -> ResponseFormat | None:
    given = output.get("textFormat")
    structure = given.get("structure") if isinstance(given, Mapping) else None
    declared = structure.get("jsonSchema") if isinstance(structure, Mapping) else None
    if not isinstance(declared, Mapping):
        return None
    try:
        schema = fields.load(str(declared.get("schema") or "{}").encode())
    except ValueError:
        schema = None
    return ResponseFormat(
        "json_schema",
        schema if isinstance(schema, dict) else None,
        fields.text(declared, "name", "outputConfig."),
        description=fields.text(declared, "description", "outputConfig."),
    )


def encode_request(request: ChatRequest, profile: Profile) -> Encoded:
    """Messages as `gateway.wire.turns` says. cache_control marks become cachePoints where the profile takes them, at most
    four. seed, penalties, `parallel_tool_calls`, `user`, hosted tools of other vendors and Anthropic betas the profile does
    not allow are losses."""
    losses = Losses()
    known = names(request.tools)
    own: dict[str, Any] = dict(request.extras.get(NAME, {}))
    losses.foreign("", request.extras, NAME, _BETA_FIELDS if profile.betas else frozenset())
    writer = MessagesWriter(request, profile, known, losses)
    messages = writer.messages()
    points: list[dict[str, Any]] = []
    system = _system(request, profile, losses, points)
    body: dict[str, Any] = {}
    body["messages"] = messages
    if system:
        body["system"] = system
    tool_points: list[dict[str, Any]] = []
    tool_config = encode_tool_config(request, profile, known, losses, tuple(writer.used), tool_points)
    if tool_config:
        body["toolConfig"] = tool_config
    _at_most_four(tool_points + points + writer.points, body, losses)
    additional = dict(own.pop("additionalModelRequestFields", {}))
    output = dict(own.pop("outputConfig", {}))
    inference = _inference(request, profile, losses, own.pop("inferenceConfig", {}))
    encode_thinking(request, profile, losses, messages, inference, additional, output)
    top_k = request.sampling.top_k
    if top_k is not None and (request.dialect == NAME or (profile.sampling and "thinking" not in additional)):
        additional["top_k"] = top_k
    elif top_k is not None:
        losses.add("sampling.top_k")
    _format(request, profile, losses, output)
    betas = [
        beta
        for dialect, values in request.extras.items()
        for name in _BETA_FIELDS
        for beta in (dialect != NAME and values.get(name)) or ()
    ]
    if betas and profile.betas:
        additional["anthropic_beta"] = betas
    for name, value in (
        ("inferenceConfig", inference),
        ("additionalModelRequestFields", additional),
        ("outputConfig", output),
    ):
        if value:
            body[name] = value
    for name, value in own.items():
        if profile.fields is None or name in profile.fields:
            body[name] = value
        else:
            losses.add(f"extras.{NAME}.{name}")
    return Encoded(body, losses.paths())


def _system(
    request: ChatRequest, profile: Profile, losses: Losses, points: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    for block in request.system:
        losses.foreign("system", block.extras, NAME, CACHE_MARKS if profile.cache_control else frozenset())
        whole = own_mark(block.extras, "block")
        if whole:
            written.append(dict(whole))
        elif block.text.strip():
            written.append({"text": block.text})
        else:
            continue
        point = cache_point(block.extras) if profile.cache_control else own_mark(block.extras, "cachePoint")
        if point:
            written.append({"cachePoint": dict(point)})
            points.append(written[-1])
    return written


def _at_most_four(points: list[dict[str, Any]], body: dict[str, Any], losses: Losses) -> None:
    """Later points cover all that earlier ones do, so the earliest go (CCH-6)."""
    surplus = {id(point) for point in points[: max(0, len(points) - _MOST_POINTS)]}
    if not surplus:
        return
    losses.add("cache_control")
    lists = [body.get("system"), body.get("toolConfig", {}).get("tools"), *(m["content"] for m in body["messages"])]
    for blocks in lists:
        if blocks:
            blocks[:] = [block for block in blocks if id(block) not in surplus]


def _inference(request: ChatRequest, profile: Profile, losses: Losses, rest: Mapping[str, Any]) -> dict[str, Any]:
    inference: dict[str, Any] = {}
    sampling = request.sampling
    if request.max_tokens is not None:
        inference["maxTokens"] = min(request.max_tokens, profile.max_output_tokens or request.max_tokens)
    for name, word, value in (("temperature", "temperature", sampling.temperature), ("topP", "top_p", sampling.top_p)):
        if value is None:
            continue
        if profile.sampling:
            inference[name] = min(value, 1) if request.dialect != NAME else value
            if inference[name] != value:
                losses.add(f"sampling.{word}")
        else:
            losses.add(f"sampling.{word}")
    if sampling.stop:
        if profile.stop:
            inference["stopSequences"] = list(sampling.stop)
        else:
            losses.add("sampling.stop")
    for word in ("seed", "presence_penalty", "frequency_penalty"):
        if getattr(sampling, word) is not None:
            losses.add(f"sampling.{word}")
    if request.user is not None:
        losses.add("user")
    return {**inference, **rest}


def _format(request: ChatRequest, profile: Profile, losses: Losses, output: dict[str, Any]) -> None:
    wanted = request.response_format
    if wanted is None or wanted.kind == "text":
        return
    if wanted.schema is None or not profile.response_format:
        losses.add("response_format")
        return
    declared: dict[str, Any] = {"schema": fields.dump(dict(wanted.schema)).decode()}
    if wanted.name:
        declared["name"] = wanted.name
    if wanted.description:
        declared["description"] = wanted.description
    output["textFormat"] = {"type": "json_schema", "structure": {"jsonSchema": declared}}
