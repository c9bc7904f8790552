"""Reading the parts of a message's content: OpenAI's own, and the Anthropic and Responses shapes some clients put into a
chat body (CUR-2, CUR-3). What has no canonical form stays as an `Opaque` of this dialect."""

from __future__ import annotations

from typing import Any

from gateway.chat.errors import BadRequest
from gateway.chat.request import Block, Document, Image, Opaque, Text, Thinking, ToolResult, ToolUse
from gateway.chat.signatures import unseal
from gateway.wire import fields

from . import notes

_TEXTS = frozenset({"text", "input_text", "output_text"})


def decode_content(value: Any, path: str) -> tuple[Block, ...]:
    """The blocks of a content field: a string, a list of parts, or null."""
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return (Text(value),)
    if not isinstance(value, list):
        raise BadRequest(f"{path}: must be a string or a list of parts", param=path)
    return tuple(decode_part(part, f"{path}[{number}]") for number, part in enumerate(value))


def decode_part(value: Any, path: str) -> Block:
    part = fields.mapping(value, path)
    kind = fields.text(part, "type", f"{path}.", required=True) or ""
    if kind in _TEXTS:
        text = fields.text(part, "text", f"{path}.", required=True) or ""
        if len(part) == 2:
            return Text(text)
        return Text(text, notes.keep(fields.rest(part, frozenset({"type", "text", "annotations", "logprobs"}))))
    if kind in ("image_url", "input_image"):
        return _image(part, path)
    if kind in ("file", "input_file"):
        return _file(part, path)
    if kind == "refusal":
        text = fields.text(part, "refusal", f"{path}.", required=True) or ""
        return Text(text, notes.keep({}, {"refusal": "part"}))
    if kind in ("image", "document") and isinstance(part.get("source"), dict):
        return _sourced(kind, part, path)
    if kind == "tool_use" and "name" in part:
        return _tool_use(part, path)
    if kind == "tool_result" and "tool_use_id" in part:
        return _tool_result(part, path)
    if kind == "thinking" and isinstance(part.get("thinking"), str):
        origin, signature = unseal(part.get("signature") or "")
        return Thinking(part["thinking"], signature if origin else None, origin=origin)
    return Opaque(notes.NAME, kind, part)


def split_data_url(url: str) -> tuple[str, str] | None:
    """(media type, base64) of ``data:<media type>;base64,<data>``; None for any other URL."""
    if url[:5] != "data:":
        return None
    head, comma, data = url.partition(",")
    if not comma or not head.endswith(";base64"):
        return None
    return head[5:-7], data


def _image(part: dict[str, Any], path: str) -> Image:
    value = part.get("image_url")
    shape: dict[str, Any] = {}
    inner: dict[str, Any] = {}
    if isinstance(value, str):
        url, detail = value, part.get("detail")
        shape["flat"] = True
    elif isinstance(value, dict):
        url, detail = fields.text(value, "url", f"{path}.image_url.", required=True) or "", value.get("detail")
        inner = fields.rest(value, frozenset({"url", "detail"}))
    elif isinstance(part.get("file_id"), str):
        return Image(file_id=part["file_id"])
    else:
        raise BadRequest(f"{path}.image_url: field required", param=f"{path}.image_url")
    if inner:
        shape["inner"] = inner
    extras = notes.keep(fields.rest(part, frozenset({"type", "image_url", "detail", "file_id"})), shape)
    detail = detail if isinstance(detail, str) else None
    data = split_data_url(url)
    if data is not None:
        return Image(data[0] or None, data[1], detail=detail, extras=extras)
    if not url:
        raise BadRequest(f"{path}.image_url.url: must not be empty", param=f"{path}.image_url.url")
    return Image(url=url, detail=detail, extras=extras)


def _file(part: dict[str, Any], path: str) -> Document:
    nested = part.get("file")
    file = fields.mapping(nested, f"{path}.file") if nested is not None else part
    path = f"{path}.file." if nested is not None else f"{path}."
    known = frozenset({"type", "file", "file_data", "file_id", "file_url", "filename"})
    inner = fields.rest(file, known) if file is not part else {}
    shape: dict[str, Any] = {"inner": inner} if inner else {}
    title = fields.text(file, "filename", path)
    data, file_id, url = (fields.text(file, name, path) for name in ("file_data", "file_id", "file_url"))
    if data is not None:
        parted = split_data_url(data)
        if parted is None:
            shape["bare"] = True
        extras = notes.keep(fields.rest(part, known), shape)
        media_type, data = parted or ("application/pdf", data)
        return Document(media_type or None, data, title=title, extras=extras)
    extras = notes.keep(fields.rest(part, known), shape)
    if file_id is not None:
        return Document(file_id=file_id, title=title, extras=extras)
    if url is not None:
        return Document(url=url, title=title, extras=extras)
    raise BadRequest(f"{path}file_data: field required", param=f"{path}file_data")


def _sourced(kind: str, part: dict[str, Any], path: str) -> Block:
    """An Anthropic image or document block."""
    source = part["source"]
    extras = notes.keep({"cache_control": part["cache_control"]} if "cache_control" in part else {})
    media_type, data, url = source.get("media_type"), source.get("data"), source.get("url")
    form = source.get("type")
    if form == "url" and isinstance(url, str):
        return Image(url=url, extras=extras) if kind == "image" else Document(url=url, extras=extras)
    if not isinstance(data, str):
        raise BadRequest(f"{path}.source: needs data or url", param=f"{path}.source")
    if kind == "image":
        return Image(media_type, data, extras=extras)
    if form == "text":
        return Document(media_type, text=data, title=part.get("title"), extras=extras)
    return Document(media_type, data, title=part.get("title"), extras=extras)


def _tool_use(part: dict[str, Any], path: str) -> ToolUse:
    arguments = part.get("input")
    return ToolUse(
        fields.text(part, "id", f"{path}.", required=True) or "",
        fields.text(part, "name", f"{path}.", required=True) or "",
        arguments if isinstance(arguments, str) else fields.dump(arguments or {}).decode(),
    )


def _tool_result(part: dict[str, Any], path: str) -> ToolResult:
    blocks = decode_content(part.get("content"), f"{path}.content")
    content = tuple(block for block in blocks if isinstance(block, Text | Image | Document | Opaque))
    return ToolResult(
        fields.text(part, "tool_use_id", f"{path}.", required=True) or "",
        content,
        fields.boolean(part, "is_error", f"{path}."),
    )
