"""What `/metrics` tells: figures by a few known words, never by what a caller wrote."""

from __future__ import annotations

import re
import uuid

import httpx

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import PATHS, SURFACES, ask, body

LABELS = {
    "account", "bucket", "kind", "le", "limit", "outcome", "pid", "policy", "reason", "status", "subject", "surface", "tier",
    "vendor", "quantile", "version", "level", "what", "pass", "why",
}  # fmt: skip
SERIES = re.compile(r"^(lynkr_\w+)(?:\{(.*)\})? \S+$")


def series(lynkr: Gateway) -> dict[str, float]:
    """Ours, by name and labels."""
    lines = httpx.get(lynkr.base_url + "/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line.startswith("lynkr_")}


def test_names_that_callers_invent_make_no_series(lynkr: Gateway, upstream: Upstream) -> None:
    """GRD-5: unbounded series; client-sent model names as labels."""
    for surface in SURFACES:  # each of these makes the series of its own kind
        assert ask(lynkr, surface, "model-of-nobody").status_code >= 400
        assert ask(lynkr, surface, "anth/warm").status_code == 200
    before = series(lynkr)
    invented = [uuid.uuid4().hex for _ in range(30)]
    for place, word in enumerate(invented):
        surface = SURFACES[place % 3]
        headers = {"x-api-key": lynkr.key, "user-agent": word, "x-session-id": word, "x-request-id": word}
        name = f"anth/{word}" if place % 2 else word
        httpx.post(lynkr.base_url + PATHS[surface], json=body(surface, name), headers=headers)
        httpx.post(lynkr.base_url + f"/v1/{word}", json={}, headers=headers)
    after = series(lynkr)
    told = httpx.get(lynkr.base_url + "/metrics").text
    assert [word for word in invented if word in told] == []
    assert len(after) == len(before), sorted(set(after) - set(before))


def test_labels_are_of_a_known_few(lynkr: Gateway, upstream: Upstream) -> None:
    """GRD-4: none of them names a team, a user, a key or a model."""
    assert ask(lynkr, "anthropic", "anth/claude-sonnet-4-5").status_code == 200
    found = set()
    for name in series(lynkr):
        match = SERIES.match(f"{name} 0")
        assert match, name
        found |= set(re.findall(r'(\w+)="', match[2] or ""))
    assert found
    assert found <= LABELS


def test_the_cache_hits_of_each_account_can_be_read(lynkr: Gateway, upstream: Upstream) -> None:
    """FBK-9: the share of an account's prompt tokens that came from its cache."""
    kinds = {
        kind: f'lynkr_tokens_total{{account="anth",kind="{kind}"}}' for kind in ("input", "cache_read", "cache_write")
    }
    before = series(lynkr)
    upstream.play(script.text("Hit.", usage=script.Usage(input=30, output=5, cache_read=900, cache_write_5m=70)))
    assert ask(lynkr, "anthropic", "anth/claude-sonnet-4-5").status_code == 200
    after = series(lynkr)
    grown = {kind: after[name] - before.get(name, 0.0) for kind, name in kinds.items()}
    assert grown == {"input": 30, "cache_read": 900, "cache_write": 70}
