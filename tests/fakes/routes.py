"""Which dialect and purpose a path means, whatever prefix a vendor or an Azure-like host puts before it."""

from __future__ import annotations

import re
from types import ModuleType
from typing import NamedTuple

from .dialects import anthropic, bedrock, gemini, ollama, openai_chat, openai_responses
from .http import Head

DIALECTS: dict[str, ModuleType] = {
    d.name: d for d in (anthropic, bedrock, gemini, ollama, openai_chat, openai_responses)
}


class Route(NamedTuple):
    """`purpose`: chat | count_tokens | embeddings | models | other. `streams`: yes/no by the path, None: the body tells."""

    dialect: str
    purpose: str
    model: str = ""
    streams: bool | None = None


GOOGLE = {"generateContent": ("gemini", "chat", False), "streamGenerateContent": ("gemini", "chat", True)}
GOOGLE |= {"rawPredict": ("anthropic", "chat", False), "streamRawPredict": ("anthropic", "chat", True)}
GOOGLE |= {"countTokens": ("gemini", "count_tokens", False), "embedContent": ("gemini", "embeddings", False)}
GOOGLE |= {"batchEmbedContents": ("gemini", "embeddings", False), "predict": ("gemini", "embeddings", False)}

ENDINGS = (
    ("/messages/count_tokens", "anthropic", "count_tokens"),
    ("/messages", "anthropic", "chat"),
    ("/chat/completions", "openai_chat", "chat"),
    ("/responses", "openai_responses", "chat"),
    ("/embeddings", "openai_chat", "embeddings"),
    ("/invocations", "openai_chat", "chat"),
    ("/api/chat", "ollama", "chat"),
    ("/api/embed", "ollama", "embeddings"),
    ("/api/tags", "ollama", "models"),
    ("/v1beta/models", "gemini", "models"),
    ("/models", "openai_chat", "models"),
)


def find(head: Head) -> Route:
    path = head.path.rstrip("/")
    if google := re.search(r"/models/([^/]+):(\w+)$", path):
        dialect, purpose, streams = GOOGLE.get(google[2], ("gemini", "other", False))
        return Route(dialect, purpose, google[1], streams)
    if bedrock_call := re.search(r"/model/(.+)/(converse|converse-stream)$", path):
        return Route("bedrock_converse", "chat", bedrock_call[1], bedrock_call[2] == "converse-stream")
    named = re.search(r"/(?:deployments|serving-endpoints)/([^/]+)/", path)
    for ending, dialect, purpose in ENDINGS:
        if path.endswith(ending):
            if purpose == "models" and dialect == "openai_chat":
                dialect = _models_for(head)
            return Route(dialect, purpose, named[1] if named else "", None)
    return Route(guess(path), "other")


def _models_for(head: Head) -> str:
    """``/v1/models`` is the path of three vendors; their credentials and version headers tell them apart."""
    if "anthropic-version" in head.headers:
        return "anthropic"
    return "gemini" if "x-goog-api-key" in head.headers else "openai_chat"


def guess(path: str) -> str:
    """Whose error shape an unknown path gets."""
    return "anthropic" if "/messages" in path else "ollama" if path.startswith("/api/") else "openai_chat"
