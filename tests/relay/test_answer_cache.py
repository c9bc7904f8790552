"""The same request is answered from memory: in its dialect, for its scope only, where nothing can be wrong about it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anthropic
import httpx
import openai
import pytest

from tests.fakes.gateway import Gateway
from tests.fakes.script import Fault, Pace, Reply, Text, Thinking, ToolCall, Usage
from tests.fakes.upstream import Upstream

from .calls import PATHS, SURFACES, Wire, body, is_complete, payloads, streamed_text, text_of, tool

LADDER = ["anth/claude-sonnet-4-5", "chat/gpt-4o"]
NOBODY = "What is a monad?"


def team(slug: str, *members: str, **policy: Any) -> dict[str, Any]:
    return {
        "slug": slug,
        "members": [{"user": user, "role": "member"} for user in members],
        "tiers": dict.fromkeys(("SIMPLE", "MEDIUM", "COMPLEX", "REASONING"), LADDER),
        "policy": {"cache_temperature": 1, **policy},
    }


def configuration() -> dict[str, Any]:
    return {
        "teams": [
            team("keeping", "bob", "alice"),
            team("sharing", "bob", "alice", cache_scope="team"),
            team("open-one", "bob", cache_scope="organisation"),
            team("open-two", "charlie", cache_scope="organisation"),
            team("cold", "bob", cache_temperature=0),
            team("without", "bob", cache="off"),
            team("short", "bob", cache_entry_kb=1),
            team("cascading", "bob", cascade=True, fallback=True),
        ],
        "keys": [
            {"name": "keeping", "team": "keeping", "user": "bob"},
            {"name": "keeping again", "team": "keeping", "user": "bob"},
            {"name": "keeping alice", "team": "keeping", "user": "alice"},
            {"name": "keeping service", "team": "keeping"},
            {"name": "sharing bob", "team": "sharing", "user": "bob"},
            {"name": "sharing alice", "team": "sharing", "user": "alice"},
            {"name": "open-one", "team": "open-one", "user": "bob"},
            {"name": "open-two", "team": "open-two", "user": "charlie"},
            {"name": "cold", "team": "cold", "user": "bob"},
            {"name": "without", "team": "without", "user": "bob"},
            {"name": "short", "team": "short", "user": "bob"},
        ],
    }


@pytest.fixture
def lynkr(lynkr: Gateway) -> Gateway:
    if "keeping" not in lynkr.keys:
        lynkr.apply(configuration())
    lynkr.rows("DELETE FROM caching_entry RETURNING id")
    return lynkr


def post(
    lynkr: Gateway, sent: dict[str, Any], key: str = "keeping", surface: str = "", **headers: str
) -> httpx.Response:
    surface = surface or ("anthropic" if "max_tokens" in sent else "openai_chat")
    given = {"x-api-key": lynkr.keys[key], **headers}
    return httpx.post(lynkr.base_url + PATHS[surface], json=sent, headers=given, timeout=20)


def outcome(answer: httpx.Response) -> str:
    return answer.headers.get("x-lynkr-cache", "").partition(";")[0]


def kept(lynkr: Gateway, count: int = 1) -> None:
    """Waits until so many answers are kept: that happens behind them."""
    until = time.monotonic() + 8
    while lynkr.rows("SELECT count(*) AS n FROM caching_entry")[0]["n"] < count:
        assert time.monotonic() < until, "nothing was kept"
        time.sleep(0.02)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("first", [False, True])
def test_the_same_request_is_answered_from_memory(
    lynkr: Gateway, upstream: Upstream, surface: str, first: bool
) -> None:
    """Kept from a stream or a body, replayed as both; its usage says that nothing was billed."""
    upstream.play(Reply(parts=(Text("It shelves your changes.", 4),), usage=Usage(input=30, output=9)))
    one = post(lynkr, body(surface, stream=first), surface=surface)
    assert (one.status_code, outcome(one)) == (200, "miss")
    kept(lynkr)
    whole = post(lynkr, body(surface), surface=surface)
    stream = post(lynkr, body(surface, stream=True), surface=surface)
    assert text_of(surface, whole.json()) == "It shelves your changes."
    assert streamed_text(surface, stream.content) == "It shelves your changes."
    assert is_complete(surface, stream.content)
    assert [outcome(whole), outcome(stream)] == ["exact", "exact"]
    usage = whole.json()["usage"]
    assert {value for name, value in usage.items() if name.endswith("tokens")} == {0}
    assert len(upstream.chats) == 1
    row = lynkr.operation(stream)
    assert (row["status"], row["attempts"], row["cost_usd"], row["cache"]) == ("completed", 0, 0, "exact")
    assert row["tokens_saved"] == 39
    assert row["saved_usd"] == lynkr.operation(one)["cost_usd"] > 0
    assert row["passes"]["receipts"]["exact hit"]["before"] == 39
    assert whole.headers["x-lynkr-model"] == one.headers["x-lynkr-model"]
    assert whole.json()["model"] == one.headers["x-lynkr-model"]


def test_clients_of_two_dialects_share_what_their_user_asked(lynkr: Gateway, upstream: Upstream) -> None:
    """The key knows no dialect; the answer is written in each one's own."""
    messages = [{"role": "user", "content": "What does git stash do?"}]
    one = {"model": "auto", "messages": messages, "max_completion_tokens": 200, "temperature": 0.5}
    other = {"model": "auto", "messages": messages, "max_tokens": 200, "temperature": 0.5}
    assert outcome(post(lynkr, one, surface="openai_chat")) == "miss"
    kept(lynkr)
    answer = post(lynkr, other, surface="anthropic")
    assert outcome(answer) == "exact"
    assert answer.json()["type"] == "message"


def test_official_sdks_read_it(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.play(Reply(parts=(Text("A shelf."),)))
    with anthropic.Anthropic(base_url=lynkr.base_url, api_key=lynkr.keys["keeping"], max_retries=0) as client:
        asked: dict[str, Any] = {"model": "auto", "max_tokens": 50, "messages": [{"role": "user", "content": NOBODY}]}
        client.messages.create(**asked)
        kept(lynkr)
        with client.messages.stream(**asked) as stream:
            final = stream.get_final_message()
        assert [block.text for block in final.content] == ["A shelf."]
        assert (final.stop_reason, final.usage.input_tokens, final.usage.output_tokens) == ("end_turn", 0, 0)
    with openai.OpenAI(base_url=f"{lynkr.base_url}/v1", api_key=lynkr.keys["keeping"], max_retries=0) as client:
        spoken: dict[str, Any] = {"model": "auto", "messages": [{"role": "user", "content": NOBODY}], "max_tokens": 50}
        raw = client.chat.completions.with_raw_response.create(**spoken)
        assert raw.headers["x-lynkr-cache"].startswith("exact")
        assert raw.parse().usage.total_tokens == 0
        chunks = list(client.chat.completions.create(**spoken, stream=True, stream_options={"include_usage": True}))
        assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "A shelf."
    assert len(upstream.chats) == 1


def test_thinking_comes_back_with_its_signature(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.play(Reply(parts=(Thinking("Shelves.", signature="c2lnbmVk"), Text("A shelf."))))
    sent = body("anthropic", max_tokens=2000, thinking={"type": "enabled", "budget_tokens": 1024})
    first = post(lynkr, sent).json()["content"]
    kept(lynkr)
    again = post(lynkr, sent)
    assert outcome(again) == "exact"
    assert again.json()["content"] == first
    assert first[0]["signature"] == "c2lnbmVk"


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "the ask": lambda sent: sent["messages"].__setitem__(0, {"role": "user", "content": "What does git stash do"}),
    "an earlier turn": lambda sent: sent["messages"].insert(0, {"role": "user", "content": "Hello"}),
    "the system prompt": lambda sent: sent.update(system="Be brief."),
    "the limit": lambda sent: sent.update(max_tokens=201),
    "the temperature": lambda sent: sent.update(temperature=0.3),
    "stop": lambda sent: sent.update(stop_sequences=["END"]),
    "the end user": lambda sent: sent.update(metadata={"user_id": "someone-else"}),
    "tools": lambda sent: sent.update(tools=[tool("anthropic")]),
    "the model": lambda sent: sent.update(model="chat/gpt-4o"),
    "the tier": lambda sent: sent.update(model="complex"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_differs_in_anything_is_asked_for(lynkr: Gateway, upstream: Upstream, change: str) -> None:
    """SEM-7."""
    sent = body("anthropic", temperature=0.2)
    assert outcome(post(lynkr, sent)) == "miss"
    kept(lynkr)
    CHANGES[change](sent)
    assert outcome(post(lynkr, sent)) == "miss", change
    assert len(upstream.chats) == 2


def test_the_same_last_message_in_two_conversations_has_two_answers(lynkr: Gateway, upstream: Upstream) -> None:
    for number, topic in enumerate(("Python", "Rust", "Go"), 1):
        turns = [
            {"role": "user", "content": f"Let us talk about {topic}."},
            {"role": "assistant", "content": "Gladly."},
            {"role": "user", "content": "Is it statically typed?"},
        ]
        assert outcome(post(lynkr, body("anthropic", messages=turns))) == "miss"
        kept(lynkr, number)
    assert len(upstream.chats) == 3


def test_nobody_else_gets_it(lynkr: Gateway, upstream: Upstream) -> None:
    """SEM-1: another user of the team, a service of the team, another team's key of the same user."""
    sent = body("anthropic")
    assert outcome(post(lynkr, sent)) == "miss"
    kept(lynkr)
    assert outcome(post(lynkr, sent, "keeping again")) == "exact", "the same user's other key"
    for other in ("keeping alice", "keeping service", "sharing bob", "open-one"):
        assert outcome(post(lynkr, sent, other)) == "miss", other
    assert len(upstream.chats) == 5


def test_a_policy_may_share_with_the_team_or_with_all_who_share_with_all(lynkr: Gateway, upstream: Upstream) -> None:
    sent = body("anthropic")
    assert outcome(post(lynkr, sent, "sharing bob")) == "miss"
    kept(lynkr)
    assert outcome(post(lynkr, sent, "sharing alice")) == "exact"
    assert outcome(post(lynkr, sent, "open-one")) == "miss"
    kept(lynkr, 2)
    assert outcome(post(lynkr, sent, "open-two")) == "miss", "another policy's version"
    assert len(upstream.chats) == 3


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"x-lynkr-no-cache": "1"}, "asked not to"),
        ({"cache-control": "no-store"}, "asked not to"),
    ],
)
def test_a_caller_may_keep_out_of_it(lynkr: Gateway, upstream: Upstream, headers: dict[str, str], why: str) -> None:
    sent = body("anthropic")
    for _ in range(2):
        answer = post(lynkr, sent, **headers)
        assert answer.headers["x-lynkr-cache"] == f"skip; why={why}"
    assert outcome(post(lynkr, sent)) == "miss", "nothing was kept of them"
    kept(lynkr)
    assert outcome(post(lynkr, sent, **headers)) == "skip"
    assert len(upstream.chats) == 4


def test_who_samples_is_not_given_the_same_twice(lynkr: Gateway, upstream: Upstream) -> None:
    """Unset is the providers' 1, above the policy's 0."""
    for sent in (body("anthropic"), body("anthropic", temperature=0.7)):
        for _ in range(2):
            assert post(lynkr, sent, "cold").headers["x-lynkr-cache"] == "skip; why=temperature"
    sent = body("anthropic", temperature=0)
    assert outcome(post(lynkr, sent, "cold")) == "miss"
    kept(lynkr)
    assert outcome(post(lynkr, sent, "cold")) == "exact"
    assert "x-lynkr-cache" not in post(lynkr, sent, "without").headers
    assert len(upstream.chats) == 6


@pytest.mark.parametrize(
    "reply",
    [
        Reply(parts=(ToolCall("weather", {"city": "Rome"}),)),
        Reply(parts=(Text("It goes on and"),), stop="length"),
        Reply(parts=(Text("I'm sorry, I can't help with that."),)),
        Reply(parts=(Text("No."),), stop="refusal"),
        Reply(parts=(Text("Use AKIAIOSFODNN7EXAMPLE as the key, password: hunter2secret99."),)),
        Reply(parts=(Text("x" * 2000),)),
    ],
    ids=["a call", "cut off", "apology", "refusal", "secret", "too long"],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_what_is_not_whole_and_plain_is_not_kept(
    lynkr: Gateway, upstream: Upstream, reply: Reply, streamed: bool
) -> None:
    """SEM-6."""
    upstream.play(reply, reply)
    sent = body("anthropic", tools=[tool("anthropic")], stream=streamed)
    for _ in range(2):
        assert outcome(post(lynkr, sent, "short")) == "miss"
    assert len(upstream.chats) == 2
    assert lynkr.rows("SELECT count(*) AS n FROM caching_entry")[0]["n"] == 0


def test_what_failed_is_not_kept(lynkr: Gateway, upstream: Upstream) -> None:
    """SEM-6: an error, a broken stream, the answer of a fallback."""
    sent = body("anthropic", stream=True)
    upstream.play(Reply(fault=Fault(cut_after_events=4)))
    with pytest.raises(httpx.RemoteProtocolError):
        post(lynkr, sent)
    upstream.play(Reply(status=400), Reply(status=529), Reply(status=529), Reply(parts=(Text("From the other."),)))
    assert post(lynkr, sent).status_code == 400
    served = post(lynkr, sent)
    assert served.headers["x-lynkr-model"] == "gpt-4o"
    time.sleep(0.3)
    assert lynkr.rows("SELECT count(*) AS n FROM caching_entry")[0]["n"] == 0


def test_asks_about_now_and_secrets_are_left_alone(lynkr: Gateway, upstream: Upstream) -> None:
    for ask, why in (
        ("What is the weather in Rome today?", "time"),
        ("Why is my key sk-ant-api03-q7Wm2Zk9Xv4Tn8Rb1Lc6Yd3Hf5Jg0PsAeUiOxBnMwQ refused?", "secret"),
        ("Give me a random number.", "varied"),
    ):
        sent = body("anthropic", messages=[{"role": "user", "content": ask}])
        assert post(lynkr, sent).headers["x-lynkr-cache"] == f"skip; why={why}"


def test_time_runs_out(lynkr: Gateway, upstream: Upstream) -> None:
    sent = body("anthropic")
    post(lynkr, sent)
    kept(lynkr)
    assert outcome(post(lynkr, sent)) == "exact"
    lynkr.rows("UPDATE caching_entry SET expires_at = now() - interval '1 second' RETURNING id")
    assert outcome(post(lynkr, sent)) == "miss"


def test_a_stored_response_can_be_gone_on_from(lynkr: Gateway, upstream: Upstream) -> None:
    """CDX-5: a replayed answer has an id of its own, which the next turn may refer to."""
    sent = body("openai_responses", temperature=0)
    post(lynkr, sent, surface="openai_responses")
    kept(lynkr)
    answer = post(lynkr, sent, surface="openai_responses")
    assert outcome(answer) == "exact"
    time.sleep(0.3)
    more = {"model": "auto", "input": "And git stash pop?", "previous_response_id": answer.json()["id"]}
    assert post(lynkr, more, surface="openai_responses").status_code == 200
    assert "git stash do" in json.dumps(upstream.last.json)


# -- one call for several


SLOW = Reply(parts=(Text("It shelves your changes.", 6),), pace=Pace(before_headers=2.0, between=0.05))


@pytest.mark.parametrize("surface", SURFACES)
def test_requests_that_are_the_same_share_a_call(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    """Streams and bodies; one is billed, all are answered."""
    upstream.play(*[SLOW] * 9)

    def one(streamed: bool) -> httpx.Response:
        return post(lynkr, body(surface, stream=streamed), surface=surface)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(one, [True, False, True, False, True, True]))
    texts = {
        streamed_text(surface, a.content) if "event-stream" in a.headers["content-type"] else text_of(surface, a.json())
        for a in answers
    }
    assert texts == {"It shelves your changes."}
    assert len(upstream.chats) == 1
    rows = [lynkr.operation(answer) for answer in answers]
    assert sorted(row["cache"] for row in rows) == ["miss"] + ["shared"] * 5
    assert sorted(row["attempts"] for row in rows) == [0, 0, 0, 0, 0, 1]
    assert len({row["saved_usd"] for row in rows if row["cache"] == "shared"}) == 1


def test_followers_get_a_stream_as_it_comes(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.play(Reply(parts=(Text("one two three four", 8),), pace=Pace(before_first=0.5, between=0.25)))
    sent = body("anthropic", stream=True)
    with Wire(lynkr, PATHS["anthropic"], sent, key="keeping") as leader:
        upstream.wait_for(1)
        with Wire(lynkr, PATHS["anthropic"], sent, key="keeping") as follower:
            assert b"message_stop" not in follower.until(b"text_delta")
            assert streamed_text("anthropic", follower.rest()) == "one two three four"
        assert streamed_text("anthropic", leader.rest()) == "one two three four"
    assert len(upstream.chats) == 1


def test_a_leader_that_leaves_takes_nobody_with_it(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.play(Reply(parts=(Text("one two three four", 8),), pace=Pace(before_first=0.5, between=0.15)))
    sent = body("anthropic", stream=True)
    leader = Wire(lynkr, PATHS["anthropic"], sent, key="keeping")
    upstream.wait_for(1)
    with ThreadPoolExecutor(1) as pool:
        follower = pool.submit(post, lynkr, sent)
        time.sleep(0.3)
        leader.socket.close()
        answer = follower.result()
    assert outcome(answer) == "shared"
    assert streamed_text("anthropic", answer.content) == "one two three four"
    assert is_complete("anthropic", answer.content)
    assert len(upstream.chats) == 1


def test_a_leader_that_fails_lets_the_others_ask(lynkr: Gateway, upstream: Upstream) -> None:
    refused = Reply(status=400, message="no", pace=Pace(before_headers=0.5))
    upstream.play(refused, *[Reply(parts=(Text("Well."),))] * 5)
    sent = body("anthropic")
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(post, lynkr, sent)
        upstream.wait_for(1)
        answers = [future.result() for future in [pool.submit(post, lynkr, sent) for _ in range(3)]]
    assert first.result().status_code == 400
    assert [text_of("anthropic", answer.json()) for answer in answers] == ["Well."] * 3


def test_other_scopes_share_no_call(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.play(*[SLOW] * 4)
    sent = body("anthropic")
    with ThreadPoolExecutor(4) as pool:
        keys = ["keeping", "keeping alice", "keeping service", "sharing bob"]
        answers = list(pool.map(lambda key: post(lynkr, sent, key), keys))
    assert len(upstream.chats) == 4
    assert {outcome(answer) for answer in answers} == {"miss"}


def test_an_error_in_the_stream_reaches_the_followers(lynkr: Gateway, upstream: Upstream) -> None:
    """CUT-9: a broken answer never looks complete, to none of them."""
    broken = Reply(
        parts=(Text("one two three four", 8),),
        pace=Pace(before_first=0.5, between=0.1),
        fault=Fault(cut_after_events=6),
    )
    upstream.play(broken)
    sent = body("anthropic", stream=True)
    with Wire(lynkr, PATHS["anthropic"], sent, key="keeping") as leader:
        upstream.wait_for(1)
        with Wire(lynkr, PATHS["anthropic"], sent, key="keeping") as follower:
            seen = follower.rest()
            assert payloads(seen)[-1]["type"] == "error"
            assert not follower.proper
        leader.rest()
    assert len(upstream.chats) == 1
