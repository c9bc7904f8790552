"""Parts: what contents and answers are made of; thought signatures among them.

A `thoughtSignature` may stand on any part. It is kept twice: on the block it came on (``extras["gemini"]``), for clients of
this dialect, and as a Thinking block directly before it, so that it survives a client of another dialect. Sources: "Thought
signatures" in the guides of the Gemini API and of Vertex AI, Part in their references.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from hashlib import sha1
from typing import Any

from gateway.chat.request import NO_EXTRAS, Document, Extras, Image, Opaque, Origin, Text, Thinking, ToolUse
from gateway.chat.signatures import PREFIX, seal, unseal
from gateway.wire import fields
from gateway.wire.tool_names import ToolNames

NAME = "gemini"
SKIP_VALIDATION = "skip_thought_signature_validator"
DUMMIES = frozenset({SKIP_VALIDATION, "context_engineering_is_the_way_to_go"})
_SIGNED_FAMILY = re.compile(r"gemini-(?:[3-9]|[1-9]\d)|gemini-(?:pro|flash|flash-lite)-latest")
ALLOWED_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]*")
REFUSED_IN_NAME = re.compile(r"[^A-Za-z0-9_.:-]")

ModelBlock = Text | Thinking | ToolUse | Opaque | Image | Document


def wants_signatures(model: str) -> bool:
    """Gemini 3 and later answer 400 to a functionCall of the current turn without its signature."""
    return _SIGNED_FAMILY.search(model) is not None


def names(tools: Any) -> ToolNames:
    return ToolNames(tools, ALLOWED_NAME, REFUSED_IN_NAME)


def sealed_text(value: str) -> str | None:
    """The sealed text in a `thoughtSignature` a client of this dialect gives back; None for Gemini's own. The field holds
    bytes in base64, so the seal stands in base64 there."""
    if not value.startswith(_SEALED):
        return None
    try:
        text = b64decode(value).decode("ascii")
    except (Base64Error, ValueError):
        return None
    return text if unseal(text)[0] is not None else None


def open_signature(value: str) -> tuple[Origin | None, str, bool]:
    """(origin, signature, redacted) of a sealed `thoughtSignature`; (None, value, False) of any other."""
    sealed = sealed_text(value)
    if sealed is None:
        return None, value, False
    origin, signature = unseal(sealed)
    if signature.startswith(_REDACTED):
        return origin, signature[len(_REDACTED) :], True
    return origin, signature, False


_SEALED = b64encode(PREFIX.encode()[:6]).decode()
_REDACTED = "redacted:"  # inside the seal: this dialect has no other place to say it


def close_signature(signature: str, origin: Origin, *, redacted: bool = False) -> str:
    """How a signature made by `origin` is given to a client of this dialect."""
    if origin.dialect == NAME:
        return signature
    marked = _REDACTED + signature if redacted else signature
    return b64encode(seal(origin, marked).encode()).decode()


def call_id(seed: str, ordinal: int, name: str, arguments: str) -> str:
    """An id for a call that came without one: the same for the same answer, another for every turn."""
    text = "\0".join((seed, str(ordinal), name, arguments)).encode("utf-8", "surrogatepass")
    return f"call_{sha1(text, usedforsecurity=False).hexdigest()[:24]}"


def tool_use(call: Mapping[str, Any], seed: str, ordinal: int, known: ToolNames) -> ToolUse:
    wire_name = str(call.get("name") or "")
    args = call.get("args")
    arguments = fields.dump(args).decode() if isinstance(args, Mapping) else "{}"
    name, namespace = known.canonical(wire_name)
    marks: dict[str, Any] = {}
    given = call.get("id")
    if not isinstance(given, str) or not given:
        marks["id"] = None
        given = call_id(seed, ordinal, wire_name, arguments)
    if not isinstance(args, Mapping):
        marks["args"] = None
    return ToolUse(given, name, arguments, namespace=namespace, extras={NAME: marks} if marks else NO_EXTRAS)


def function_call(block: ToolUse, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    marks = block.extras.get(NAME, NO_EXTRAS)
    call: dict[str, Any] = {} if "id" in marks else {"id": block.id}
    call["name"] = name
    if arguments or "args" not in marks:
        call["args"] = dict(arguments)
    return call


def with_mark(extras: Extras, name: str, value: Any) -> Extras:
    return {**extras, NAME: {**extras.get(NAME, {}), name: value}}


def own_mark(extras: Extras, name: str) -> Any:
    own = extras.get(NAME)
    return own.get(name) if own else None


def model_blocks(parts: list[Any], seed: str, known: ToolNames) -> list[ModelBlock]:
    """The blocks of a content of role "model"."""
    out: list[ModelBlock] = []
    calls = 0
    for part in parts:
        if not isinstance(part, Mapping):
            continue
        signature = part.get("thoughtSignature")
        if part.get("thought") and "text" in part:
            out.append(_thought(part, signature))
            continue
        block: ModelBlock | None
        if isinstance(call := part.get("functionCall"), Mapping):
            block = tool_use(call, seed, calls, known)
            calls += 1
        elif isinstance(part.get("text"), str):
            block = Text(part["text"]) if part["text"] else None
        else:
            out.append(media(part))
            continue
        if isinstance(signature, str) and signature:
            block = _signed(out, block, signature)
        if block is not None:
            out.append(block)
    return out


def _thought(part: Mapping[str, Any], signature: Any) -> Thinking:
    text = str(part.get("text") or "")
    if not isinstance(signature, str) or not signature:
        return Thinking(text)
    origin, opened, _ = open_signature(signature)
    return Thinking(text, opened, origin=origin, extras={NAME: {"signed": True}} if origin is None else NO_EXTRAS)


def _signed(out: list[ModelBlock], block: Text | ToolUse | None, signature: str) -> Text | ToolUse | None:
    """Put `signature` before `block`, and on it where it is Gemini's own."""
    origin, opened, redacted = open_signature(signature)
    if origin is None and block is not None:
        if isinstance(block, Text):
            block = Text(block.text, with_mark(block.extras, "thoughtSignature", signature))
        else:
            block = ToolUse(
                block.id,
                block.name,
                block.arguments,
                block.kind,
                block.namespace,
                with_mark(block.extras, "thoughtSignature", signature),
            )
    if opened in DUMMIES:
        return block
    last = out[-1] if out else None
    if isinstance(last, Thinking) and last.signature is None and block is not None and not redacted:
        out[-1] = Thinking(last.text, opened, origin=origin)
    else:
        out.append(Thinking("", opened, redacted=redacted, origin=origin))
    return block


def media(part: Mapping[str, Any]) -> Image | Document | Opaque:
    """A part that is neither text nor call. Pictures and files become blocks, the rest (audio, video, code execution, parts
    with settings of their own) stays as it is."""
    (kind,) = [name for name in part if name not in ("thoughtSignature", "thought", "partMetadata")][:1] or ("unknown",)
    value = part.get(kind)
    if len(part) == 1 and isinstance(value, Mapping):
        if kind == "inlineData" and set(value) <= {"mimeType", "data"} and isinstance(value.get("data"), str):
            mime = str(value.get("mimeType") or "")
            if mime.startswith("image/"):
                return Image(mime, data=value["data"])
            if not mime.startswith(("audio/", "video/")):
                return Document(mime or None, data=value["data"])
        if kind == "fileData" and set(value) <= {"mimeType", "fileUri"} and isinstance(value.get("fileUri"), str):
            mime = str(value.get("mimeType") or "")
            if mime.startswith("image/"):
                return Image(mime, url=value["fileUri"])
            if mime and not mime.startswith(("audio/", "video/")):
                return Document(mime, url=value["fileUri"])
    return Opaque(NAME, kind, dict(part))


_MIME_BY_ENDING = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heif",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "md": "text/markdown",
    "html": "text/html",
}


def media_part(block: Image | Document) -> dict[str, Any] | None:
    """The part for a picture or file; None where its source means nothing here (a file id of another vendor)."""
    fallback = "image/jpeg" if isinstance(block, Image) else "application/pdf"
    if block.data is not None:
        return {"inlineData": {"mimeType": block.media_type or fallback, "data": block.data}}
    if isinstance(block, Document) and block.text is not None:
        return {"text": f"{block.title}\n{block.text}" if block.title else block.text}
    if block.url is not None:
        ending = block.url.split("?", 1)[0].rsplit(".", 1)[-1].lower()
        return {
            "fileData": {"mimeType": block.media_type or _MIME_BY_ENDING.get(ending, fallback), "fileUri": block.url}
        }
    return None
