"""Prompt-cache marks on the wire: for a client that sets none, where the target needs them (CCH-6, CCH-7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.eval.replay.promptcache import PromptCache
from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import PATHS, ask, body, tool

SYSTEM = "You are a careful engineer who reads before they write. " * 80
MARK, HOUR = {"type": "ephemeral"}, {"type": "ephemeral", "ttl": "1h"}
MEMBERS = [{"user": "bob", "role": "member"}]
TEAMS = {"fives": "5m", "hours": "1h", "unmarked": "off"}


def configuration(upstream: Upstream) -> dict[str, Any]:
    router = {
        "name": "router",
        "vendor": "openrouter",
        "base_url": f"http://127.0.0.1:{upstream.port}/api/v1",
        "secret": "sk-upstream-router",
    }
    tiers = {"SIMPLE": ["anth/claude-sonnet-4-5"]}
    teams = [
        {"slug": slug, "members": MEMBERS, "tiers": tiers, "policy": {"cache_marks": marks, "hold_out_percent": 0}}
        for slug, marks in TEAMS.items()
    ]
    keys = [{"name": slug, "team": slug, "user": "bob"} for slug in TEAMS]
    return {"providers": [router], "teams": teams, "keys": keys}


@pytest.fixture
def gateway(lynkr: Gateway, upstream: Upstream) -> Gateway:
    if "fives" not in lynkr.keys:
        lynkr.apply(configuration(upstream))
    upstream.when(lambda _: script.text("Done."))
    return lynkr


def turns(surface: str, said: str, number: int) -> Iterator[list[dict[str, Any]]]:
    """The histories of a session, a call of a tool longer each time."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": said}]
    yield list(messages)
    for turn in range(1, number):
        use = f"toolu_{turn:02d}"
        if surface == "anthropic":
            call = {"type": "tool_use", "id": use, "name": "weather", "input": {"city": "Bern"}}
            result = {"type": "tool_result", "tool_use_id": use, "content": f"sunny {turn}"}
            messages += [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
        else:
            call = {"id": use, "type": "function", "function": {"name": "weather", "arguments": '{"city": "Bern"}'}}
            messages += [
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": use, "content": f"sunny {turn}"},
            ]
        yield list(messages)


def request(surface: str, target: str, messages: list[dict[str, Any]]) -> dict[str, Any]:
    made = body(surface, target, tools=[tool(surface)])
    if surface == "anthropic":
        return {**made, "system": SYSTEM, "messages": messages}
    return {**made, "messages": [{"role": "system", "content": SYSTEM}, *messages]}


def send(gateway: Gateway, surface: str, sent: bytes | dict[str, Any], key: str, **headers: str) -> None:
    raw = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    said = {"x-api-key": gateway.keys[key], "content-type": "application/json", **headers}
    answer = httpx.post(gateway.base_url + PATHS[surface], content=raw, headers=said, timeout=20)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("surface", ["anthropic", "openai_chat"])
@pytest.mark.parametrize(("key", "mark"), [("fives", MARK), ("hours", HOUR)])
def test_a_session_without_marks_gets_them_and_reads_its_history(
    gateway: Gateway, upstream: Upstream, surface: str, key: str, mark: dict[str, str]
) -> None:
    """Claude as it is strict: a fifth mark, or one in a wrong place, would be refused."""
    cache = PromptCache(len)
    for number, messages in enumerate(turns(surface, f"Weather? {surface} {key}", 6)):
        send(gateway, surface, request(surface, "anth/claude-sonnet-4-5", messages), key)
        sent = upstream.last.json
        assert sent["tools"][-1]["cache_control"] == mark
        assert sent["system"] == [{"type": "text", "text": SYSTEM, "cache_control": mark}]
        assert sent["messages"][-1]["content"][-1]["cache_control"] == mark
        assert json.dumps(sent).count("cache_control") == min(4, 3 + number)
        bill = cache.bill(sent, 0.0)
        assert bill.plain == 0
        assert bill.read > len(SYSTEM) or number == 0


def test_in_the_callers_own_dialect_only_what_is_marked_is_written_anew(gateway: Gateway, upstream: Upstream) -> None:
    *_, messages = turns("anthropic", "Weather in my own words?", 3)
    asked = request("anthropic", "anth/claude-sonnet-4-5", messages)
    asked["metadata"] = {"user_id": "u-1"}
    raw = json.dumps(asked, indent=3).encode()
    first, *_ = turns("anthropic", "Weather in my own words?", 1)
    send(gateway, "anthropic", {**asked, "messages": first}, "fives")
    send(gateway, "anthropic", raw, "fives")
    sent = upstream.last
    assert b'"metadata":{\n      "user_id": "u-1"\n   }' in sent.body
    without = json.loads(sent.body, object_hook=lambda value: {k: v for k, v in value.items() if k != "cache_control"})
    assert without["messages"] == asked["messages"]
    assert without["tools"] == asked["tools"]


def test_marks_of_the_client_go_as_they_come_and_none_is_added(gateway: Gateway, upstream: Upstream) -> None:
    """As Claude Code sets them."""
    *_, messages = turns("anthropic", "Weather, marked?", 3)
    messages[-1]["content"][-1]["cache_control"] = MARK
    system = [{"type": "text", "text": "Claude Code."}, {"type": "text", "text": SYSTEM, "cache_control": MARK}]
    asked = {**request("anthropic", "claude-sonnet-4-5", messages), "system": system}
    asked["model"] = "anth/claude-sonnet-4-5"
    raw = json.dumps(asked, separators=(",", ":")).encode()
    send(gateway, "anthropic", raw, "fives")
    assert upstream.last.body == raw.replace(b"anth/claude-sonnet-4-5", b"claude-sonnet-4-5")


def test_without_a_policy_for_it_and_for_a_short_prompt_there_are_none(gateway: Gateway, upstream: Upstream) -> None:
    for messages in turns("openai_chat", "Weather, unmarked?", 2):
        send(gateway, "openai_chat", request("openai_chat", "anth/claude-sonnet-4-5", messages), "unmarked")
        assert b"cache_control" not in upstream.last.body
    for messages in turns("openai_chat", "Weather, shortly?", 2):
        short = body("openai_chat", "anth/claude-sonnet-4-5", tools=[tool("openai_chat")], messages=messages)
        send(gateway, "openai_chat", short, "fives")
        assert b"cache_control" not in upstream.last.body
    once = {**body("openai_chat", "anth/claude-sonnet-4-5"), "messages": [{"role": "user", "content": SYSTEM}]}
    send(gateway, "openai_chat", once, "fives")
    assert b"cache_control" not in upstream.last.body


def test_who_asks_to_pass_through_gets_none(gateway: Gateway, upstream: Upstream) -> None:
    for messages in turns("anthropic", "Weather, as it is?", 2):
        asked = request("anthropic", "anth/claude-sonnet-4-5", messages)
        send(gateway, "anthropic", asked, "fives", **{"x-lynkr-passthrough": "1"})
        assert b"cache_control" not in upstream.last.body


def test_converse_gets_points_and_other_models_nothing(gateway: Gateway, upstream: Upstream) -> None:
    for messages in turns("openai_chat", "Weather, on Bedrock?", 3):
        asked = request("openai_chat", "bed/anthropic.claude-sonnet-4-5-20250929-v1:0", messages)
        send(gateway, "openai_chat", asked, "hours")
    sent = upstream.last.json
    assert sent["system"][-1] == sent["toolConfig"]["tools"][-1] == {"cachePoint": {"type": "default", "ttl": "1h"}}
    assert "cachePoint" in sent["messages"][-1]["content"][-1]
    assert json.dumps(sent).count("cachePoint") == 4
    for target in ("chat/gpt-4o", "gem/gemini-2.5-pro", "resp/gpt-4o"):
        for messages in turns("anthropic", f"Weather, {target}?", 2):
            send(gateway, "anthropic", request("anthropic", target, messages), "fives")
            assert b"cache_control" not in upstream.last.body


@pytest.mark.parametrize("surface", ["anthropic", "openai_chat"])
def test_openrouter_gets_marks_on_chat_for_claude(gateway: Gateway, upstream: Upstream, surface: str) -> None:
    options = {"dialects": ["openai_chat"]}
    from gateway.models import ProviderAccount

    ProviderAccount.objects.filter(name="router").update(options=options)
    gateway.reload()
    upstream.strict = False
    for messages in turns(surface, f"Weather, routed, {surface}?", 3):
        send(gateway, surface, request(surface, "router/anthropic/claude-sonnet-4.5", messages), "hours")
    sent = upstream.last.json["messages"]
    assert sent[0]["content"] == [{"type": "text", "text": SYSTEM, "cache_control": HOUR}]
    assert [message.get("cache_control") for message in sent if message["role"] == "tool"] == [HOUR, HOUR]
    assert "cache_control" not in json.dumps(upstream.last.json["tools"])


def test_a_session_is_told_in_the_callers_own_dialect_too(lynkr: Gateway, upstream: Upstream) -> None:
    """FBK-7: unless the client said it itself, or wants its body as it came."""
    for surface in ("openai_chat", "openai_responses"):
        told = set()
        for _ in range(2):
            ask(lynkr, surface, "oai/gpt-4o")
            told.add(upstream.last.json["prompt_cache_key"])
        assert len(told) == 1
        assert told.pop().startswith("lynkr-")
        headers = {"x-api-key": lynkr.keys["bob"], "x-lynkr-passthrough": "1"}
        httpx.post(lynkr.base_url + PATHS[surface], json=body(surface, "oai/gpt-4o"), headers=headers, timeout=20)
        assert "prompt_cache_key" not in upstream.last.json
