"""Tool results lose what carries no information, the same bytes on every turn, and there is a receipt (CMP-1..5, CCD-4)."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway, running
from tests.fakes.upstream import Upstream

from .calls import PATHS, SURFACES

TARGET = {"anthropic": "anth/claude-sonnet-4-5", "openai_chat": "chat/gpt-4o", "openai_responses": "resp/gpt-4o"}
RUN = "\n".join(
    [
        "=" * 30 + " test session starts " + "=" * 30,
        "platform linux -- Python 3.11.7, pytest-8.3.3, pluggy-1.5.0",
        "collected 121 items",
        "",
        *[f"tests/test_parsing.py::test_case_{at:03d} PASSED{' ' * 20}[{at * 100 // 121:3d}%]" for at in range(120)],
        "tests/test_parsing.py::test_the_broken_one FAILED [100%]",
        "",
        "=" * 36 + " FAILURES " + "=" * 36,
        "_" * 30 + " test_the_broken_one " + "_" * 30,
        "",
        "    def test_the_broken_one():",
        ">       assert parse('1,2') == [1, 3]",
        "E       assert [1, 2] == [1, 3]",
        "",
        "tests/test_parsing.py:412: AssertionError",
        "=" * 28 + " short test summary info " + "=" * 28,
        "FAILED tests/test_parsing.py::test_the_broken_one - assert [1, 2] == [1, 3]",
        "=" * 24 + " 1 failed, 120 passed in 3.21s " + "=" * 24,
    ]
)  # fmt: skip
FACTS = ("tests/test_parsing.py:412", "test_the_broken_one", "assert [1, 2] == [1, 3]", "120 passed")
MEMBERS = [{"user": "bob", "role": "member"}]
TIERS = {"SIMPLE": ["anth/claude-sonnet-4-5"]}


def configuration() -> dict[str, Any]:
    def team(slug: str, **policy: Any) -> dict[str, Any]:
        return {"slug": slug, "members": MEMBERS, "tiers": TIERS, "policy": {"cache_marks": "off", **policy}}

    return {
        "teams": [
            team("passing", hold_out_percent=0),
            team("plain", compress_results=False, hold_out_percent=0),
            team("halves", hold_out_percent=50),
            team("all", hold_out_percent=0, tool_selection="safe", terse="lite", cache_marks="5m", trim_history=True),
        ],
        "keys": [
            {"name": f"{name}-bob", "team": name, "user": "bob"} for name in ("passing", "plain", "halves", "all")
        ],
    }


@pytest.fixture
def gateway(lynkr: Gateway, upstream: Upstream) -> Gateway:
    if "passing-bob" not in lynkr.keys:
        lynkr.apply(configuration())
    upstream.strict = False
    return lynkr


def history(surface: str, ask: str, turns: int = 1) -> list[dict[str, Any]]:
    """An ask, and so many times a call of the shell with its output."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": ask}]
    for turn in range(turns):
        run, arguments = f"toolu_{turn:02d}", {"command": f"pytest -v -p no:randomly --maxfail={turn + 1}"}
        if surface == "anthropic":
            call = {"type": "tool_use", "id": run, "name": "Bash", "input": arguments}
            told = {"type": "tool_result", "tool_use_id": run, "content": RUN, "is_error": True}
            messages += [{"role": "assistant", "content": [call]}, {"role": "user", "content": [told]}]
        elif surface == "openai_chat":
            function = {"name": "bash", "arguments": json.dumps(arguments)}
            messages += [
                {"role": "assistant", "content": None, "tool_calls": [{"id": run, "type": "function", "function": function}]},
                {"role": "tool", "tool_call_id": run, "content": RUN},
            ]  # fmt: skip
        else:
            words = json.dumps({"command": ["bash", "-lc", arguments["command"]]})
            messages += [
                {"type": "function_call", "call_id": run, "name": "shell", "arguments": words},
                {"type": "function_call_output", "call_id": run, "output": RUN},
            ]
    return messages


def send(
    gateway: Gateway, surface: str, messages: list[dict[str, Any]], key: str = "passing-bob", **headers: str
) -> httpx.Response:
    field = "input" if surface == "openai_responses" else "messages"
    body: dict[str, Any] = {"model": TARGET[surface], field: messages}
    if surface == "anthropic":
        body["max_tokens"] = 300
    answer = httpx.post(
        gateway.base_url + PATHS[surface], json=body, headers={"x-api-key": gateway.keys[key], **headers}, timeout=20
    )
    assert answer.status_code == 200, answer.text
    return answer


def sent(upstream: Upstream) -> list[dict[str, Any]]:
    body = json.loads(upstream.last.body)
    return body.get("messages") or body["input"]


def outputs(messages: list[dict[str, Any]]) -> list[str]:
    found = []
    for message in messages:
        if message.get("type") == "function_call_output":
            found.append(message["output"])
        elif message.get("role") == "tool":
            found.append(message["content"])
        elif message.get("role") == "user" and isinstance(message["content"], list):
            found += [part["content"] for part in message["content"] if part["type"] == "tool_result"]
    return [text if isinstance(text, str) else "".join(part["text"] for part in text) for text in found]


@pytest.mark.parametrize("surface", SURFACES)
def test_a_new_tool_result_is_sent_shorter_with_all_its_facts(
    gateway: Gateway, upstream: Upstream, surface: str
) -> None:
    ask = f"Why does it fail? {surface}"
    first = send(gateway, surface, history(surface, ask, 0))
    assert "x-lynkr-tokens-saved" not in first.headers
    answer = send(gateway, surface, history(surface, ask))
    (text,) = outputs(sent(upstream))
    assert len(text) < len(RUN) / 3
    for fact in FACTS:
        assert fact in text
    assert int(answer.headers["x-lynkr-tokens-saved"]) > 0
    theirs = history(surface, ask)
    for mine, came in zip(sent(upstream), theirs, strict=True):
        assert json.dumps(mine).replace(json.dumps(text), json.dumps(RUN)) == json.dumps(
            came
        )  # and nothing else changed


@pytest.mark.parametrize("surface", SURFACES)
def test_what_was_sent_is_sent_again_to_the_letter(gateway: Gateway, upstream: Upstream, surface: str) -> None:
    """CMP-3: nothing depends on how far from the end a result stands."""
    ask = f"Again and again, {surface}"
    before: list[dict[str, Any]] = []
    for turns in range(5):
        send(gateway, surface, history(surface, ask, turns))
        now = sent(upstream)
        assert now[: len(before)] == before
        before = now
    assert len(set(map(len, outputs(before)))) == 1


def test_a_session_that_went_out_as_it_came_stays_so(gateway: Gateway, upstream: Upstream) -> None:
    """CMP-1: one whose beginning Lynkr never saw, and one that asked for it."""
    send(gateway, "anthropic", history("anthropic", "Begun elsewhere", 2))
    assert outputs(sent(upstream)) == [RUN, RUN]
    send(gateway, "anthropic", history("anthropic", "Begun elsewhere", 3))
    assert outputs(sent(upstream)) == [RUN] * 3
    send(gateway, "anthropic", history("anthropic", "Opted out", 0))
    answer = send(gateway, "anthropic", history("anthropic", "Opted out", 1), **{"x-lynkr-passthrough": "1"})
    assert outputs(sent(upstream)) == [RUN]
    assert "x-lynkr-tokens-saved" not in answer.headers
    send(gateway, "anthropic", history("anthropic", "Opted out", 2))
    assert outputs(sent(upstream)) == [RUN, RUN]


def test_a_policy_and_a_key_may_switch_it_off(gateway: Gateway, upstream: Upstream) -> None:
    for turns in range(2):
        send(gateway, "anthropic", history("anthropic", "Plainly", turns), key="plain-bob")
    assert outputs(sent(upstream)) == [RUN]
    from accounts.models import ApiKey

    key = ApiKey.objects.get(name="passing-bob")
    try:
        ApiKey.objects.filter(pk=key.pk).update(passthrough=True)
        gateway.reload()
        for turns in range(2):
            send(gateway, "anthropic", history("anthropic", "By its key", turns))
        assert outputs(sent(upstream)) == [RUN]
    finally:
        ApiKey.objects.filter(pk=key.pk).update(passthrough=False)
        gateway.reload()


def test_a_session_keeps_what_it_began_with_when_the_policy_changes(gateway: Gateway, upstream: Upstream) -> None:
    """CMP-5"""
    from routing.models import RoutingPolicy

    for turns in range(2):
        send(gateway, "anthropic", history("anthropic", "Through a change", turns))
    (shorter,) = outputs(sent(upstream))
    policy = RoutingPolicy.objects.get(team__slug="passing")
    try:
        policy.compress_results = False
        policy.save()
        gateway.reload()
        send(gateway, "anthropic", history("anthropic", "Through a change", 2))
        assert outputs(sent(upstream))[0] == shorter
        for turns in range(2):
            send(gateway, "anthropic", history("anthropic", "After the change", turns))
        assert outputs(sent(upstream)) == [RUN]
    finally:
        policy.compress_results = True
        policy.save()
        gateway.reload()
    send(gateway, "anthropic", history("anthropic", "After the change", 2))
    assert outputs(sent(upstream)) == [RUN, RUN]


def test_another_process_that_starts_sends_the_same(gateway: Gateway, upstream: Upstream, tmp_path: Path) -> None:
    """CMP-3: after a restart, without anything but Postgres."""
    for turns in range(2):
        answer = send(gateway, "anthropic", history("anthropic", "Through a restart", turns))
    gateway.operation(answer)  # it is in Postgres
    before = sent(upstream)
    with running(gateway.database_url, tmp_path / "second") as second:
        second.keys = gateway.keys
        send(second, "anthropic", history("anthropic", "Through a restart", 2))
    assert sent(upstream)[: len(before)] == before


def test_a_share_of_sessions_is_held_out(gateway: Gateway, upstream: Upstream) -> None:
    """CMP-4: what the passes bring is measured against sessions without them."""
    held = 0
    for number in range(40):
        for turns in range(2):
            answer = send(gateway, "anthropic", history("anthropic", f"Session {number}", turns), key="halves-bob")
        row = gateway.operation(answer)
        out = row["passes"]["pin"] == "hold-out"
        assert (outputs(sent(upstream)) == [RUN]) == out
        assert ("receipts" in row["passes"]) != out
        held += out
    assert 8 <= held <= 32


def test_a_receipt_is_priced_at_what_the_tokens_would_have_cost(gateway: Gateway, upstream: Upstream) -> None:
    """CMP-2: the new result at the price of writing the cache, the old one at that of reading it."""
    ask = "With a receipt"
    send(gateway, "anthropic", history("anthropic", ask, 0))
    upstream.play(script.text("Yes.", usage=script.Usage(input=10, output=5, cache_write_5m=900)))
    one = gateway.operation(send(gateway, "anthropic", history("anthropic", ask, 1)))
    upstream.play(script.text("Yes.", usage=script.Usage(input=10, output=5, cache_read=900, cache_write_5m=400)))
    two = gateway.operation(send(gateway, "anthropic", history("anthropic", ask, 2)))
    receipt = one["passes"]["receipts"]["pytest"]
    saved = receipt["before"] - receipt["after"]
    assert abs(one["tokens_saved"] - saved) <= 1
    # claude-sonnet-4-5: 3 USD input, 3.75 writing, 0.30 reading, per million; the second request holds both runs
    assert one["saved_usd"] / one["tokens_saved"] == pytest.approx(Decimal("3.75") / 1_000_000, rel=Decimal("0.01"))
    assert two["saved_usd"] / two["tokens_saved"] == pytest.approx(Decimal("2.025") / 1_000_000, rel=Decimal("0.01"))


def test_a_count_sees_what_the_request_will_send(gateway: Gateway, upstream: Upstream) -> None:
    """CCD-4"""
    ask = "Counted"
    counts = {}
    for key in ("passing-bob", "plain-bob"):
        send(gateway, "anthropic", history("anthropic", ask, 0), key=key)
        body = {"model": TARGET["anthropic"], "messages": history("anthropic", ask, 1)}
        headers = {"x-api-key": gateway.keys[key]}
        answer = httpx.post(f"{gateway.base_url}/v1/messages/count_tokens", json=body, headers=headers)
        counts[key] = answer.json()["input_tokens"]
    assert counts["passing-bob"] < counts["plain-bob"] / 2


def test_a_bomb_holds_nobody_up(gateway: Gateway, upstream: Upstream) -> None:
    """The older product was hung by one message of 20,000 repeated letters."""
    messages = history("anthropic", "Bombed", 1)
    send(gateway, "anthropic", messages[:1])
    messages[-1]["content"][0]["content"] = "a" * 250_000 + "\n" + "[" * 20_000 + "=" * 20_000
    begun = time.monotonic()
    send(gateway, "anthropic", messages)
    assert time.monotonic() - begun < 15


def test_history_that_would_not_fit_is_left_out_where_the_policy_says_so(gateway: Gateway, upstream: Upstream) -> None:
    """TID-1: whole pairs, the task stays; gpt-4o holds 128,000 tokens."""
    from routing.models import RoutingPolicy

    policy = RoutingPolicy.objects.get(team__slug="plain")
    policy.trim_history = True
    policy.save()
    gateway.reload()
    messages = history("openai_chat", "A long story", 60)
    for message in messages[2::2]:
        message["content"] = "unlike any tool " * 700
    send(gateway, "openai_chat", messages[:1], key="plain-bob")
    answer = send(gateway, "openai_chat", messages, key="plain-bob")
    mine = sent(upstream)
    calls = [call["id"] for message in mine for call in message.get("tool_calls") or []]
    assert [message["tool_call_id"] for message in mine if message["role"] == "tool"] == calls
    assert 10 < len(calls) < 50
    assert json.dumps(mine[0]).count("A long story") == 1
    assert "earlier messages of this conversation are left out" in json.dumps(mine[0])
    assert mine[-1] == messages[-1]
    assert any("messages that would not fit" in loss for loss in gateway.operation(answer)["losses"])
    policy.trim_history = False
    policy.save()
    gateway.reload()


def test_selection_and_terse_stay_as_the_session_began(gateway: Gateway, upstream: Upstream) -> None:
    """CMP-3: the same tools and the same instruction on every turn; a tool that was called comes back."""
    from routing.models import RoutingPolicy

    policy = RoutingPolicy.objects.get(team__slug="plain")
    policy.tool_selection, policy.terse = "strict", "full"
    policy.save()
    gateway.reload()
    schema = {"type": "object", "properties": {"text": {"type": "string", "description": "what it is about " * 20}}}
    names = ["Bash", "Read", "mcp__slack__post_message", "mcp__stripe__create_refund", "mcp__figma__get_file", "Grep"]
    tools = [{"name": name, "description": f"Tool {name}.", "input_schema": schema} for name in names]
    sends = []
    for turns in range(3):
        body = {"model": TARGET["anthropic"], "max_tokens": 300, "system": "You code.", "tools": tools}
        messages = history("anthropic", "Read src/app.py and fix the failing unit test in it", turns)
        headers = {"x-api-key": gateway.keys["plain-bob"]}
        answer = httpx.post(
            gateway.base_url + PATHS["anthropic"], json={**body, "messages": messages}, headers=headers, timeout=20
        )
        assert answer.status_code == 200, answer.text
        sends.append(json.loads(upstream.last.body))
    assert [tool["name"] for tool in sends[0]["tools"]] == ["Bash", "Read", "Grep", "find_tool"]
    assert "<answer-style>" in json.dumps(sends[0]["system"][-1])
    assert sends[0]["system"][0]["text"] == "You code."
    for later in sends[1:]:
        assert (later["tools"], later["system"]) == (sends[0]["tools"], sends[0]["system"])
    row = gateway.operation(answer)
    receipt = row["passes"]["receipts"]["selection"]
    assert 0 < receipt["after"] < receipt["before"]
    assert int(answer.headers["x-lynkr-tokens-saved"]) > 0
    policy.tool_selection, policy.terse = "off", "off"
    policy.save()
    gateway.reload()
