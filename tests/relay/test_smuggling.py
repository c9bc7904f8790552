"""What a request holds beside the fields that were checked makes no provider do something else."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import PATHS, SURFACES, ask

OWN = {"openai_chat": "chat/gpt-4o", "openai_responses": "resp/gpt-4o", "anthropic": "anth/claude-sonnet-4-5"}


@pytest.mark.parametrize("field", ["models", "fallbacks"])
@pytest.mark.parametrize("surface", SURFACES)
def test_no_provider_hears_of_another_model(lynkr: Gateway, upstream: Upstream, surface: str, field: str) -> None:
    """BUD-8: OpenRouter and Perplexity would serve one of `models`, past allowlist, budget and price."""
    upstream.strict = False
    answer = ask(lynkr, surface, OWN[surface], **{field: ["openai/o3-pro"]}, metadata={"user_id": "u"})
    assert answer.status_code == 200
    sent = json.loads(upstream.chats[-1].body)
    assert field not in sent
    assert sent["metadata"] == {"user_id": "u"}  # other fields go as they came
    assert f"{field}: only the model asked for" in lynkr.operation(answer)["losses"]


def test_an_embedding_is_made_by_the_model_asked_for(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.strict = False
    sent = {"model": "oai/text-embedding-3-small", "input": "stash", "models": ["text-embedding-3-large"]}
    headers = {"x-api-key": lynkr.keys["root"]}
    assert httpx.post(f"{lynkr.base_url}/v1/embeddings", json=sent, headers=headers).status_code == 200
    assert "models" not in json.loads(upstream.received[-1].body)
    other = httpx.post(f"{lynkr.base_url}/v1/embeddings", json={**sent, "MODEL": "x"}, headers=headers)
    assert other.status_code == 400


@pytest.mark.parametrize("field", ["Model", "N", "max_to\u212aens", "\u017fervice_tier"])
@pytest.mark.parametrize("surface", SURFACES)
def test_a_checked_field_has_one_spelling(lynkr: Gateway, upstream: Upstream, surface: str, field: str) -> None:
    """BUD-8: a server in Go takes "Model" for "model", and the later of both counts."""
    upstream.strict = False
    refused = ask(lynkr, surface, OWN[surface], **{field: 50})
    assert refused.status_code == 400
    assert upstream.chats == []


def test_a_field_given_twice_is_sent_once(lynkr: Gateway, upstream: Upstream) -> None:
    """BUD-8: which of the two a provider takes is not known; it gets the one that was read."""
    raw = b'{"model":"o3-pro","n":90,"messages":[{"role":"user","content":"hi"}],"n":1,"model":"gpt-4o"}'
    headers = {"x-api-key": lynkr.keys["narrow"]}
    answer = httpx.post(lynkr.base_url + PATHS["openai_chat"], content=raw, headers=headers)
    assert answer.status_code == 200
    sent: list[tuple[str, Any]] = json.loads(upstream.chats[-1].body, object_pairs_hook=list)
    assert [pair for pair in sent if pair[0] in ("model", "n")] == [("model", "gpt-4o"), ("n", 1)]


def test_nothing_is_written_behind_our_back(lynkr: Gateway, upstream: Upstream) -> None:
    """CUT-5: a background answer would be billed whole, and nobody would learn how much."""
    refused = ask(lynkr, "openai_responses", OWN["openai_responses"], background=True)
    assert (refused.status_code, upstream.chats) == (400, [])
    assert refused.json()["error"]["param"] == "background"
    assert ask(lynkr, "openai_responses", OWN["openai_responses"], background=False).status_code == 200
