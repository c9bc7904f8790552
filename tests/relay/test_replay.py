"""Long sessions through the gateway and a simulated prompt cache: every one costs less, and what is cached never changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.tokens import count_text
from tests.eval.compress.keeping import Case, cases
from tests.eval.replay.promptcache import PromptCache, blocks
from tests.eval.replay.sessions import SYSTEM, TOOLS, Turn, marked, session
from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import PATHS
from .test_passes import configuration

OUTPUTS = Path(__file__).parent.parent / "eval" / "compress" / "corpus" / "seen"
TURNS = 52
MARK = {"type": "ephemeral"}


@pytest.fixture(scope="module")
def outputs() -> list[Case]:
    """Those of a size that agents see; a client cuts what is longer (Claude Code: 30,000 characters)."""
    return [case for case in cases(OUTPUTS) if 200 <= len(case.text) <= 30_000]


@pytest.fixture
def gateway(lynkr: Gateway, upstream: Upstream) -> Gateway:
    if "passing-bob" not in lynkr.keys:
        lynkr.apply(configuration())
    upstream.strict = False
    upstream.when(lambda _: script.text("Done."))
    return lynkr


def replay(
    gateway: Gateway, upstream: Upstream, turns: list[Turn], key: str, client_marks: bool
) -> list[dict[str, Any]]:
    """The bodies that the provider got."""
    found = []
    with httpx.Client(headers={"x-api-key": gateway.keys[key]}, timeout=30) as client:
        for turn in turns:
            system: dict[str, Any] = {"type": "text", "text": SYSTEM}
            if client_marks:
                system["cache_control"] = MARK
            body = {"model": "anth/claude-sonnet-4-5", "max_tokens": 300, "tools": TOOLS, "system": [system]}
            messages = marked(turn.messages) if client_marks else turn.messages
            answer = client.post(gateway.base_url + PATHS["anthropic"], json={**body, "messages": messages})
            assert answer.status_code == 200, answer.text
            found.append(json.loads(upstream.last.body))
        upstream.reset()
        upstream.when(lambda _: script.text("Done."))
    return found


def cost(bodies: list[dict[str, Any]], turns: list[Turn]) -> float:
    cache = PromptCache(count_text)
    return sum(cache.bill(body, turn.at).cost for body, turn in zip(bodies, turns, strict=True))


@pytest.mark.parametrize(("key", "client_marks"), [("passing-bob", True), ("all-bob", True), ("all-bob", False)])
@pytest.mark.parametrize("seed", range(2))
def test_a_long_session_costs_less_and_its_prefix_never_changes(
    gateway: Gateway, upstream: Upstream, outputs: list[Case], seed: int, key: str, client_marks: bool
) -> None:
    """CMP-1, CMP-2, CMP-3: with the passes that are on at first, with all of them, and for a client that sets no marks."""
    turns = session(outputs, seed, TURNS)
    off = cost(replay(gateway, upstream, turns, "plain-bob", client_marks), turns)
    bodies = replay(gateway, upstream, turns, key, client_marks)
    on = cost(bodies, turns)
    print(
        f"session {seed}, {key}, marks {client_marks}: {off:.0f} -> {on:.0f} tokens of input, {1 - on / off:.1%} less"
    )
    assert on < off * 0.9
    before: list[bytes] = []
    for body in bodies:
        now = [text for text, _ in blocks(body)]
        assert now[: len(before)] == before
        before = now
