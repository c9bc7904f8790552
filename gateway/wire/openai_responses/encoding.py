"""A `ChatRequest` to a body for a provider that speaks this dialect.

What the target does not take is left out and named in the losses: stop sequences (there is no field for them), top_k,
seed and penalties, thinking that others made, fields outside `Profile.fields`. The quirk word "flat_tools" is for
servers that know neither namespaces nor `additional_tools`: their tools move to the `tools` field under flat names.
"""

from __future__ import annotations

import hashlib
from typing import Any

from gateway.chat.request import ChatRequest, ResponseFormat, ThinkingConfig
from gateway.wire.dialect import Encoded
from gateway.wire.losses import foreign_fields
from gateway.wire.profile import Profile

from .input_items import ItemWriter
from .names import NAME, flat_name, own, short_name
from .requests import EFFORTS
from .tools import ToolLayout, encode_tool

LEAST_OUTPUT_TOKENS = 16
ENCRYPTED = "reasoning.encrypted_content"
SUMMARIES = ("auto", "concise", "detailed")
SHARED_WITH_CHAT = frozenset(
    ("prompt_cache_key", "prompt_cache_retention", "safety_identifier", "service_tier", "metadata")
)


def encode_request(request: ChatRequest, profile: Profile) -> Encoded:
    """In the same dialect the body comes out as it came in, but for what the profile forbids. Requests of other dialects
    are stateless: ``store: false``, encrypted reasoning asked for (CDX-2)."""
    same = request.dialect == NAME
    kept = dict(own(request.extras))
    layout = kept.pop("_layout", {})
    losses: list[str] = []
    if profile.fields is not None:
        for name in [name for name in kept if name not in profile.fields]:
            del kept[name]
            losses.append(name)
    flat = not same or "flat_tools" in profile.quirks
    stateless = not same or kept.get("store") is False
    writer = ItemWriter(request, profile, stateless=stateless, flat=flat)
    instructions = writer.system(request.system)
    for number, message in enumerate(request.messages):
        writer.message(number, message)
    body: dict[str, Any] = {"model": profile.model}
    if instructions is not None:
        body["instructions"] = instructions
    _input(body, request, writer.items, layout)
    if profile.tools:
        _tools(body, request, profile, layout, losses, flat=flat)
        _tool_choice(body, request, profile, flat=flat)
    elif request.tools:
        losses.append("tools")
    if request.parallel_tool_calls is not None:
        if profile.parallel_tools and (same or "tools" in body):
            body["parallel_tool_calls"] = request.parallel_tool_calls
        else:
            losses.append("parallel_tool_calls")
    _sampling(body, request, profile, losses)
    _reasoning(body, request.thinking, profile, kept, losses)
    _text(body, request.response_format, profile, kept, losses)
    _rest(body, request, kept, losses, reasons=profile.thinking != "none")
    losses.extend(writer.losses)
    return Encoded(body, tuple(dict.fromkeys(losses)))


def _input(body: dict[str, Any], request: ChatRequest, items: list[dict[str, Any]], layout: dict[str, Any]) -> None:
    if "input" in layout and not items:
        return
    if len(items) == 1 and len(request.messages) == 1 and request.messages[0].blocks:
        first = request.messages[0].blocks[0]
        extras = getattr(first, "extras", None)
        if extras and own(extras).get("item") == "input":
            body["input"] = getattr(first, "text", "")
            return
    body["input"] = items


def _tools(
    body: dict[str, Any],
    request: ChatRequest,
    profile: Profile,
    layout: dict[str, Any],
    losses: list[str],
    *,
    flat: bool,
) -> None:
    same = request.dialect == NAME
    if not flat and ("tools" in layout or "additional" in layout):
        writer = ToolLayout(request.tools, custom=profile.custom_tools)
        declared = writer.entries(layout.get("tools", ()))
        for group in layout.get("additional", ()):
            tools = writer.entries(group["tools"])
            if tools or not group["tools"]:
                body["input"].insert(group["at"], {**group["item"], "tools": tools})
        declared += writer.added()
        if declared or layout.get("tools") == []:
            body["tools"] = declared
        return
    declared = []
    for number, tool in enumerate(request.tools):
        one = encode_tool(tool, same=same, custom=profile.custom_tools, flat=flat)
        if one is None:
            losses.append(f"tools[{number}].{tool.name}")
        else:
            declared.append(one)
            losses.extend(f"tools.{name}" for _, name, _ in foreign_fields(tool.extras, NAME))
    if declared:
        body["tools"] = declared


def _tool_choice(body: dict[str, Any], request: ChatRequest, profile: Profile, *, flat: bool) -> None:
    choice = request.tool_choice
    if choice is None or not request.tools:
        if choice is not None and request.dialect == NAME:
            body["tool_choice"] = {"any": "required"}.get(choice.mode, choice.mode)
        return
    kept = own(choice.extras)
    if (
        "raw" in kept
        and not flat
        and (profile.custom_tools or kept["raw"].get("type") != "custom")
        and kept.get("name") == choice.name
    ):
        body["tool_choice"] = kept["raw"]
    elif choice.mode == "tool" and choice.name is not None:
        tool = next((tool for tool in request.tools if tool.name == choice.name), None)
        if tool is None:
            return
        name = flat_name(tool.name, tool.namespace) if flat else short_name(tool.name)
        custom = tool.kind == "custom" and profile.custom_tools
        body["tool_choice"] = {"type": "custom" if custom else "function", "name": name}
    else:
        body["tool_choice"] = "required" if choice.mode == "any" else choice.mode


def _sampling(body: dict[str, Any], request: ChatRequest, profile: Profile, losses: list[str]) -> None:
    sampling = request.sampling
    for name in ("temperature", "top_p"):
        value = getattr(sampling, name)
        if value is None:
            continue
        if profile.sampling:
            body[name] = value
        else:
            losses.append(f"sampling.{name}")
    for name in ("top_k", "seed", "presence_penalty", "frequency_penalty"):
        if getattr(sampling, name) is not None:
            losses.append(f"sampling.{name}")
    if sampling.stop:
        losses.append("sampling.stop")
    limit = request.max_tokens
    if limit is not None:
        if request.dialect != NAME and limit < LEAST_OUTPUT_TOKENS:
            limit = LEAST_OUTPUT_TOKENS  # less is refused here; others allow 1 (quota probes)
            losses.append("max_tokens")
        if profile.max_output_tokens is not None:
            limit = min(limit, profile.max_output_tokens)
        body["max_output_tokens"] = limit


def nearest_effort(wanted: str, offered: tuple[str, ...]) -> str | None:
    """The offered effort nearest to `wanted`, the weaker of two as near; None if none is offered."""
    if not offered or wanted in offered:
        return wanted if offered else None
    place = EFFORTS.index(wanted)
    return min(offered, key=lambda word: (abs(EFFORTS.index(word) - place), EFFORTS.index(word)))


def _effort_of(thinking: ThinkingConfig) -> str | None:
    if thinking.effort is not None:
        return thinking.effort
    if thinking.mode == "disabled":
        return "none"
    if thinking.mode == "enabled" and thinking.budget_tokens is not None:
        return "low" if thinking.budget_tokens <= 4096 else "medium" if thinking.budget_tokens <= 16_384 else "high"
    return None


def _reasoning(
    body: dict[str, Any], thinking: ThinkingConfig | None, profile: Profile, kept: dict[str, Any], losses: list[str]
) -> None:
    rest = kept.pop("reasoning", None)
    if profile.thinking == "none":
        if rest or (thinking is not None and thinking.mode != "disabled"):
            losses.append("thinking")
        return
    reasoning = dict(rest) if rest is not None else {}
    if thinking is not None:
        wanted = _effort_of(thinking)
        effort = nearest_effort(wanted, profile.efforts) if wanted else None
        if effort is not None:
            reasoning["effort"] = effort
        if thinking.effort is not None and effort != thinking.effort:
            losses.append("thinking.effort")
        if thinking.summary is not None and thinking.summary not in ("omitted", "none"):
            reasoning["summary"] = thinking.summary if thinking.summary in SUMMARIES else "auto"
    if reasoning or rest is not None:
        body["reasoning"] = reasoning


def _text(
    body: dict[str, Any], wanted: ResponseFormat | None, profile: Profile, kept: dict[str, Any], losses: list[str]
) -> None:
    text = dict(kept["text"]) if isinstance(kept.get("text"), dict) else None
    if text is not None:
        del kept["text"]
    if wanted is not None and not profile.response_format and wanted.kind != "text":
        losses.append("response_format")
        if text is not None:
            text.pop("format", None)
    elif wanted is not None:
        text = text or {}
        written: dict[str, Any] = {"type": wanted.kind, **text.get("format", {})}
        if wanted.kind == "json_schema":
            written["name"] = short_name(wanted.name) if wanted.name else "response"
            written["schema"] = wanted.schema if wanted.schema is not None else {}
            for name in ("strict", "description"):
                value = getattr(wanted, name)
                if value is not None:
                    written[name] = value
        text["format"] = written
    if text is not None:
        body["text"] = text


def _rest(
    body: dict[str, Any], request: ChatRequest, kept: dict[str, Any], losses: list[str], *, reasons: bool
) -> None:
    """Everything else: what this dialect kept, or for a request of another dialect what statelessness needs."""
    same = request.dialect == NAME
    if request.stream:
        body["stream"] = True
    if request.user is not None:
        user = request.user
        if not same and len(user) > 64:
            user = hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()
        body["user"] = user
    if not same:
        body["store"] = False
        if reasons:
            body["include"] = [ENCRYPTED]
    for name, value in kept.items():
        body.setdefault(name, value)
    for dialect, name, value in foreign_fields(request.extras, NAME):
        if dialect == "openai_chat" and name in SHARED_WITH_CHAT:
            body.setdefault(name, value)
        elif dialect == "openai_chat" and name == "verbosity" and isinstance(value, str):
            body.setdefault("text", {})["verbosity"] = value
        else:
            losses.append(name)
