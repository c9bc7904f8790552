"""Limits over real sockets: who is refused, in which words, and that every way a request ends gives its place back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from typing import Any

import httpx
import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import CITY, PATHS, SURFACES, ask, body, message_of

_NUMBERS = count()
TARGET = {"anthropic": "anth/claude-sonnet-4-5", "openai_chat": "chat/gpt-4o", "openai_responses": "resp/gpt-4o"}


def limited(lynkr: Gateway, **limits: int) -> str:
    """The name of a new key with these limits."""
    name = f"limited-{next(_NUMBERS)}"
    lynkr.apply({"keys": [{"name": name, "team": "acme", "user": "bob", "limits": limits}]})
    return name


@pytest.fixture
def team(lynkr: Gateway) -> Iterator[dict[str, Any]]:
    """A team of its own with two members, to be given limits."""
    slug = f"bounded-{next(_NUMBERS)}"
    yield {
        "slug": slug,
        "members": [{"user": "bob"}, {"user": "carol"}],
        "tiers": {"SIMPLE": ["anth/claude-sonnet-4-5"]},
    }
    lynkr.apply({"teams": [{"slug": slug, "members": [{"user": "bob", "limits": {}}], "limits": {}}]})


def test_keys_have_an_allowance_each_and_the_headers_tell_it(lynkr: Gateway, upstream: Upstream) -> None:
    """BUD-12, LIM-5, LIM-6"""
    one, other = limited(lynkr, requests_per_minute=2), limited(lynkr, requests_per_minute=2)
    first, second, third = (ask(lynkr, "anthropic", TARGET["anthropic"], key=one) for _ in range(3))
    assert [answer.status_code for answer in (first, second, third)] == [200, 200, 429]
    assert first.headers["anthropic-ratelimit-requests-limit"] == "2"
    assert first.headers["anthropic-ratelimit-requests-remaining"] == "1"
    assert third.headers["anthropic-ratelimit-requests-remaining"] == "0"
    until = datetime.fromisoformat(third.headers["anthropic-ratelimit-requests-reset"]).timestamp()
    assert 50 < until - time.time() < 62
    assert 55 <= int(third.headers["retry-after"]) <= 60
    assert third.json()["error"]["type"] == "rate_limit_error"
    assert "2 requests per minute" in message_of("anthropic", third.json())
    assert "x-should-retry" not in third.headers
    assert ask(lynkr, "anthropic", TARGET["anthropic"], key=other).status_code == 200
    assert len(upstream.chats) == 3
    row = lynkr.operation(third)
    assert (row["status"], row["error_code"], row["attempts"]) == ("refused", "rate_limited", 0)


@pytest.mark.parametrize("surface", ["openai_chat", "openai_responses"])
def test_openai_clients_get_openais_names(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    key = limited(lynkr, requests_per_minute=1, tokens_per_minute=50_000)
    served = ask(lynkr, surface, TARGET[surface], key=key)
    assert served.status_code == 200
    assert served.headers["x-ratelimit-limit-requests"] == "1"
    assert served.headers["x-ratelimit-remaining-requests"] == "0"
    assert served.headers["x-ratelimit-reset-requests"] == "1m0s"
    assert 40_000 < int(served.headers["x-ratelimit-remaining-tokens"]) < 50_000
    refused = ask(lynkr, surface, TARGET[surface], key=key)
    assert refused.status_code == 429
    assert 55 <= int(refused.headers["retry-after"]) <= 60
    assert message_of(surface, refused.json())


@pytest.mark.parametrize("streamed", [False, True])
def test_a_caller_without_limits_sees_none(lynkr: Gateway, upstream: Upstream, streamed: bool) -> None:
    answer = ask(lynkr, "anthropic", TARGET["anthropic"], stream=streamed)
    assert not [name for name in answer.headers if "ratelimit" in name]


@pytest.mark.parametrize("surface", SURFACES)
def test_what_is_larger_than_the_whole_allowance_is_a_400(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    """LIM-6: no wait helps, so none is told."""
    key = limited(lynkr, tokens_per_minute=500)
    cap = {"openai_responses": "max_output_tokens"}.get(surface, "max_tokens")
    answer = ask(lynkr, surface, TARGET[surface], key=key, **{cap: 5000})
    assert answer.status_code == 400
    assert "retry-after" not in answer.headers
    assert "500 tokens per minute" in message_of(surface, answer.json())
    assert not upstream.chats
    assert ask(lynkr, surface, TARGET[surface], key=key, **{cap: 200}).status_code == 200


def test_tokens_are_reserved_while_a_request_is_open_and_put_right_after_it(lynkr: Gateway, upstream: Upstream) -> None:
    """LIM-4: of ten at once only as many are sent as their estimates allow; afterwards what was really used counts."""
    upstream.when(lambda _: script.text("Stashes.", pace=script.Pace(before_headers=3.0)))
    key = limited(lynkr, tokens_per_minute=1000)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: ask(lynkr, "anthropic", TARGET["anthropic"], key=key), range(10)))
    served = [answer for answer in answers if answer.status_code == 200]
    assert len(served) == len(upstream.chats) == 4  # 200 of room and some 30 of prompt each
    used = sum(
        sum(answer.json()["usage"][kind] or 0 for kind in ("input_tokens", "output_tokens")) for answer in served
    )
    after = ask(lynkr, "anthropic", TARGET["anthropic"], key=key)
    assert after.status_code == 200
    reserved = 1000 - used - int(after.headers["anthropic-ratelimit-tokens-remaining"])
    assert 200 < reserved < 260


def test_places_are_counted_over_all_keys_of_a_user(lynkr: Gateway, upstream: Upstream, team: dict[str, Any]) -> None:
    """LIM-1: what is refused for want of a place uses up no requests."""
    slug = team["slug"]
    team["members"] = [{"user": "carol", "limits": {"parallel_requests": 1}}]
    key = {"team": slug, "user": "carol", "limits": {"requests_per_minute": 3}}
    lynkr.apply({"teams": [team], "keys": [{**key, "name": f"{slug}-a"}, {**key, "name": f"{slug}-b"}]})
    upstream.when(lambda _: script.text("Stashes.", pace=script.Pace(before_headers=1.0)))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, lynkr, "anthropic", "simple", key=f"{slug}-a")
        _await(lambda: len(upstream.chats) == 1)
        for _ in range(5):
            refused = ask(lynkr, "anthropic", "simple", key=f"{slug}-b")
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) >= 1
            assert "your user 'carol' of 1 requests at once" in refused.json()["error"]["message"]
        assert first.result().status_code == 200
    upstream.when(lambda _: None)
    answer = ask(lynkr, "anthropic", "simple", key=f"{slug}-b")
    assert answer.headers["anthropic-ratelimit-requests-remaining"] == "2"


def test_a_model_that_costs_nothing_is_limited_all_the_same(lynkr: Gateway, upstream: Upstream) -> None:
    """BUD-14"""
    lynkr.apply({"prices": [{"model": "gpt-4o-free", "free": True}]})
    key = limited(lynkr, requests_per_minute=1)
    assert ask(lynkr, "openai_chat", "chat/gpt-4o-free", key=key).status_code == 200
    assert ask(lynkr, "openai_chat", "chat/gpt-4o-free", key=key).status_code == 429


def test_embeddings_are_limited_too(lynkr: Gateway, upstream: Upstream) -> None:
    name = limited(lynkr, requests_per_minute=1)
    headers = {"authorization": f"Bearer {lynkr.keys[name]}"}
    asked = {"model": "oai/text-embedding-3-small", "input": "stash"}
    first, second = (
        httpx.post(f"{lynkr.base_url}/v1/embeddings", json=asked, headers=headers, timeout=20) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (200, 429)
    assert first.headers["x-ratelimit-remaining-requests"] == "0"
    assert int(second.headers["retry-after"]) > 50


@pytest.mark.parametrize("end", ["error", "cut", "hang-up", "unknown model", "done", "streamed"])
def test_every_way_a_request_ends_gives_its_place_back(lynkr: Gateway, upstream: Upstream, end: str) -> None:
    """DJG-4"""
    name = limited(lynkr, parallel_requests=1, tokens_per_minute=500)
    headers = {"x-api-key": lynkr.keys[name]}
    url = lynkr.base_url + PATHS["anthropic"]
    asked = body("anthropic", TARGET["anthropic"])
    if end == "error":
        upstream.play(script.error(400, "no"))
        assert httpx.post(url, json=asked, headers=headers).status_code == 400
    elif end == "cut":
        upstream.play(script.text("Half of it", fault=script.Fault(cut_after_events=5)))
        with (
            pytest.raises(httpx.HTTPError),
            httpx.stream("POST", url, json={**asked, "stream": True}, headers=headers) as cut,
        ):
            cut.read()
    elif end == "hang-up":
        upstream.play(script.text("Slow", pace=script.Pace(before_headers=20)))
        with pytest.raises(httpx.TimeoutException):
            httpx.post(url, json=asked, headers=headers, timeout=0.5)
    elif end == "unknown model":
        assert httpx.post(url, json={**asked, "model": "nobody"}, headers=headers).status_code == 404
    else:
        httpx.post(url, json={**asked, "stream": end == "streamed"}, headers=headers).raise_for_status()
    _await(lambda: ask(lynkr, "anthropic", TARGET["anthropic"], key=name).status_code == 200)


def _await(met: Any, seconds: float = 3.0) -> None:
    until = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < until
        time.sleep(0.05)


def _loop(surface: str, rounds: int) -> dict[str, Any]:
    """A conversation in the middle of a tool loop, after `rounds` calls."""
    if surface == "anthropic":
        turns: list[Any] = [{"role": "user", "content": "Fix it."}]
        for number in range(rounds):
            call = {"type": "tool_use", "id": f"toolu_{number:04}", "name": "weather", "input": {"city": "Bonn"}}
            result = {"type": "tool_result", "tool_use_id": f"toolu_{number:04}", "content": "rain"}
            turns += [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
        tools = [{"name": "weather", "input_schema": CITY}]
        return {"messages": turns, "tools": tools}
    items: list[Any] = [{"role": "user", "content": "Fix it."}]
    for number in range(rounds):
        items.append({"type": "function_call", "call_id": f"call_{number}", "name": "weather", "arguments": "{}"})
        items.append({"type": "function_call_output", "call_id": f"call_{number}", "output": "rain"})
    return {"input": items, "tools": [{"type": "function", "name": "weather", "parameters": CITY}]}


@pytest.mark.parametrize("surface", ["anthropic", "openai_responses"])
def test_a_session_that_goes_round_is_stopped_for_good(
    lynkr: Gateway, upstream: Upstream, surface: str, team: dict[str, Any]
) -> None:
    """LIM-5: terminal for Claude Code (x-should-retry) and for Codex (no Retry-After); a new ask goes on."""
    slug = team["slug"]
    lynkr.apply(
        {
            "teams": [{**team, "limits": {"max_session_steps": 4}}],
            "keys": [{"name": slug, "team": slug, "user": "bob"}],
        }
    )
    upstream.when(lambda _: script.text("Stashes."))
    for rounds in range(4):
        assert ask(lynkr, surface, "simple", key=slug, **_loop(surface, rounds)).status_code == 200
    stopped = ask(lynkr, surface, "simple", key=slug, **_loop(surface, 4))
    assert stopped.status_code == 429
    assert stopped.headers["x-should-retry"] == "false"
    assert "retry-after" not in stopped.headers
    assert "Lynkr stopped this session" in message_of(surface, stopped.json())
    asked_anew = _loop(surface, 4)
    for turns in ("messages", "input"):
        if turns in asked_anew:
            asked_anew[turns].append({"role": "user", "content": "Try something else."})
    assert ask(lynkr, surface, "simple", key=slug, **asked_anew).status_code == 200


def test_a_client_that_repeats_the_same_step_is_stopped_too(
    lynkr: Gateway, upstream: Upstream, team: dict[str, Any]
) -> None:
    slug = team["slug"]
    lynkr.apply(
        {
            "teams": [{**team, "limits": {"max_session_steps": 5, "max_session_tool_calls": 2}}],
            "keys": [{"name": slug, "team": slug, "user": "bob"}],
        }
    )
    upstream.when(lambda _: script.text("Stashes."))
    seen = [ask(lynkr, "anthropic", "simple", key=slug, **_loop("anthropic", 2)).status_code for _ in range(7)]
    assert seen == [200] * 5 + [429] * 2
    many = ask(lynkr, "anthropic", "simple", key=slug, **_loop("anthropic", 3), system="Another session.")
    assert "2 tool calls" in message_of("anthropic", many.json())
