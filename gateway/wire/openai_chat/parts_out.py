"""Writing content parts, under what the target's profile takes.

Where an image or a document cannot go, a short note in words goes in its place and the loss is recorded (IMG-1); data never
becomes text (IMG-4).
"""

from __future__ import annotations

from typing import Any

from gateway.chat.request import Block, Document, Image, Opaque, Text
from gateway.wire.profile import Profile

from . import notes

Losses = dict[str, None]


def encode_part(block: Block, profile: Profile, same: bool, path: str, losses: Losses) -> dict[str, Any] | None:
    """One part of a content list, or None for what is left out. `same`: the request came in this dialect."""
    if isinstance(block, Text):
        return _text(block, profile, same, losses)
    if isinstance(block, Image):
        return _image(block, profile, f"{path}.image", losses)
    if isinstance(block, Document):
        return _document(block, profile, same, f"{path}.document", losses)
    if isinstance(block, Opaque) and block.dialect == notes.NAME:
        return dict(block.value)
    losses[f"{path}.{block.kind if isinstance(block, Opaque) else type(block).__name__.lower()}"] = None
    return None


def _text(block: Text, profile: Profile, same: bool, losses: Losses) -> dict[str, Any] | None:
    if not same and not block.text.strip():
        return None
    if not block.text.strip() and profile.filler is not None:
        return {"type": "text", "text": profile.filler}
    if not block.extras:
        return {"type": "text", "text": block.text}
    if notes.shape(block.extras).get("refusal"):
        return {"type": "refusal", "refusal": block.text}
    return {"type": "text", "text": block.text, **notes.own(block.extras), **mark(block, profile, losses)}


def mark(block: Any, profile: Profile, losses: Losses) -> dict[str, Any]:
    """The block's cache_control field, where the target understands it."""
    value = notes.cache_mark(block.extras)
    if value is None:
        return {}
    if not profile.cache_control:
        losses["cache_control"] = None
        return {}
    return {"cache_control": value}


def _image(block: Image, profile: Profile, path: str, losses: Losses) -> dict[str, Any]:
    if not profile.vision:
        losses[path] = None
        return {"type": "text", "text": "[An image was here; this model takes no images.]"}
    if block.data is not None:
        url = f"data:{block.media_type or 'image/png'};base64,{block.data}"
    elif block.url is not None:
        url = block.url
    else:
        losses[path] = None
        return {"type": "text", "text": "[An image was here, known to another provider only.]"}
    shape = notes.shape(block.extras)
    inner = {"url": url, **shape.get("inner", {})}
    own = {**notes.own(block.extras), **mark(block, profile, losses)}
    if block.detail is not None:
        inner["detail"] = block.detail
    if shape.get("flat"):
        flat = {"detail": block.detail} if block.detail is not None else {}
        return {"type": "image_url", "image_url": url, **flat, **own}
    return {"type": "image_url", "image_url": inner, **own}


def _document(block: Document, profile: Profile, same: bool, path: str, losses: Losses) -> dict[str, Any]:
    title = block.title or "document"
    if block.text is not None:
        return {"type": "text", "text": f"[{title}]\n{block.text}"}
    if not profile.documents:
        losses[path] = None
        return {"type": "text", "text": f"[A file was here ({title}); this model takes no files.]"}
    shape = notes.shape(block.extras)
    file: dict[str, Any] = dict(shape.get("inner", {}))
    if block.data is not None:
        bare = shape.get("bare")
        file["file_data"] = block.data if bare else f"data:{block.media_type or 'application/pdf'};base64,{block.data}"
        if block.title is not None or not same:
            file["filename"] = block.title or "document.pdf"
    elif block.file_id is not None and same:
        file["file_id"] = block.file_id
        if block.title is not None:
            file["filename"] = block.title
    else:
        losses[path] = None
        where = f": {block.url}" if block.url else ""
        return {"type": "text", "text": f"[A file was here ({title}){where}]"}
    return {"type": "file", "file": file, **notes.own(block.extras), **mark(block, profile, losses)}


def flatten(parts: list[dict[str, Any]]) -> Any:
    """A string where the content is one plain text, else the list."""
    if len(parts) == 1 and len(parts[0]) == 2 and parts[0]["type"] == "text":
        return parts[0]["text"]
    return parts
