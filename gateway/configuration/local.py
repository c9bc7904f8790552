"""Finding model servers on this machine."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import Any

from gateway.configuration.shapes import TIERS

OLLAMA = "http://localhost:11434"
_SECONDS = 0.5
_EMBEDDERS = ("embed", "bge-", "minilm", "reranker")


def ollama(url: str = OLLAMA) -> dict[str, Any]:
    """A configuration tree with the Ollama at `url` and its models by size over the tiers; empty when none answers, or it has
    no model that chats."""
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{url}/api/tags", timeout=_SECONDS) as answer:
            rows = json.loads(answer.read(2_000_000))["models"]
        models = [row["name"] for row in sorted(rows, key=lambda row: row.get("size") or 0) if _chats(row["name"])]
    except (OSError, urllib.error.URLError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError):
        return {}
    if not models:
        return {}
    last = len(models) - 1
    refs = {tier: [f"ollama/{models[round(last * index / (len(TIERS) - 1))]}"] for index, tier in enumerate(TIERS)}
    provider = {"name": "ollama", "vendor": "ollama", "base_url": url}
    entries = [{"provider": "ollama", "model": model} for model in models]
    return {"providers": [provider], "models": entries, "defaults": {"tiers": refs}}


def _chats(name: str) -> bool:
    return not any(word in name.lower() for word in _EMBEDDERS)
