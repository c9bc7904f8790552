"""`previous_response_id`: conversations kept per team (CDX-5)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.script import Fault, Pace
from tests.fakes.upstream import Upstream

from .calls import ask, failure_in, message_of, payloads, stream

TARGETS = ["resp/gpt-4o", "anth/claude-sonnet-4-5", "chat/gpt-4o"]


def finish(lynkr: Gateway, target: str, *, streamed: bool, key: str = "bob", **more: Any) -> str:
    """The id of a whole answer."""
    answer = ask(lynkr, "openai_responses", target, key=key, stream=streamed, **more)
    assert answer.status_code == 200, answer.text
    return payloads(answer.content)[-1]["response"]["id"] if streamed else answer.json()["id"]


def go_on(lynkr: Gateway, target: str, previous: str, *, key: str = "bob") -> Any:
    """Another turn; storing happens behind the answer, so an unknown id is asked for again for a moment."""
    until = time.monotonic() + 2
    while True:
        answer = ask(lynkr, "openai_responses", target, key=key, previous_response_id=previous, input="And pop?")
        if answer.status_code != 400 or time.monotonic() > until:
            return answer
        time.sleep(0.05)


@pytest.mark.parametrize("second", TARGETS)
@pytest.mark.parametrize("first", TARGETS)
@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_can_be_gone_on_from(
    lynkr: Gateway, upstream: Upstream, streamed: bool, first: str, second: str
) -> None:
    """CDX-5, CDX-4."""
    upstream.play(script.Reply(parts=(script.Thinking("Hm."), script.Text("It stashes 4711."))))
    previous = finish(lynkr, first, streamed=streamed)
    upstream.play(script.text("Brings back."))
    answer = go_on(lynkr, second, previous)
    assert answer.status_code == 200, answer.text
    sent = upstream.last.body
    assert sent.index(b"What does git stash do?") < sent.index(b"It stashes 4711.") < sent.index(b"And pop?")
    assert b"previous_response_id" not in sent
    assert upstream.last.refused is None


def test_a_third_turn_has_the_first_in_it(lynkr: Gateway, upstream: Upstream) -> None:
    first = finish(lynkr, "resp/gpt-4o", streamed=False)
    second = go_on(lynkr, "resp/gpt-4o", first).json()["id"]
    assert go_on(lynkr, "anth/claude-sonnet-4-5", second).status_code == 200
    assert upstream.last.body.count(b"And pop?") == 2
    assert upstream.last.body.count(b"What does git stash do?") == 1


@pytest.mark.parametrize("previous", ["resp_0000", "", "x" * 300, 7, {"a": 1}])
def test_an_unknown_id_is_a_clear_400(lynkr: Gateway, upstream: Upstream, previous: Any) -> None:
    answer = ask(lynkr, "openai_responses", "resp/gpt-4o", previous_response_id=previous)
    if previous == "":
        assert answer.status_code in (200, 400)
        return
    assert answer.status_code == 400
    assert "previous" in message_of("openai_responses", answer.json()).lower()
    assert answer.json()["error"]["param"] == "previous_response_id"
    assert upstream.received == []


def test_another_teams_id_is_unknown(lynkr: Gateway, upstream: Upstream) -> None:
    previous = finish(lynkr, "resp/gpt-4o", streamed=False)
    assert go_on(lynkr, "resp/gpt-4o", previous).status_code == 200
    before = len(upstream.chats)
    refused = ask(lynkr, "openai_responses", "simple", key="charlie", previous_response_id=previous)
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "previous_response_not_found"
    assert len(upstream.chats) == before


@pytest.mark.parametrize("streamed", [False, True])
def test_what_is_not_to_be_stored_is_not(lynkr: Gateway, upstream: Upstream, streamed: bool) -> None:
    """CDX-2, CDX-3: Codex works stateless."""
    previous = finish(lynkr, "anth/claude-sonnet-4-5", streamed=streamed, store=False)
    time.sleep(0.5)
    answer = ask(lynkr, "openai_responses", "auto", previous_response_id=previous)
    assert answer.status_code == 400


def test_a_broken_answer_is_not_stored_and_ends_with_failed(lynkr: Gateway, upstream: Upstream) -> None:
    """CDX-1: never "stream closed before response.completed" without a word."""
    long = script.Text("Stashes your changes. " * 20, fragments=20)
    upstream.play(script.Reply(parts=(long,), pace=Pace(between=0.03), fault=Fault(cut_after_events=9)))
    with stream(lynkr, "openai_responses", "anth/claude-sonnet-4-5") as wire:
        raw = wire.rest()
    assert not wire.proper
    assert failure_in("openai_responses", raw)["code"] == "server_error"
    events = payloads(raw)
    numbers = [event["sequence_number"] for event in events]
    assert numbers == list(range(len(numbers)))
    time.sleep(0.3)
    previous = events[0]["response"]["id"]
    assert ask(lynkr, "openai_responses", "auto", previous_response_id=previous).status_code == 400
