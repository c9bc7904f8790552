"""Gemini generateContent / streamGenerateContent: https://ai.google.dev/api/generate-content,
https://ai.google.dev/gemini-api/docs/thought-signatures. Vertex speaks the same under its own paths."""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.script import Reply, Text, Thinking, ToolCall, pieces

from .base import Json, Refused, Seen, Turn, dumps, parsed, sse

name = "gemini"
stream_type = "text/event-stream"

STOPS = {"end": "STOP", "tool": "STOP", "length": "MAX_TOKENS", "stop_sequence": "STOP", "refusal": "SAFETY"}
STOPS |= {"filter": "PROHIBITED_CONTENT", "context": "MAX_TOKENS"}
ERRORS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
ERRORS |= {429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}
SKIP = ("skip_thought_signature_validator", "context_engineering_is_the_way_to_go")
SCHEMA = {
    "type",
    "format",
    "title",
    "description",
    "nullable",
    "enum",
    "maxItems",
    "minItems",
    "properties",
    "required",
}
SCHEMA |= {
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "pattern",
    "example",
    "anyOf",
    "propertyOrdering",
}
SCHEMA |= {"default", "items", "minimum", "maximum"}
PARTS = {"text", "thought", "thoughtSignature", "inlineData", "fileData", "functionCall", "functionResponse"}
PARTS |= {"executableCode", "codeExecutionResult", "videoMetadata", "partMetadata", "mediaResolution"}
URL_SAFE = str.maketrans("-_", "+/")
SNAKE = re.compile("_([a-z])")


def usage(reply: Reply) -> Json:
    u = reply.usage
    told: Json = {"promptTokenCount": u.prompt, "candidatesTokenCount": u.output - u.reasoning}
    told |= {"totalTokenCount": u.prompt + u.output}
    if u.cache_read:
        told["cachedContentTokenCount"] = u.cache_read
    if u.reasoning:
        told["thoughtsTokenCount"] = u.reasoning
    if u.tier:
        told["trafficType"] = f"ON_DEMAND_{u.tier.upper()}"
    return told


def _parts(reply: Reply, turn: Turn) -> list[list[Json]]:
    """The stream pieces of each part. Gemini sends a call whole; its signature sits on the first call of a step."""
    signing = next((p.signature for p in reply.parts if isinstance(p, Thinking) and p.signature), None)
    out: list[list[Json]] = []
    signed = False
    for part in reply.parts:
        if isinstance(part, Text):
            out.append([{"text": bit} for bit in pieces(part.text, part.fragments)])
        elif isinstance(part, Thinking):
            out.append([{"text": bit, "thought": True} for bit in pieces(part.text, part.fragments)])
        else:
            call: Json = {"name": part.name, "args": parsed(part.text)}
            if part.id:
                call["id"] = part.id
            piece: Json = {"functionCall": call}
            if not signed and _signs(turn.model):
                piece["thoughtSignature"] = signing or turn.signatures.make(turn.model, part.name)
                signed = True
            out.append([piece])
    return out


def _signs(model: str) -> bool:
    return re.match(r"gemini-([3-9]|\d\d)", model) is not None


def _answer(reply: Reply, turn: Turn, parts: list[Json], *, last: bool) -> Json:
    candidate: Json = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if last:
        candidate["finishReason"] = STOPS[reply.finish]
    body: Json = {
        "candidates": [candidate],
        "modelVersion": reply.model or turn.model,
        "responseId": reply.id or "fakeResponse",
    }
    if reply.usage.reported:
        body["usageMetadata"] = usage(reply)
    return body


def whole(reply: Reply, turn: Turn) -> Json:
    merged: list[Json] = []
    for part, bits in zip(reply.parts, _parts(reply, turn), strict=True):
        if isinstance(part, ToolCall):
            merged += bits
        elif bits:
            merged.append({**bits[0], "text": part.text})
    return _answer(reply, turn, merged, last=True)


def frames(reply: Reply, turn: Turn) -> list[bytes]:
    bits = [bit for part in _parts(reply, turn) for bit in part]
    bodies = [_answer(reply, turn, [bit], last=False) for bit in bits]
    bodies.append(_answer(reply, turn, [{"text": ""}], last=True))
    if "alt=sse" in turn.query:
        return [sse(body) for body in bodies]
    opened = [(b"[" if not i else b",\r\n") + dumps(body) for i, body in enumerate(bodies)]
    return [*opened, b"]"]


def error(status: int, message: str, kind: str | None) -> tuple[list[tuple[str, str]], Json]:
    return [], {"error": {"code": status, "message": message, "status": kind or ERRORS.get(status, "INTERNAL")}}


def stream_error(status: int, message: str) -> bytes:
    return sse(error(status, message, None)[1])


def unknown_event() -> bytes:
    return sse({"telemetryHint": 1})


# ---- strict


def check(turn: Turn) -> None:
    body = turn.body
    contents = _get(body, "contents")
    if not contents:
        raise Refused("* GenerateContentRequest.contents: contents is not specified")
    for field in ("messages", "max_tokens", "temperature", "system", "stream", "model"):
        if field in body:
            raise Refused(f'Invalid JSON payload received. Unknown name "{field}": Cannot find field.')
    for t, tool in enumerate(body.get("tools") or []):
        for f, function in enumerate(_get(tool, "functionDeclarations") or []):
            where = f"tools[{t}].function_declarations[{f}]"
            if not re.fullmatch(r"[A-Za-z_][\w.:-]{0,63}", function.get("name", "")):
                raise Refused(f"* GenerateContentRequest.{where}.name: [FIELD_INVALID] Invalid function name.")
            if "parameters" in function:
                _schema(function["parameters"], f"{where}.parameters")
    _turns(turn, contents)


def _get(node: Json, field: str) -> Any:
    """A field in camelCase or snake_case: protobuf JSON takes both."""
    return next((value for key, value in node.items() if SNAKE.sub(lambda m: m[1].upper(), key) == field), None)


def _schema(node: Json, where: str) -> None:
    for key in node:
        if SNAKE.sub(lambda m: m[1].upper(), key) not in SCHEMA:
            raise Refused(f"Invalid JSON payload received. Unknown name \"{key}\" at '{where}': Cannot find field.")
    if isinstance(node.get("type"), list):
        raise Refused(f"Proto field is not repeating, cannot start list. ('{where}.type')")
    if str(node.get("type", "")).upper() == "ARRAY" and "items" not in node:
        raise Refused(f"* GenerateContentRequest.{where}.items: missing field.")
    if "enum" in node and str(node.get("type", "")).upper() not in ("STRING", "INTEGER", "NUMBER"):
        raise Refused(f"* GenerateContentRequest.{where}.enum: only allowed for STRING type")
    for key, child in (node.get("properties") or {}).items():
        _schema(child, f"{where}.properties[{key}].value")
    if isinstance(node.get("items"), dict):
        _schema(node["items"], f"{where}.items")
    for index, child in enumerate(node.get("anyOf") or node.get("any_of") or []):
        _schema(child, f"{where}.any_of[{index}]")


def _turns(turn: Turn, contents: list[Json]) -> None:
    before: Json = {}
    for index, content in enumerate(contents):
        if content.get("role", "user") not in ("user", "model"):
            raise Refused("Please use a valid role: user, model.")
        if index and content.get("role") == before.get("role"):
            raise Refused("Please ensure that multiturn requests alternate between user and model.")
        parts = content.get("parts") or []
        if not parts:
            raise Refused(f"* GenerateContentRequest.contents[{index}].parts: contents.parts must not be empty.")
        for part in parts:
            for key in part:
                if SNAKE.sub(lambda m: m[1].upper(), key) not in PARTS:
                    raise Refused(f"Invalid JSON payload received. Unknown name \"{key}\" at 'contents[{index}].parts'")
            if not any(_get(part, key) is not None for key in PARTS - {"thought", "thoughtSignature"}):
                raise Refused(
                    f"* GenerateContentRequest.contents[{index}].parts: required oneof field 'data' must be set"
                )
        called = sum(1 for part in before.get("parts") or [] if _get(part, "functionCall"))
        answered = sum(1 for part in parts if _get(part, "functionResponse"))
        if called != answered:
            raise Refused(
                "Please ensure that the number of function response parts is equal to the number of function call parts of "
                "the function call turn."
            )
        _signed(turn, contents, index, parts)
        before = content


def _signed(turn: Turn, contents: list[Json], index: int, parts: list[Json]) -> None:
    """Gemini 3 wants its signature on the first call of each step of the current turn."""
    calls = [part for part in parts if _get(part, "functionCall")]
    if not calls or not _signs(turn.model) or index < _turn_start(contents):
        return
    signature = _get(calls[0], "thoughtSignature")
    if not signature:
        raise Refused(
            "Function call is missing a thought_signature in functionCall parts. This is required for tools to work "
            "correctly, and missing thought_signature may lead to degraded model performance. Additional data, function "
            f"call `default_api:{_get(calls[0], 'functionCall')['name']}` , position {index + 1}."
        )
    # A bytes field: protobuf JSON takes both base64 alphabets, and Google's own SDK sends back the other one.
    if signature not in SKIP and turn.signatures.get(str(signature).translate(URL_SAFE)) is None:
        raise Refused("Corrupted thought signature.")


def _turn_start(contents: list[Json]) -> int:
    """The last user message that is not only function responses: a step before it is not checked."""
    starts = [
        i
        for i, content in enumerate(contents)
        if content.get("role", "user") == "user"
        and not all(_get(p, "functionResponse") for p in content.get("parts") or [])
    ]
    return max(starts, default=0)


def seen(body: Json) -> Seen:
    tools: dict[str, Any] = {}
    for tool in body.get("tools") or []:
        for function in _get(tool, "functionDeclarations") or []:
            tools[function["name"]] = _get(function, "parametersJsonSchema") or function.get("parameters") or {}
    results, said = 0, []
    for content in [_get(body, "systemInstruction") or {}, *(body.get("contents") or [])]:
        parts = content.get("parts") or []
        results += sum(1 for part in parts if _get(part, "functionResponse"))
        if content.get("role") != "model":
            said += [part["text"] for part in parts if isinstance(part.get("text"), str)]
    wanted = (_get(_get(body, "generationConfig") or {}, "responseMimeType")) == "application/json"
    return Seen(tools, results, "\n".join(said), wanted)
