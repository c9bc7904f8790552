"""Amazon Bedrock Converse and ConverseStream: the service model that botocore ships (bedrock-runtime) and
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html."""

from __future__ import annotations

import base64
import functools
from typing import Any

from tests.fakes.script import Reply, Text, Thinking, ToolCall, pieces

from .base import Json, Refused, Seen, Turn, dumps, parsed
from .eventstream import message

name = "bedrock_converse"
stream_type = "application/vnd.amazon.eventstream"

STOPS = {"end": "end_turn", "tool": "tool_use", "length": "max_tokens", "stop_sequence": "stop_sequence"}
STOPS |= {"refusal": "content_filtered", "filter": "guardrail_intervened", "context": "model_context_window_exceeded"}
ERRORS = {400: "ValidationException", 403: "AccessDeniedException", 404: "ResourceNotFoundException"}
ERRORS |= {408: "ModelTimeoutException", 424: "ModelErrorException", 429: "ThrottlingException"}
ERRORS |= {500: "InternalServerException", 503: "ServiceUnavailableException"}
TOP = {"messages", "system", "inferenceConfig", "toolConfig", "guardrailConfig", "additionalModelRequestFields"}
TOP |= {"promptVariables", "additionalModelResponseFieldPaths", "requestMetadata", "performanceConfig", "serviceTier"}
TOP |= {"outputConfig"}


def usage(reply: Reply) -> Json:
    u = reply.usage
    written = u.cache_write_5m + u.cache_write_1h
    details = [{"ttl": ttl, "inputTokens": n} for ttl, n in (("1h", u.cache_write_1h), ("5m", u.cache_write_5m)) if n]
    told: Json = {"inputTokens": u.input, "outputTokens": u.output, "totalTokens": u.prompt + u.output}
    told |= {"cacheReadInputTokens": u.cache_read, "cacheWriteInputTokens": written}
    return told | ({"cacheDetails": details} if details else {})


def _sealed(signature: str) -> str:
    return base64.b64encode(signature.encode()).decode()


def block(part: Text | Thinking | ToolCall, turn: Turn) -> Json:
    if isinstance(part, Text):
        return {"text": part.text}
    if isinstance(part, Thinking):
        if part.redacted:
            return {"reasoningContent": {"redactedContent": _sealed(turn.sign(part))}}
        return {"reasoningContent": {"reasoningText": {"text": part.text, "signature": turn.sign(part)}}}
    made = part.id or turn.fresh("tooluse_")[:30]
    return {"toolUse": {"toolUseId": made, "name": part.name, "input": parsed(part.text)}}


def whole(reply: Reply, turn: Turn) -> Json:
    said = {"role": "assistant", "content": [block(part, turn) for part in reply.parts]}
    body: Json = {"output": {"message": said}, "stopReason": STOPS[reply.finish], "metrics": {"latencyMs": 12}}
    return body | _tier(reply) | ({"usage": usage(reply)} if reply.usage.reported else {})


def _tier(reply: Reply) -> Json:
    return {"serviceTier": {"type": reply.usage.tier}} if reply.usage.tier else {}


def _event(kind: str, body: Json) -> bytes:
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return message(headers, dumps({**body, "p": "abcdefghij"[: len(kind) % 10]}))


def _deltas(part: Text | Thinking | ToolCall, turn: Turn) -> list[Json]:
    bits = pieces(part.text, part.fragments)
    if isinstance(part, Text):
        return [{"text": bit} for bit in bits]
    if isinstance(part, ToolCall):
        return [{"toolUse": {"input": bit}} for bit in bits]
    signature = turn.sign(part)
    if part.redacted:
        return [{"reasoningContent": {"redactedContent": _sealed(signature)}}]
    out: list[Json] = [{"reasoningContent": {"text": bit}} for bit in bits]
    return out + ([{"reasoningContent": {"signature": signature}}] if signature else [])


def frames(reply: Reply, turn: Turn) -> list[bytes]:
    """Only tool use has a contentBlockStart: text and reasoning begin with their first delta."""
    out = [_event("messageStart", {"role": "assistant"})]
    for index, part in enumerate(reply.parts):
        if isinstance(part, ToolCall):
            made = block(part, turn)["toolUse"]
            start = {"toolUse": {"toolUseId": made["toolUseId"], "name": made["name"]}}
            out.append(_event("contentBlockStart", {"contentBlockIndex": index, "start": start}))
        for delta in _deltas(part, turn):
            out.append(_event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta}))
        out.append(_event("contentBlockStop", {"contentBlockIndex": index}))
    out.append(_event("messageStop", {"stopReason": STOPS[reply.finish]}))
    metadata: Json = {"metrics": {"latencyMs": 12}, **_tier(reply)}
    if reply.usage.reported:
        metadata["usage"] = usage(reply)
    return [*out, _event("metadata", metadata)]


def error(status: int, message: str, kind: str | None) -> tuple[list[tuple[str, str]], Json]:
    named = kind or ERRORS.get(status, "InternalServerException")
    return [("x-amzn-errortype", f"{named}:http://internal.amazon.com/"), ("x-amzn-requestid", "req-fake")], {
        "message": message
    }


def stream_error(status: int, text: str) -> bytes:
    named = ERRORS.get(status, "ServiceUnavailableException")
    kind = named[0].lower() + named[1:]
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return message(headers, dumps({"message": text}))


def unknown_event() -> bytes:
    return _event("telemetryHint", {"value": 1})


# ---- strict


@functools.cache
def _shape() -> Any:
    """Converse as AWS describes it: imported late, it costs half a second."""
    import botocore.session  # type: ignore[import-untyped]

    model = botocore.session.get_session().get_service_model("bedrock-runtime")
    return model.operation_model("Converse").input_shape


def check(turn: Turn) -> None:
    body = turn.body
    from botocore.validate import ParamValidator  # type: ignore[import-untyped]

    report = ParamValidator().validate({**body, "modelId": turn.model}, _shape())
    if report.has_errors():
        raise Refused(f"Malformed input request: {report.generate_report()}")
    for field in sorted(set(body) - TOP):
        raise Refused(f"1 validation error detected: unknown member '{field}'.")
    messages = body.get("messages") or []
    if not messages or messages[0].get("role") != "user":
        raise Refused(
            "A conversation must start with a user message. Try again with a conversation that starts with a user message."
        )
    blocks = [b for m in messages for b in m.get("content") or []]
    if any("toolUse" in b or "toolResult" in b for b in blocks) and not (body.get("toolConfig") or {}).get("tools"):
        raise Refused("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
    if body.get("toolConfig") is not None and not body["toolConfig"].get("tools"):
        raise Refused(
            "1 validation error detected: Value at 'toolConfig.tools' failed to satisfy constraint: at least 1."
        )
    for index, block_ in enumerate(body.get("system") or []):
        if "text" in block_ and not block_["text"].strip():
            raise Refused(f"The text field in the SystemContentBlock object at system.{index} is blank.")
    offered: list[str] = []
    role = ""
    for index, said in enumerate(messages):
        if said.get("role") == role:
            raise Refused("A conversation must alternate between user and assistant roles.")
        role = said.get("role", "")
        offered = _message(turn, index, said, offered)
    if offered:
        raise Refused(
            f"Expected toolResult blocks at messages.{len(messages)}.content for the following Ids: {', '.join(offered)}"
        )


def _message(turn: Turn, index: int, said: Json, offered: list[str]) -> list[str]:
    content = said.get("content")
    if not content:
        raise Refused(
            f"The content field in the Message object at messages.{index} is empty. Add a ContentBlock object."
        )
    answered = []
    for at, block_ in enumerate(content):
        where = f"messages.{index}.content.{at}"
        if "text" in block_ and not block_["text"].strip():
            raise Refused(
                f"The text field in the ContentBlock object at {where} is blank. Add text to the text field, and try again."
            )
        if "toolResult" in block_:
            answered.append(block_["toolResult"]["toolUseId"])
            if block_["toolResult"].get("status") == "error" and not block_["toolResult"].get("content"):
                raise Refused(f"The content field at {where}.toolResult cannot be empty when status value is error.")
        thought = (block_.get("reasoningContent") or {}).get("reasoningText")
        if thought is not None:
            issued = turn.signatures.get(thought.get("signature"))
            if issued is None or issued.text != thought.get("text"):
                raise Refused(
                    f"The model returned the following errors: {where}: Invalid `signature` in `thinking` block"
                )
    if sorted(answered) != sorted(offered):
        if [a for a in answered if a not in offered]:
            raise Refused(
                f"The number of toolResult blocks at messages.{index}.content exceeds the number of toolUse blocks of "
                "previous turn."
            )
        raise Refused(
            f"Expected toolResult blocks at messages.{index}.content for the following Ids: {', '.join(offered)}"
        )
    return [b["toolUse"]["toolUseId"] for b in content if "toolUse" in b]


def seen(body: Json) -> Seen:
    tools: dict[str, Any] = {}
    for tool in (body.get("toolConfig") or {}).get("tools") or []:
        if "toolSpec" in tool:
            tools[tool["toolSpec"]["name"]] = (tool["toolSpec"].get("inputSchema") or {}).get("json") or {}
    results, said = 0, [b["text"] for b in body.get("system") or [] if "text" in b]
    for entry in body.get("messages") or []:
        results += sum(1 for b in entry.get("content") or [] if "toolResult" in b)
        if entry.get("role") == "user":
            said += [b["text"] for b in entry.get("content") or [] if "text" in b]
    return Seen(tools, results, "\n".join(said))
