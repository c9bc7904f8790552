"""One llama.cpp server and one gateway before it, for all tests of a worker. Without the server (`make servers` builds it)
these tests are skipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import dedicated_database
from tests.fakes.gateway import Gateway
from tests.fakes.gateway import running as gateway_running

from . import llama

# name of the account -> the dialect Lynkr speaks with the server there
ACCOUNTS = {
    "llama": "openai_chat",
    "compatible": "openai_chat",
    "llama-messages": "anthropic",
    "llama-responses": "openai_responses",
}


def configuration(server: llama.LlamaServer) -> dict[str, Any]:
    def account(name: str, vendor: str, base_url: str, **more: Any) -> dict[str, Any]:
        return {"name": name, "vendor": vendor, "base_url": base_url, "secret": llama.KEY, **more}

    accounts = [
        account("llama", "llamacpp", server.base_url),
        account("compatible", "openai-compatible", f"{server.base_url}/v1"),
        account("llama-messages", "llamacpp", server.base_url, options={"dialects": ["anthropic"]}),
        account("llama-responses", "llamacpp", server.base_url, options={"dialects": ["openai_responses"]}),
        {**account("locked", "llamacpp", server.base_url), "secret": "not-the-servers-key"},
    ]
    tiers = {tier: [f"llama/{llama.MODEL}"] for tier in ("SIMPLE", "MEDIUM", "COMPLEX", "REASONING")}
    return {
        "providers": accounts,
        "teams": [
            {
                "slug": "acme",
                "members": [{"user": "alice", "role": "admin"}, {"user": "bob", "role": "member"}],
                "tiers": tiers,
                "policy": {"fallback": False},
            }
        ],
        "keys": [
            {"name": "bob", "team": "acme", "user": "bob"},
            {"name": "root", "team": "acme", "user": "alice", "scopes": ["chat", "models", "embeddings", "admin"]},
        ],
    }


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[llama.LlamaServer]:
    if not llama.BINARY.exists():
        pytest.skip("no llama.cpp server here: `make servers` builds it")
    with llama.running(Path(tmp_path_factory.mktemp("llama"))) as started:
        yield started


@pytest.fixture(scope="session")
def lynkr(server: llama.LlamaServer, _template: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    from gateway.configuration.loading import load
    from gateway.configuration.writing import apply

    folder = Path(tmp_path_factory.mktemp("gateway"))
    with dedicated_database("servers") as url, gateway_running(url, folder) as gateway:
        gateway.keys.update(apply(load(yaml.safe_dump(configuration(server)))).keys)
        gateway.reload()
        yield gateway
