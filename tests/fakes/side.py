"""Answers to the calls beside chat: model lists, counting, embeddings, versions, tokens."""

from __future__ import annotations

import json
from typing import Any

from .dialects import openai_chat
from .dialects.base import Json, dumps
from .script import Received

MODELS = ("claude-opus-5-5", "gpt-5.1", "gpt-4o", "gemini-3-pro", "llama3.2")


def answer(received: Received) -> Json | None:
    """None: there is nothing at this path."""
    if received.purpose == "models":
        return models(received.dialect)
    if received.purpose == "count_tokens":
        count = max(1, len(received.body) // 4)
        return {"totalTokens": count} if received.dialect == "gemini" else {"input_tokens": count}
    if received.purpose == "embeddings":
        return embeddings(received)
    path = received.path.rstrip("/")
    if path == "":
        return {"status": "ok"}
    if path.endswith("/api/version"):
        return {"version": "0.20.0"}
    if path.endswith("/api/show"):
        return {
            "details": {"family": "llama"},
            "model_info": {"llama.context_length": 131072},
            "capabilities": ["tools"],
        }
    if path.endswith("/token"):
        return {"access_token": "scripted-access-token", "expires_in": 3599, "token_type": "Bearer"}
    if path.endswith("/health"):
        return {"status": "ok"}
    return None


def models(dialect: str) -> Json:
    if dialect == "anthropic":
        data = [{"type": "model", "id": m, "display_name": m, "created_at": "2026-01-01T00:00:00Z"} for m in MODELS]
        return {"data": data, "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]}
    if dialect == "gemini":
        limits = {"inputTokenLimit": 1048576, "outputTokenLimit": 65536}
        return {"models": [{"name": f"models/{m}", "displayName": m, **limits} for m in MODELS]}
    if dialect == "ollama":
        return {
            "models": [
                {"name": m, "model": m, "size": 1, "digest": "0", "details": {"family": "llama"}} for m in MODELS
            ]
        }
    return {
        "object": "list",
        "data": [{"id": m, "object": "model", "created": 1, "owned_by": "scripted"} for m in MODELS],
    }


def embeddings(received: Received) -> Json:
    body: Any = json.loads(received.body or b"{}")
    if received.dialect == "ollama":
        asked = body.get("input")
        count = len(asked) if isinstance(asked, list) else 1
        return {"model": received.model, "embeddings": [[0.1, 0.2, 0.3]] * count, "prompt_eval_count": 8 * count}
    if received.dialect == "gemini":
        if received.path.endswith(":batchEmbedContents"):
            return {"embeddings": [{"values": [0.1, 0.2, 0.3]} for _ in body.get("requests") or []]}
        return {"embedding": {"values": [0.1, 0.2, 0.3]}}
    return openai_chat.embeddings(body, received.model)


def as_bytes(body: Json) -> bytes:
    return dumps(body)
