"""Sessions stay on their model while its prompt is cached: FBK-10, FBK-11, THK-11."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import PATHS, ask, tool

EASY = "What does git stash do?"
HARD = (
    "Prove that the Raft leader election is safe under network partitions, derive the invariants step by step, and design a "
    "linearizable, fault tolerant replication protocol for our payment ledger."
)
HAIKU, OPUS = "claude-haiku-4-5", "claude-opus-4-5"
CHEAP, DEAR = [f"anth/{HAIKU}", "chat/gpt-4o"], [f"anth/{OPUS}"]
TIERS = {"SIMPLE": CHEAP, "MEDIUM": CHEAP, "COMPLEX": DEAR, "REASONING": DEAR}
MEMBERS = [{"user": "alice", "role": "member"}, {"user": "bob", "role": "member"}]
LARGE = script.Usage(input=200, output=300, cache_write_5m=90_000)


def configuration() -> dict[str, Any]:
    return {
        "teams": [
            {"slug": "sessions", "members": MEMBERS, "tiers": TIERS},
            {"slug": "restless", "members": MEMBERS, "tiers": TIERS, "policy": {"sticky": False}},
        ],
        "keys": [
            {"name": "sticky-bob", "team": "sessions", "user": "bob"},
            {"name": "sticky-bob-2", "team": "sessions", "user": "bob"},
            {"name": "sticky-alice", "team": "sessions", "user": "alice"},
            {"name": "restless-bob", "team": "restless", "user": "bob"},
        ],
    }


@pytest.fixture
def gateway(lynkr: Gateway, upstream: Upstream) -> Gateway:
    if "sticky-bob" not in lynkr.keys:
        lynkr.apply(configuration())
    return lynkr


class Session:
    """A Claude Code session of one conversation, whose history grows."""

    def __init__(self, gateway: Gateway, key: str = "sticky-bob", name: str = "", **headers: str) -> None:
        self.gateway, self.key = gateway, key
        self.headers = {**({"x-claude-code-session-id": name} if name else {}), **headers}
        self.messages: list[dict[str, Any]] = []
        self.more: dict[str, Any] = {}

    def ask(self, text: str | list[dict[str, Any]], model: str = "auto", key: str = "") -> httpx.Response:
        """Takes the answer into the history."""
        self.messages.append({"role": "user", "content": text})
        answer = self.again(model, key)
        assert answer.status_code == 200, answer.text
        self.messages.append({"role": "assistant", "content": answer.json()["content"]})
        return answer

    def again(self, model: str = "auto", key: str = "", **headers: str) -> httpx.Response:
        body = {"model": model, "max_tokens": 500, "messages": self.messages, **self.more}
        body["tools"] = [tool("anthropic")]
        sent = {"x-api-key": self.gateway.keys[key or self.key], **self.headers, **headers}
        return httpx.post(self.gateway.base_url + PATHS["anthropic"], json=body, headers=sent, timeout=20)

    def result(self) -> list[dict[str, Any]]:
        calls = [block["id"] for block in self.messages[-1]["content"] if block["type"] == "tool_use"]
        return [{"type": "tool_result", "tool_use_id": call, "content": "sunny"} for call in calls]


def model(answer: httpx.Response) -> str:
    return answer.headers["x-lynkr-model"]


def begun(gateway: Gateway, upstream: Upstream, name: str, **more: str) -> Session:
    """A session that a hard ask has brought to the dear model, with 90 k tokens in its cache."""
    # Every answer has its length: what is estimated of the next prompt is as long as what is warm.
    upstream.when(lambda _: script.text("It is. " * 30_000, usage=LARGE))
    session = Session(gateway, name=name, **more)
    assert model(session.ask(HARD)) == OPUS
    return session


@pytest.mark.parametrize("name", ["", "one"])
def test_a_warm_session_stays_for_an_easy_ask(gateway: Gateway, upstream: Upstream, name: str) -> None:
    """By the client's id and by fingerprint."""
    session = begun(gateway, upstream, name)
    answer = session.ask(EASY)
    assert model(answer) == OPUS
    assert answer.headers["x-lynkr-tier"] == "REASONING"
    assert answer.headers["x-lynkr-reason"].endswith("session stays (cache warm)")
    row = gateway.operation(answer)
    assert (row["tier"], row["model"]) == ("REASONING", OPUS)
    fresh = Session(gateway, name="another")
    assert model(fresh.ask(EASY)) == HAIKU


def test_a_session_moves_up_when_its_task_outgrows_it(gateway: Gateway, upstream: Upstream) -> None:
    upstream.when(lambda _: script.text("It is. " * 30_000, usage=LARGE))
    session = Session(gateway, name="growing")
    assert model(session.ask(EASY)) == HAIKU
    answer = session.ask(HARD)
    assert model(answer) == OPUS
    assert "session moves (outgrown" in answer.headers["x-lynkr-reason"]
    assert model(session.ask(EASY)) == OPUS


def test_a_short_session_moves_down_at_once(gateway: Gateway, upstream: Upstream) -> None:
    """Nothing is cached of a few hundred tokens, so there is nothing to lose."""
    session = Session(gateway, name="short")
    upstream.when(lambda _: script.text("Yes.", usage=script.Usage(input=300, output=100)))
    assert model(session.ask(HARD)) == OPUS
    answer = session.ask(EASY)
    assert model(answer) == HAIKU
    assert "session moves (moving pays)" in answer.headers["x-lynkr-reason"]


def test_a_session_id_of_somebody_else_finds_nothing(gateway: Gateway, upstream: Upstream) -> None:
    """Another user, another team; a user's second key is the same user."""
    session = begun(gateway, upstream, "stolen")
    session.messages.append({"role": "user", "content": EASY})
    assert model(session.again(key="sticky-alice")) == HAIKU
    assert model(session.again(key="restless-bob")) == HAIKU
    assert model(session.again(key="sticky-bob-2")) == OPUS


def test_a_subagent_has_a_pin_of_its_own(gateway: Gateway, upstream: Upstream) -> None:
    session = begun(gateway, upstream, "parent")
    session.messages.append({"role": "user", "content": EASY})
    agent = {"x-claude-code-agent-id": "agent-7"}
    assert model(session.again(**agent)) == HAIKU
    assert model(session.again()) == OPUS


def test_what_a_caller_names_neither_follows_nor_moves_a_session(gateway: Gateway, upstream: Upstream) -> None:
    session = begun(gateway, upstream, "naming")
    assert model(session.ask(EASY, model=f"anth/{HAIKU}")) == HAIKU
    assert model(session.ask(EASY, model="simple")) == HAIKU
    assert model(session.ask(EASY)) == OPUS


def test_a_policy_may_let_sessions_go(gateway: Gateway, upstream: Upstream) -> None:
    session = begun(
        gateway,
        upstream,
        "restless",
    )
    session.messages.append({"role": "user", "content": EASY})
    answer = session.again(key="restless-bob")
    assert model(answer) == HAIKU
    assert "session" not in answer.headers["x-lynkr-reason"]


def test_a_tool_loop_stays_with_the_model_that_took_over(gateway: Gateway, upstream: Upstream) -> None:
    """FBK-11, THK-11: a fallback that served moves the pin, and the loop goes on there although the first is well again."""
    session = Session(gateway, name="fallen")
    call = script.Reply(parts=(script.ToolCall("weather", {"city": "Bern"}),))
    upstream.when(lambda received: script.error(529) if received.dialect == "anthropic" else call)
    assert model(session.ask(EASY)) == "gpt-4o"
    upstream.when(lambda _: call)
    for _ in range(3):
        answer = session.ask(session.result())
        assert model(answer) == "gpt-4o"
        assert "session stays (in a tool loop)" in answer.headers["x-lynkr-reason"]


def test_a_pinned_model_that_rests_is_not_waited_for(gateway: Gateway, upstream: Upstream) -> None:
    session = begun(gateway, upstream, "resting")
    upstream.when(lambda received: script.error(529) if OPUS in received.model else script.text("Yes.", usage=LARGE))
    other = Session(gateway, name="unlucky")
    other.messages = [{"role": "user", "content": EASY}]
    while other.again(f"anth/{OPUS}").json()["error"]["message"].find("resting") < 0:
        assert len(upstream.chats) < 20
    before = len(upstream.chats)
    answer = session.ask(EASY)
    assert model(answer) == HAIKU
    assert "session moves (its model is resting)" in answer.headers["x-lynkr-reason"]
    assert len(upstream.chats) == before + 1


def test_a_stream_pins_before_its_end(gateway: Gateway, upstream: Upstream) -> None:
    """The session's next request may come while the last one is still being closed."""
    slow = script.text("It stashes changes away.", pace=script.Pace(between=0.2))
    upstream.when(lambda received: script.error(529) if received.dialect == "anthropic" else slow)
    session = Session(gateway, name="streaming")
    session.messages = [{"role": "user", "content": EASY}]
    body = {"model": "auto", "max_tokens": 500, "messages": session.messages, "stream": True}
    sent = {"x-api-key": gateway.keys["sticky-bob"], **session.headers}
    url = gateway.base_url + PATHS["anthropic"]
    with httpx.stream("POST", url, json=body, headers=sent, timeout=20) as answer:
        lines = answer.iter_lines()
        assert any("content_block_delta" in line for line in lines)
        upstream.when(lambda _: script.text("Yes."))
        use = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Bern"}}
        result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}
        session.messages += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
        meanwhile = session.again()
        assert any("message_stop" in line for line in lines)
    assert meanwhile.status_code == 200
    assert model(meanwhile) == "gpt-4o"


def test_the_provider_is_told_the_session_in_its_own_words(lynkr: Gateway, upstream: Upstream) -> None:
    """FBK-7: the same for all turns. What a client says itself is left as it is."""
    for _ in range(2):
        assert ask(lynkr, "anthropic", "oai/gpt-4o").status_code == 200
    first, second = (received.json["prompt_cache_key"] for received in upstream.chats)
    assert first == second
    assert first.startswith("lynkr-")
    for surface in ("openai_chat", "openai_responses"):
        ask(lynkr, surface, "oai/gpt-4o", prompt_cache_key="my own")
        assert upstream.last.json["prompt_cache_key"] == "my own"
