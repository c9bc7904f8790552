"""Content parts (input_text, input_image, input_file, output_text, refusal), both directions.

Source: OpenAI API reference, "Create a model response", `input` and `output`; types of the openai Python SDK 3.54.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import BadRequest
from gateway.chat.request import NO_EXTRAS, Document, Extras, Image, Opaque, Text
from gateway.wire import fields

from .names import NAME, own

Part = Text | Image | Document | Opaque

TEXT_TYPES = {"input_text": "text", "output_text": "text", "text": "text", "refusal": "refusal"}
DEFAULT_TEXT = {"user": "input_text", "system": "input_text", "assistant": "output_text"}


def is_part(kind: str) -> bool:
    """Whether `kind` is a content part's type word (and not an item's)."""
    return kind.startswith(("input_", "output_")) or kind in TEXT_TYPES


def decode_part(part: Any, path: str, role: str) -> Part | None:
    """One content part. None for a type that is no content part known or recognisable. `extras` hold under "part" the
    fields without a canonical place, unless they are only the type a text of this `role` has anyway."""
    part = fields.mapping(part, path)
    kind = fields.text(part, "type", f"{path}.", required=True) or ""
    field = TEXT_TYPES.get(kind)
    if field is not None:
        text = fields.text(part, field, f"{path}.", required=True) or ""
        if len(part) == 2 and DEFAULT_TEXT.get(role) == kind:
            return Text(text)
        return Text(text, _kept(part, field))
    if kind == "input_image":
        return _image(part, path)
    if kind == "input_file":
        return _file(part, path)
    return Opaque(NAME, kind, part) if is_part(kind) else None


def _kept(part: Mapping[str, Any], *taken: str) -> Extras:
    return {NAME: {"part": {name: value for name, value in part.items() if name not in taken}}}


def split_data_url(url: str) -> tuple[str, str] | None:
    """(media type, base64) of ``data:image/png;base64,...``; None for any other URL."""
    if url[:5] != "data:":
        return None
    head, comma, data = url[5:].partition(",")
    media_type, mark, rest = head.partition(";")
    if not comma or not mark or rest != "base64" or not media_type:
        return None
    return media_type, data


def _image(part: Mapping[str, Any], path: str) -> Image:
    url = fields.text(part, "image_url", f"{path}.")
    detail = fields.text(part, "detail", f"{path}.")
    taken = ["detail"] if detail is not None else []
    if url is not None:
        extras = _kept(part, "image_url", *taken)
        inline = split_data_url(url)
        if inline is not None:
            return Image(inline[0], data=inline[1], detail=detail, extras=extras)
        return Image(url=url, detail=detail, extras=extras)
    file_id = fields.text(part, "file_id", f"{path}.")
    if file_id is None:
        raise BadRequest(f"{path}.image_url: field required (or file_id)", param=f"{path}.image_url")
    return Image(file_id=file_id, detail=detail, extras=_kept(part, "file_id", *taken))


def _file(part: Mapping[str, Any], path: str) -> Document:
    title = fields.text(part, "filename", f"{path}.")
    taken = ["filename"] if title is not None else []
    data = fields.text(part, "file_data", f"{path}.")
    if data is not None:
        extras = _kept(part, "file_data", *taken)
        inline = split_data_url(data)
        if inline is not None:
            return Document(inline[0], data=inline[1], title=title, extras=extras)
        return Document(data=data, title=title, extras=extras)
    for field in ("file_url", "file_id"):
        value = fields.text(part, field, f"{path}.")
        if value is not None:
            extras = _kept(part, field, *taken)
            if field == "file_url":
                return Document(url=value, title=title, extras=extras)
            return Document(file_id=value, title=title, extras=extras)
    raise BadRequest(f"{path}.file_data: field required (or file_url, file_id)", param=f"{path}.file_data")


def encode_text(block: Text, role: str) -> dict[str, Any]:
    kept = own(block.extras).get("part")
    if kept is None:
        return {"type": DEFAULT_TEXT[role], "text": block.text}
    part = dict(kept)
    part[TEXT_TYPES.get(part.get("type", ""), "text")] = block.text
    return part


def encode_image(block: Image) -> dict[str, Any]:
    """`detail` is required by the SDK's types, and so by servers built on them: "auto" where the client said nothing."""
    kept = own(block.extras).get("part")
    part: dict[str, Any] = dict(kept) if kept is not None else {"type": "input_image", "detail": block.detail or "auto"}
    if block.detail is not None:
        part["detail"] = block.detail
    if block.file_id is not None and NAME in (block.extras or NO_EXTRAS):
        part["file_id"] = block.file_id
    elif block.data is not None:
        part["image_url"] = f"data:{block.media_type or 'image/png'};base64,{block.data}"
    elif block.url is not None:
        part["image_url"] = block.url
    else:
        part["file_id"] = block.file_id
    return part


def encode_document(block: Document) -> dict[str, Any]:
    """A plain-text document becomes text with its title on the line before."""
    kept = own(block.extras).get("part")
    if block.text is not None:
        return {"type": "input_text", "text": f"{block.title}\n{block.text}" if block.title else block.text}
    part: dict[str, Any] = dict(kept) if kept is not None else {"type": "input_file"}
    if block.title is not None:
        part["filename"] = block.title
    if block.data is not None:
        if kept is None:
            part.setdefault("filename", "document.pdf" if block.media_type == "application/pdf" else "document")
        media_type = block.media_type or ("application/pdf" if kept is None else None)
        part["file_data"] = f"data:{media_type};base64,{block.data}" if media_type else block.data
    elif block.url is not None:
        part["file_url"] = block.url
    else:
        part["file_id"] = block.file_id
    return part
