"""A client's own probes are answered without a provider, in its dialect, by the same rules as any request."""

from __future__ import annotations

import json
import time
from typing import Any

import anthropic
import httpx
import openai
import pytest

from accounts.models import ApiKey, Budget, Team
from routing.models import PriceOverride
from tests.fakes import probes
from tests.fakes.gateway import Gateway
from tests.fakes.probes import CLAUDE_CODE, Body
from tests.fakes.upstream import Upstream

from .calls import PATHS, ask, body, is_complete, message_of, payloads, streamed_text, text_of

LOGIN = "Fix the login button on mobile devices"
PROBES = {
    "quota": ("anthropic", probes.quota(), "OK"),
    "key": ("anthropic", probes.anthropic(probes.user("test"), temperature=1), "OK"),
    "count": ("anthropic", probes.count(tools=[probes.TOOL]), "OK"),
    "warm-up": ("anthropic", probes.warm_up(), "Ready."),
    "topic": ("anthropic", probes.topic(prefill="{"), '"isNewTopic": true, "title": "Add OAuth authentication"}'),
    "title of Claude Code": ("anthropic", probes.named(), '{"title": "Login button on mobile devices"}'),
    "title of an older Claude Code": ("anthropic", probes.five_to_ten(), LOGIN),
    "title of opencode, anthropic": ("anthropic", probes.opencode("anthropic"), LOGIN),
    "title of opencode, chat": ("openai_chat", probes.opencode("openai_chat"), LOGIN),
    "title of opencode, responses": ("openai_responses", probes.opencode("openai_responses"), LOGIN),
    "title of goose, anthropic": ("anthropic", probes.goose("anthropic"), "Login button"),
    "title of goose, chat": ("openai_chat", probes.goose("openai_chat"), "Login button"),
}
TITLED = ("anthropic", "openai_chat", "openai_responses")


LADDER = ["anth/claude-sonnet-4-5", "chat/gpt-4o"]


def configuration() -> dict[str, Any]:
    """Team "probing" has the policy that teams begin with."""

    def team(slug: str, **policy: Any) -> dict[str, Any]:
        members = [{"user": "bob", "role": "member"}]
        tiers = dict.fromkeys(("SIMPLE", "MEDIUM", "COMPLEX"), LADDER)
        return {"slug": slug, "members": members, "tiers": tiers, "policy": policy}

    return {
        "teams": [team("probing"), team("badged", badge=True), team("relaying", bypass=False)],
        "keys": [
            {"name": "probing", "team": "probing", "user": "bob"},
            {"name": "other", "team": "probing", "user": "bob"},
            {"name": "one model", "team": "probing", "user": "bob", "models": ["gpt-4o"]},
            {"name": "late", "team": "probing", "user": "bob", "expires_at": "2026-01-01"},
            {"name": "badged", "team": "badged", "user": "bob"},
            {"name": "relaying", "team": "relaying", "user": "bob"},
        ],
    }


@pytest.fixture
def lynkr(lynkr: Gateway) -> Gateway:
    if "probing" not in lynkr.keys:
        lynkr.apply(configuration())
    return lynkr


def post(lynkr: Gateway, surface: str, sent: Body, key: str = "probing", **headers: str) -> httpx.Response:
    own = {"x-api-key": lynkr.keys[key], "user-agent": CLAUDE_CODE, **headers}
    return httpx.post(lynkr.base_url + PATHS[surface], json=sent, headers=own, timeout=20)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("name", PROBES)
def test_a_probe_is_answered_in_its_dialect_and_recorded(
    lynkr: Gateway, upstream: Upstream, name: str, streamed: bool
) -> None:
    surface, sent, text = PROBES[name]
    answer = post(lynkr, surface, {**sent, "stream": streamed})
    assert answer.status_code == 200, answer.text
    if streamed:
        assert is_complete(surface, answer.content)
        assert streamed_text(surface, answer.content) == text
    else:
        assert text_of(surface, answer.json()) == text
    assert upstream.chats == []
    row = lynkr.operation(answer)
    assert (row["status"], row["http_status"], row["attempts"], row["cost_usd"]) == ("completed", 200, 0, 0)
    assert row["reason"].startswith("answered here: ")
    assert row["decision"] == {**row["decision"], "mode": "here", "targets": []}
    assert (row["tier"], row["model"], row["score"], row["features"]) == ("", "", None, {})
    assert row["streamed"] is streamed
    assert answer.headers["x-lynkr-reason"] == row["reason"]
    assert "x-lynkr-model" not in answer.headers


def test_the_anthropic_sdk_reads_them(lynkr: Gateway, upstream: Upstream) -> None:
    with anthropic.Anthropic(base_url=lynkr.base_url, api_key=lynkr.keys["probing"], max_retries=0) as client:
        message = client.messages.create(**probes.quota())
        assert (message.stop_reason, message.usage.output_tokens, message.model) == ("max_tokens", 1, "auto")
        assert message.id.startswith("msg_")
        assert message.usage.input_tokens >= 1
        with client.messages.stream(**probes.warm_up()) as stream:
            final = stream.get_final_message()
        assert [block.text for block in final.content] == ["Ready."]
        assert (final.stop_reason, final.role) == ("end_turn", "assistant")
        assert final.usage.input_tokens > 1
    assert upstream.chats == []


def test_the_openai_sdk_reads_them(lynkr: Gateway, upstream: Upstream) -> None:
    chat, responses = probes.opencode("openai_chat"), probes.opencode("openai_responses")
    with openai.OpenAI(base_url=f"{lynkr.base_url}/v1", api_key=lynkr.keys["probing"], max_retries=0) as client:
        completion = client.chat.completions.create(**chat)
        assert (completion.choices[0].message.content, completion.choices[0].finish_reason) == (LOGIN, "stop")
        chunks = list(client.chat.completions.create(**chat, stream=True, stream_options={"include_usage": True}))
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.completion_tokens == -(-len(LOGIN) // 4)
        response = client.responses.create(**responses)
        assert (response.output_text, response.status) == (LOGIN, "completed")
        with client.responses.stream(**responses) as stream:
            assert stream.get_final_response().output_text == LOGIN
    assert upstream.chats == []


def test_a_count_is_what_count_tokens_says(lynkr: Gateway, upstream: Upstream) -> None:
    """CCD-1: Claude Code takes the usage of its fallback for the size of its tools."""
    tools = [{**probes.TOOL, "name": f"Tool{number}", "description": "It does. " * 50} for number in range(5)]
    sent = probes.count("foo", tools=tools, system="Be brief.")
    usage = post(lynkr, "anthropic", sent).json()["usage"]
    counted = httpx.post(
        f"{lynkr.base_url}/v1/messages/count_tokens",
        json={name: sent[name] for name in ("model", "messages", "tools", "system")},
        headers={"x-api-key": lynkr.keys["probing"]},
    ).json()
    assert usage["input_tokens"] == counted["input_tokens"] > 50
    assert upstream.chats == []


@pytest.mark.parametrize("surface", TITLED)
def test_a_policy_may_send_them_to_a_model(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    assert post(lynkr, surface, probes.opencode(surface), key="relaying").status_code == 200
    assert len(upstream.chats) == 1


def test_a_caller_and_a_key_may_send_them_to_a_model(lynkr: Gateway, upstream: Upstream) -> None:
    sent = probes.opencode("anthropic")
    answer = post(lynkr, "anthropic", sent, **{"x-lynkr-passthrough": "1"})
    assert (answer.status_code, len(upstream.chats)) == (200, 1)
    ApiKey.objects.filter(name="other").update(passthrough=True)
    try:
        lynkr.reload()
        assert post(lynkr, "anthropic", sent, key="other").status_code == 200
        assert len(upstream.chats) == 2
    finally:
        ApiKey.objects.filter(name="other").update(passthrough=False)
        lynkr.reload()


@pytest.mark.parametrize(
    ("surface", "sent"),
    [
        ("anthropic", probes.quota(max_tokens=20)),
        ("anthropic", probes.anthropic(probes.user("Warmup"), max_tokens=20, system="You are a sports coach.")),
        ("anthropic", probes.named("What is going on here")),
        ("openai_chat", {**probes.opencode("openai_chat"), "n": 2}),
        ("openai_responses", body("openai_responses", input="quota")),
    ],
)
def test_a_near_miss_goes_to_a_model(lynkr: Gateway, upstream: Upstream, surface: str, sent: Body) -> None:
    answer = post(lynkr, surface, sent, **{"user-agent": "python-httpx"})
    assert answer.status_code == 200, answer.text
    assert len(upstream.chats) == 1
    assert not lynkr.operation(answer)["reason"].startswith("answered here")


@pytest.mark.parametrize("streamed", [False, True])
def test_a_spent_budget_is_told_as_ever(lynkr: Gateway, upstream: Upstream, streamed: bool) -> None:
    """BUD-5, BUD-8: whether it may go on is what the quota check asks."""
    PriceOverride.objects.create(team=None, model="*", input=10_000, output=10_000)
    Budget.objects.create(team=Team.objects.get(slug="probing"), window="month", limit=0)
    lynkr.reload()
    try:
        refused = [post(lynkr, *PROBES[name][:2]) for name in ("quota", "title of opencode, chat")]
        assert [answer.status_code for answer in refused] == [429, 429]
        assert refused[0].headers["x-should-retry"] == "false"
        assert "month budget of team probing" in message_of("anthropic", refused[0].json())
        assert lynkr.operation(refused[0])["error_code"] == "budget_exceeded"
        other = post(lynkr, "anthropic", {**probes.quota(), "stream": streamed}, key="badged")
        assert other.status_code == 200
    finally:
        Budget.objects.all().delete()
        PriceOverride.objects.all().delete()
        lynkr.reload()
    assert upstream.chats == []


def test_nothing_stays_held_by_answers_from_here(lynkr: Gateway, upstream: Upstream) -> None:
    """DJG-4: each would hold nearly the whole budget."""
    PriceOverride.objects.create(team=None, model="*", input=0, output=1_000_000)
    Budget.objects.create(key=ApiKey.objects.get(name="other"), window="month", limit=1.5)
    lynkr.reload()
    try:
        for _ in range(5):
            assert post(lynkr, "anthropic", probes.quota(), key="other").status_code == 200
    finally:
        Budget.objects.all().delete()
        PriceOverride.objects.all().delete()
        lynkr.reload()
    assert upstream.chats == []


def test_keys_models_and_limits_count_as_ever(lynkr: Gateway, upstream: Upstream) -> None:
    assert post(lynkr, "anthropic", probes.quota(), key="late").status_code == 401
    refused = post(lynkr, "anthropic", probes.quota(model="anth/claude-sonnet-4-5"), key="one model")
    assert refused.status_code == ask(lynkr, "anthropic", "anth/claude-sonnet-4-5", key="one model").status_code == 404
    assert post(lynkr, "anthropic", probes.quota(model="chat/gpt-4o"), key="one model").status_code == 200
    assert post(lynkr, "anthropic", probes.quota(model="none/such-model")).status_code == 404
    ApiKey.objects.filter(name="other").update(requests_per_minute=2)
    lynkr.reload()
    try:
        answers = [post(lynkr, "anthropic", probes.quota(), key="other") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[0].headers["anthropic-ratelimit-requests-limit"] == "2"
    finally:
        ApiKey.objects.filter(name="other").update(requests_per_minute=None)
        lynkr.reload()
    assert upstream.chats == []


def test_a_session_is_left_alone_and_no_badge_is_on_it(lynkr: Gateway, upstream: Upstream) -> None:
    session = {"x-claude-code-session-id": f"bypass-{time.time_ns()}"}
    title = post(lynkr, "anthropic", probes.named(), key="badged", **session)
    assert json.loads(text_of("anthropic", title.json())) == {"title": "Login button on mobile devices"}
    first = post(lynkr, "anthropic", body("anthropic"), key="badged", **session)
    row = lynkr.operation(first)
    assert "session stays" not in row["reason"]
    assert lynkr.operation(title)["session_id"] == row["session_id"] == session["x-claude-code-session-id"]
    assert lynkr.operation(title)["passes"] == {}
    assert len(upstream.chats) == 1


@pytest.mark.parametrize("streamed", [False, True])
def test_a_stored_answer_can_be_gone_on_from(lynkr: Gateway, upstream: Upstream, streamed: bool) -> None:
    """CDX-5"""
    sent = {**probes.opencode("openai_responses"), "store": True, "stream": streamed}
    answer = post(lynkr, "openai_responses", sent)
    previous = payloads(answer.content)[-1]["response"]["id"] if streamed else answer.json()["id"]
    until = time.monotonic() + 2
    more: dict[str, Any] = {"previous_response_id": previous, "input": "A shorter one?"}
    while (
        following := post(lynkr, "openai_responses", body("openai_responses", "resp/gpt-4o", **more))
    ).status_code == 400 and time.monotonic() < until:
        time.sleep(0.05)
    assert following.status_code == 200, following.text
    assert upstream.last.body.index(LOGIN.encode()) < upstream.last.body.index(b"A shorter one?")


def test_an_idempotency_key_gets_the_same_answer_again(lynkr: Gateway, upstream: Upstream) -> None:
    """CUT-18"""
    same = {"idempotency-key": f"bypass-{time.time_ns()}"}
    answers = [post(lynkr, "anthropic", probes.quota(), **same) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["x-lynkr-idempotent-replay"] == "true"
    assert upstream.chats == []


def test_they_are_counted(lynkr: Gateway) -> None:
    def counted() -> float:
        lines = httpx.get(f"{lynkr.base_url}/metrics").text.splitlines()
        mine = [line for line in lines if line.startswith('lynkr_answered_here_total{what="warm-up"}')]
        return sum(float(line.split()[-1]) for line in mine)

    before = counted()
    post(lynkr, "anthropic", probes.warm_up())
    assert counted() == before + 1


def test_explain_tells_what_no_model_would_see(lynkr: Gateway, upstream: Upstream) -> None:
    def explained(sent: Body, key: str = "probing") -> Any:
        own = {"x-api-key": lynkr.keys[key], "user-agent": CLAUDE_CODE}
        return httpx.post(f"{lynkr.base_url}/v1/route/explain", json=sent, headers=own).json()["answered_here"]

    assert explained(probes.named()) == "title"
    assert explained(probes.named("hello")) is None
    assert explained(probes.named(), key="relaying") is None
    assert upstream.received == []
