"""One gateway and one scripted upstream for all tests of a worker; a test starts with a clean script and closed breakers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import dedicated_database, use_database
from tests.fakes.gateway import Gateway, running
from tests.fakes.upstream import Upstream, refusing_address

TARGETS = {
    "anthropic": "anth/claude-sonnet-4-5",
    "openai_chat": "chat/gpt-4o",
    "openai_responses": "resp/gpt-4o",
    "gemini": "gem/gemini-2.5-pro",
    "bedrock_converse": "bed/anthropic.claude-sonnet-4-5-20250929-v1:0",
    "ollama": "oll/llama3.2",
}


def configuration(upstream: Upstream, refusing: str) -> dict[str, Any]:
    """Team "rungs" has a tier for each way to fall; team "steadfast" never falls back."""
    address = f"http://127.0.0.1:{upstream.port}"
    ladder = ["anth/claude-sonnet-4-5", "chat/gpt-4o"]
    return {
        "providers": [
            {"name": "anth", "vendor": "anthropic", "base_url": address, "secret": "sk-upstream-anth"},
            {"name": "chat", "vendor": "openai-compatible", "base_url": f"{address}/v1", "secret": "sk-upstream-chat"},
            {
                "name": "resp",
                "vendor": "openai",
                "base_url": f"{address}/v1",
                "secret": "sk-upstream-resp",
                "options": {"dialects": ["openai_responses"]},
            },
            {"name": "oai", "vendor": "openai", "base_url": f"{address}/v1", "secret": "sk-upstream-oai"},
            {"name": "gem", "vendor": "gemini", "base_url": address, "secret": "sk-upstream-gem"},
            {
                "name": "bed",
                "vendor": "bedrock",
                "base_url": address,
                "secret": "sk-upstream-bed",
                "options": {"region": "us-east-1"},
            },
            {"name": "oll", "vendor": "ollama", "base_url": address, "options": {"dialects": ["ollama"]}},
            {
                "name": "hasty",
                "vendor": "anthropic",
                "base_url": address,
                "secret": "sk-upstream-hasty",
                "deadlines": {"connect": 1, "first_token": 1, "idle": 1, "total": 10},
            },
            {"name": "patient", "vendor": "anthropic", "base_url": address, "secret": "sk-upstream-patient"},
            {
                "name": "gone",
                "vendor": "openai-compatible",
                "base_url": f"{refusing}/v1",
                "secret": "sk-upstream-gone",
                "deadlines": {"connect": 1},
            },
        ],
        "teams": [
            {
                "slug": "acme",
                "members": [{"user": "alice", "role": "lead"}, {"user": "bob", "role": "member"}],
                "tiers": {"SIMPLE": ladder, "MEDIUM": ladder, "COMPLEX": ladder, "REASONING": ["resp/gpt-4o"]},
            },
            {"slug": "outside", "members": [{"user": "charlie", "role": "member"}], "tiers": {"SIMPLE": ladder}},
            {
                "slug": "rungs",
                "members": [{"user": "bob", "role": "member"}],
                "tiers": {
                    "SIMPLE": ladder,
                    "MEDIUM": ["bed/claude-sonnet-4-5", "chat/gpt-4o"],
                    "COMPLEX": ["hasty/claude-sonnet-4-5", "chat/gpt-4o"],
                    "REASONING": ["gone/gpt-4o", "chat/gpt-4o"],
                },
            },
            {
                "slug": "steadfast",
                "members": [{"user": "bob", "role": "member"}],
                "tiers": {"SIMPLE": ladder},
                "policy": {"fallback": False},
            },
        ],
        "keys": [
            {"name": "bob", "team": "acme", "user": "bob"},
            {"name": "narrow", "team": "acme", "user": "bob", "models": ["gpt-4o"]},
            {"name": "corner", "team": "acme", "user": "bob", "models": ["chat/*4o", "simple"]},
            {"name": "root", "team": "acme", "user": "alice", "scopes": ["chat", "models", "embeddings", "admin"]},
            {"name": "rungs", "team": "rungs", "user": "bob"},
            {"name": "steadfast", "team": "steadfast", "user": "bob"},
            {"name": "spare", "team": "acme", "user": "bob"},
            {"name": "expired", "team": "acme", "user": "bob", "expires_at": "2026-01-01"},
            {"name": "charlie", "team": "outside", "user": "charlie"},
        ],
    }


@pytest.fixture(scope="session")
def _upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def _gateway(_template: None, _upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    refusing, held = refusing_address()
    folder = Path(tmp_path_factory.mktemp("gateway"))
    with (
        held,
        dedicated_database("relay") as url,
        running(url, folder, LYNKR_KEEPALIVE_SECONDS="1", LYNKR_CACHE_MILLISECONDS="5000") as gateway,
    ):
        from gateway.configuration.loading import load
        from gateway.configuration.writing import apply

        gateway.keys.update(apply(load(_yaml(configuration(_upstream, refusing)))).keys)
        gateway.reload()
        yield gateway


def _yaml(value: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(value)


@pytest.fixture
def upstream(_upstream: Upstream) -> Upstream:
    _upstream.reset()
    _upstream.strict = True
    return _upstream


@pytest.fixture
def lynkr(_gateway: Gateway, upstream: Upstream) -> Gateway:
    use_database(_gateway.database_url)
    _gateway.reload()
    return _gateway
