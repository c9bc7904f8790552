"""Requests that share a call hurt nobody: whoever leads or follows, reads slowly, leaves, or may use less than the other."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.fakes.gateway import Gateway
from tests.fakes.script import Pace, Reply, Text, Thinking
from tests.fakes.upstream import Upstream

from .calls import PATHS, Wire, body, is_complete, streamed_text, text_of
from .test_answer_cache import outcome, post, team


def configuration() -> dict[str, Any]:
    return {
        "teams": [team("crowd", "bob", "alice", cache_scope="team", hold_out_percent=0)],
        "keys": [
            {"name": "crowd bob", "team": "crowd", "user": "bob"},
            {"name": "crowd alice", "team": "crowd", "user": "alice"},
            {"name": "crowd narrow", "team": "crowd", "user": "alice", "models": ["anth/*"]},
        ],
    }


@pytest.fixture
def lynkr(lynkr: Gateway) -> Gateway:
    if "crowd bob" not in lynkr.keys:
        lynkr.apply(configuration())
    lynkr.rows("DELETE FROM caching_entry RETURNING id")
    return lynkr


def soon(fact: Callable[[], bool], seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


LONG = "abcdefghi " * 600_000  # more than the sockets between hold


def _stops_reading(lynkr: Gateway, sent: dict[str, Any]) -> Wire:
    leader = Wire(lynkr, PATHS["anthropic"], sent, key="crowd bob")
    leader.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    return leader


def test_who_reads_nothing_holds_nobody_up(lynkr: Gateway, upstream: Upstream) -> None:
    """The first to ask stops reading; who followed gets the answer, and so does the first when it reads on."""
    upstream.play(Reply(parts=(Text(LONG, 600),), pace=Pace(before_first=1.0)))
    sent = body("anthropic", stream=True)
    with _stops_reading(lynkr, sent) as leader:
        upstream.wait_for(1)
        answer = post(lynkr, sent, "crowd alice")
        assert answer.content.count(b"abcdefghi ") == 600_000
        assert is_complete("anthropic", answer.content)
        assert len(upstream.chats) == 1
        parts = [leader.socket.recv(1 << 20)]
        while not (b"".join(parts[-3:])).endswith(b"0\r\n\r\n"):
            parts.append(leader.socket.recv(1 << 20))
            assert parts[-1]
        assert b"".join(parts).count(b"abcdefghi ") > 599_000, "but for those that two chunks share"


def test_who_comes_while_the_first_reads_nothing_asks_for_itself(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.play(Reply(parts=(Text(LONG, 600),)), Reply(parts=(Text("Well."),)))
    sent = body("anthropic", stream=True)
    with _stops_reading(lynkr, sent):
        upstream.wait_for(1)
        time.sleep(1.5)
        answer = post(lynkr, sent, "crowd alice")
        assert streamed_text("anthropic", answer.content) == "Well."


def test_a_key_gets_no_answer_of_a_model_it_may_not_use(lynkr: Gateway, upstream: Upstream) -> None:
    """The first falls back to a model that the other's key is not allowed."""
    late = Pace(before_headers=0.7)
    upstream.play(Reply(status=529, pace=late), Reply(status=529), Reply(parts=(Text("Of gpt-4o."),), pace=late))
    sent = body("anthropic")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(post, lynkr, sent, "crowd bob")
        upstream.wait_for(1)
        narrow = pool.submit(post, lynkr, sent, "crowd narrow").result()
        assert first.result().headers["x-lynkr-model"] == "gpt-4o"
    assert narrow.headers.get("x-lynkr-model") != "gpt-4o"
    assert outcome(narrow) != "shared"


def test_a_call_that_nobody_waits_for_any_more_ends(lynkr: Gateway, upstream: Upstream) -> None:
    """CUT-6: two who ask the same and leave do not keep a provider busy, outside of their limits, for ten minutes."""
    upstream.play(Reply(parts=(Text("word " * 400, 400),), pace=Pace(before_first=0.5, between=0.2)))
    sent = body("anthropic", stream=True)
    with Wire(lynkr, PATHS["anthropic"], sent, key="crowd bob") as leader:
        upstream.wait_for(1)
        with Wire(lynkr, PATHS["anthropic"], sent, key="crowd alice") as follower:
            follower.until(b"text_delta")
            leader.socket.close()
            seen = len(follower.body)
            assert soon(lambda: follower._more() and len(follower.body) > seen + 500), "it went on for who follows"
        assert soon(lambda: upstream.chats[0].hung_up), "the call went on"


def test_who_waited_for_one_that_failed_shares_the_next_call(lynkr: Gateway, upstream: Upstream) -> None:
    refused = Reply(status=400, message="no", pace=Pace(before_headers=0.7))
    upstream.play(refused, *[Reply(parts=(Text("Well."),), pace=Pace(before_headers=0.7))] * 6)
    sent = body("anthropic")
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(post, lynkr, sent, "crowd bob")
        upstream.wait_for(1)
        answers = [future.result() for future in [pool.submit(post, lynkr, sent, "crowd alice") for _ in range(5)]]
    assert first.result().status_code == 400
    assert [text_of("anthropic", answer.json()) for answer in answers] == ["Well."] * 5
    assert len(upstream.chats) == 2


def test_a_repeat_of_who_was_told_anothers_answer_gets_the_same_bytes(lynkr: Gateway, upstream: Upstream) -> None:
    """CUT-18, for the first to ask and for those who followed, and for hits."""
    upstream.play(
        Reply(parts=(Thinking("Hm.", signature="c2ln"), Text("one two three", 6)), pace=Pace(before_first=0.6))
    )
    sent = body("anthropic", stream=True)

    def one(number: int) -> httpx.Response:
        return post(lynkr, sent, "crowd bob", **{"idempotency-key": f"share-{number}"})

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(one, range(3)))
    answers.append(one(3))
    assert len(upstream.chats) == 1
    for number, answer in enumerate(answers):
        assert streamed_text("anthropic", answer.content) == "one two three"
        assert one(number).content == answer.content
    assert len(upstream.chats) == 1


def test_another_setting_of_the_account_finds_nothing_old(lynkr: Gateway, upstream: Upstream) -> None:
    """SEM-7: a header or a deployment may name another model."""

    def with_header(value: str) -> None:
        address = f"http://127.0.0.1:{upstream.port}"
        options = {"headers": {"x-variant": value}}
        account = {
            "name": "variant",
            "vendor": "anthropic",
            "base_url": address,
            "secret": "sk-upstream-v",
            "options": options,
        }
        lynkr.apply({"providers": [account]})

    sent = body("anthropic", model="variant/claude-sonnet-4-5")
    with_header("one")
    assert outcome(post(lynkr, sent, "crowd bob")) == "miss"
    assert soon(lambda: bool(lynkr.rows("SELECT id FROM caching_entry")))
    assert outcome(post(lynkr, sent, "crowd bob")) == "exact"
    with_header("two")
    assert outcome(post(lynkr, sent, "crowd bob")) == "miss"


def test_a_model_that_looks_up_the_web_is_asked_each_time(lynkr: Gateway, upstream: Upstream) -> None:
    for _ in range(2):
        answer = post(lynkr, body("openai_chat", model="chat/gpt-4o-search-preview"), "crowd bob")
        assert answer.headers["x-lynkr-cache"] == "skip; why=hosted tools"


@pytest.mark.parametrize(
    "headers", [{"x-lynkr-no-cache": "y"}, {"cache-control": "max-age=0"}, {"pragma": "no-cache"}], ids=str
)
def test_who_says_it_in_another_way_keeps_out_of_it_too(
    lynkr: Gateway, upstream: Upstream, headers: dict[str, str]
) -> None:
    assert post(lynkr, body("anthropic"), "crowd bob", **headers).headers["x-lynkr-cache"] == "skip; why=asked not to"


@pytest.mark.parametrize("said", ["What is \u0000 in C?", "What is \ud800 in Unicode?"], ids=["NUL", "half a sign"])
def test_odd_signs_are_kept_and_found(lynkr: Gateway, upstream: Upstream, said: str) -> None:
    """ENC: Postgres holds neither as text."""
    sent = body("anthropic", messages=[{"role": "user", "content": said}])
    given = {"x-api-key": lynkr.keys["crowd bob"], "content-type": "application/json"}

    def asked() -> httpx.Response:
        return httpx.post(lynkr.base_url + PATHS["anthropic"], content=json.dumps(sent), headers=given, timeout=20)

    if (first := asked()).status_code == 200:
        assert soon(lambda: bool(lynkr.rows("SELECT id FROM caching_entry")))
        assert outcome(asked()) == "exact"
    else:
        assert first.status_code == 400
