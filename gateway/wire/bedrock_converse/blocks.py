"""Content blocks of the Converse API: pictures, documents, reasoning, cache points; names and ids it takes.

Source: the Bedrock Runtime API reference (ContentBlock and its members) as of the service model 2023-09-30.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.chat.request import NO_EXTRAS, Document, Extras, Image, Opaque, Origin, Text, Thinking, Tool
from gateway.chat.signatures import PREFIX, seal, unseal
from gateway.wire import fields
from gateway.wire.tool_names import ToolNames, wire_id

NAME = "bedrock_converse"
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9_-]")
_IMAGES = {"image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/gif": "gif", "image/webp": "webp"}
_DOCUMENTS = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}
_IMAGE_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
_DOCUMENT_TYPES = {word: media_type for media_type, word in _DOCUMENTS.items()}
_NOT_IN_TITLE = re.compile(r"[^A-Za-z0-9\s()\[\]-]")
_SPACES = re.compile(r"\s+")


def names(tools: Iterable[Tool]) -> ToolNames:
    return ToolNames(tools, _NAME, _NOT_IN_NAME)


def call_id(value: str) -> str:
    """Claude on Bedrock takes letters, digits, ``_`` and ``-``, at most 64."""
    return wire_id(value, _NAME, _NOT_IN_NAME)


def own_mark(extras: Extras, name: str) -> Any:
    own = extras.get(NAME)
    return own.get(name) if own else None


def cache_point(extras: Extras) -> dict[str, Any] | None:
    """The cachePoint that follows a block: its own, or what a cache_control mark of another dialect means here."""
    own = own_mark(extras, "cachePoint")
    if own:
        return dict(own)
    for values in extras.values():
        mark = values.get("cache_control")
        if isinstance(mark, Mapping):
            point: dict[str, Any] = {"type": "default"}
            if mark.get("ttl") == "1h":
                point["ttl"] = "1h"
            return point
    return None


def decode_image(image: Mapping[str, Any]) -> Image | None:
    source = image.get("source")
    media_type = _IMAGE_TYPES.get(str(image.get("format")))
    if media_type is None or not isinstance(source, Mapping) or set(image) - {"format", "source"}:
        return None
    if isinstance(source.get("bytes"), str):
        return Image(media_type, data=source["bytes"])
    location = source.get("s3Location")
    if isinstance(location, Mapping) and set(location) == {"uri"}:
        return Image(media_type, url=str(location["uri"]))
    return None


def decode_document(document: Mapping[str, Any]) -> Document | None:
    source = document.get("source")
    media_type = _DOCUMENT_TYPES.get(str(document.get("format")))
    if media_type is None or not isinstance(source, Mapping):
        return None
    rest = fields.rest(document, frozenset({"format", "name", "source"}))
    extras: Extras = {NAME: rest} if rest else NO_EXTRAS
    title = str(document.get("name") or "") or None
    if isinstance(source.get("bytes"), str):
        return Document(media_type, data=source["bytes"], title=title, extras=extras)
    if isinstance(source.get("text"), str):
        return Document(media_type, text=source["text"], title=title, extras=extras)
    location = source.get("s3Location")
    if isinstance(location, Mapping) and set(location) == {"uri"}:
        return Document(media_type, url=str(location["uri"]), title=title, extras=extras)
    return None


def image_block(image: Image) -> dict[str, Any] | None:
    """None where Converse cannot take it: an http address, a file id, a format it does not know."""
    word = _IMAGES.get((image.media_type or "image/jpeg").lower())
    source = _source(image.data, image.url)
    return {"image": {"format": word, "source": source}} if word and source else None


def _source(data: str | None, url: str | None) -> dict[str, Any] | None:
    if data is not None:
        return {"bytes": data}
    if url is not None and url.startswith("s3://"):
        return {"s3Location": {"uri": url}}
    return None


class DocumentNames:
    """Names of one request: letters, digits, single spaces, hyphens, brackets, at most 200, each one once."""

    __slots__ = ("_used",)

    def __init__(self) -> None:
        self._used: set[str] = set()

    def name(self, title: str | None) -> str:
        plain = _SPACES.sub(" ", _NOT_IN_TITLE.sub("-", title or "")).strip()[:180] or "document"
        name, number = plain, 1
        while name in self._used:
            number += 1
            name = f"{plain} ({number})"
        self._used.add(name)
        return name


def document_block(document: Document, titles: DocumentNames) -> dict[str, Any] | None:
    word = _DOCUMENTS.get((document.media_type or "").lower())
    if word is None and (document.text is not None or (document.media_type or "").startswith("text/")):
        word = "txt"
    if word is None and document.media_type is None:
        word = "pdf"
    source: dict[str, Any] | None = _source(document.data, document.url)
    if document.text is not None:
        encoded = b64encode(document.text.encode("utf-8", "replace")).decode()
        source = {"text": document.text} if own_mark(document.extras, "citations") else {"bytes": encoded}
    if word is None or source is None:
        return None
    rest = dict(document.extras.get(NAME, {}))
    rest.pop("cachePoint", None)
    return {"document": {"format": word, "name": titles.name(document.title), "source": source, **rest}}


def decode_reasoning(content: Mapping[str, Any]) -> Thinking | None:
    text = content.get("reasoningText")
    if isinstance(text, Mapping):
        signature = text.get("signature")
        origin, opened = open_sealed(signature) if isinstance(signature, str) else (None, None)
        return Thinking(str(text.get("text") or ""), opened, origin=origin)
    redacted = content.get("redactedContent")
    if isinstance(redacted, str):
        origin, opened = open_blob(redacted)
        return Thinking("", opened, redacted=True, origin=origin)
    return None


def open_sealed(signature: str) -> tuple[Origin | None, str]:
    return unseal(signature)


_SEALED_BLOB = b64encode(PREFIX.encode()[:6]).decode()


def open_blob(value: str) -> tuple[Origin | None, str]:
    """`redactedContent` is bytes in base64, so a seal stands in base64 there."""
    if value.startswith(_SEALED_BLOB):
        try:
            origin, opened = unseal(b64decode(value).decode("ascii"))
        except (Base64Error, ValueError):
            return None, value
        if origin is not None:
            return origin, opened
    return None, value


def closed(signature: str, origin: Origin, *, blob: bool) -> str:
    """How a signature made by `origin` is given to a client of this dialect."""
    if origin.dialect == NAME:
        return signature
    sealed = seal(origin, signature)
    return b64encode(sealed.encode()).decode() if blob else sealed


def reasoning_block(text: str, signature: str | None, redacted: bool) -> dict[str, Any]:
    if redacted:
        return {"reasoningContent": {"redactedContent": signature or ""}}
    inner: dict[str, Any] = {"text": text}
    if signature is not None:
        inner["signature"] = signature
    return {"reasoningContent": {"reasoningText": inner}}


def result_content(block: Mapping[str, Any]) -> Text | Image | Document | Opaque:
    """One block inside a toolResult."""
    kind = next(iter(block), "unknown")
    value = block.get(kind)
    if kind == "text" and isinstance(value, str):
        return Text(value)
    if kind == "json":
        return Text(fields.dump(value).decode(), {NAME: {"json": True}})
    found: Image | Document | None = None
    if kind == "image" and isinstance(value, Mapping):
        found = decode_image(value)
    elif kind == "document" and isinstance(value, Mapping):
        found = decode_document(value)
    return found if found is not None else Opaque(NAME, kind, dict(block))
