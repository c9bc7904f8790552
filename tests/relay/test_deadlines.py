"""Silence: the deadlines that end it, and the keepalives that make it bearable."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.script import Fault, Pace
from tests.fakes.upstream import Upstream

from .calls import SURFACES, ask, failure_in, is_complete, message_of, stream, streamed_text

KEEPALIVE = {"anthropic": b"event: ping", "openai_chat": b": keepalive", "openai_responses": b": keepalive"}
LONG = script.Text("Stashes your changes away. " * 10, fragments=10)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("pace", [Pace(before_headers=5), Pace(before_first=5)])
def test_a_silent_provider_is_left_at_its_first_token_deadline(
    lynkr: Gateway, upstream: Upstream, surface: str, pace: Pace
) -> None:
    late = script.text("late", pace=pace)
    upstream.play(late, late, script.text("Stashes."))
    begun = time.monotonic()
    with stream(lynkr, surface, "complex", key="rungs") as wire:
        raw = wire.rest()
    assert wire.proper
    assert streamed_text(surface, raw) == "Stashes."
    assert time.monotonic() - begun < 5
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert (row["calls"][0]["account"], row["calls"][0]["status"]) == ("hasty", "failed")
    assert "timeout" in row["calls"][0]["error_code"]
    assert upstream.chats[0].wait(1).hung_up


@pytest.mark.parametrize("surface", SURFACES)
def test_a_provider_that_never_answers_is_a_timeout(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    upstream.when(lambda _: script.text("late", pace=Pace(before_headers=5)))
    answer = ask(lynkr, surface, "hasty/claude-sonnet-4-5")
    assert answer.status_code == 504
    assert message_of(surface, answer.json())


@pytest.mark.parametrize("surface", SURFACES)
def test_a_provider_that_falls_silent_is_broken_off(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    """CCD-12: our own idle deadline decides, well before the client's."""
    upstream.play(script.Reply(parts=(LONG,), pace=Pace(between=0.02), fault=Fault(silent_after=(6, 30))))
    begun = time.monotonic()
    with stream(lynkr, surface, "hasty/claude-sonnet-4-5") as wire:
        raw = wire.rest()
    assert 0.9 < time.monotonic() - begun < 4
    assert not wire.proper
    assert not is_complete(surface, raw)
    assert failure_in(surface, raw)["message"]
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert (row["status"], row["error_code"]) == ("truncated", "upstream_timeout")


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("pace", [Pace(before_headers=2.5), Pace(before_first=2.5)])
def test_a_silent_but_living_provider_is_bridged_by_keepalives(
    lynkr: Gateway, upstream: Upstream, surface: str, pace: Pace
) -> None:
    """CCD-13: before the first token as well."""
    upstream.play(script.text("Stashes.", pace=pace))
    with stream(lynkr, surface, "anth/claude-sonnet-4-5") as wire:
        raw = wire.rest()
    assert wire.proper
    assert is_complete(surface, raw)
    assert streamed_text(surface, raw) == "Stashes."
    assert raw.count(KEEPALIVE[surface]) >= 2
    assert raw.startswith(KEEPALIVE[surface])
    assert wire.headers["content-type"].startswith("text/event-stream")
    assert lynkr.operation(wire.headers["x-lynkr-request-id"])["status"] == "completed"


@pytest.mark.parametrize("surface", SURFACES)
def test_keepalives_come_between_events_too(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    upstream.play(script.Reply(parts=(LONG,), fault=Fault(silent_after=(6, 2.5))))
    with stream(lynkr, surface, "chat/gpt-4o") as wire:
        raw = wire.rest()
    assert wire.proper
    assert KEEPALIVE[surface] in raw
    assert streamed_text(surface, raw) == LONG.text


@pytest.mark.parametrize("surface", SURFACES)
def test_after_a_keepalive_another_target_may_still_serve(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    """FBK-2: nothing of an answer was relayed."""
    broken = script.text("never", pace=Pace(before_first=1.3), fault=Fault(error_after=1))
    upstream.play(broken, broken, script.text("Stashes."))
    with stream(lynkr, surface, "simple", key="rungs") as wire:
        raw = wire.rest()
    assert wire.proper
    assert raw.startswith(KEEPALIVE[surface])
    assert is_complete(surface, raw)
    assert streamed_text(surface, raw) == "Stashes."
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert (row["status"], row["account"]) == ("completed", "chat")


@pytest.mark.parametrize("surface", SURFACES)
def test_a_failure_after_a_keepalive_ends_in_the_stream(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    upstream.when(lambda _: script.error(503, "Out of order", pace=Pace(before_headers=1.3)))
    with stream(lynkr, surface, "anth/claude-sonnet-4-5") as wire:
        raw = wire.rest()
    assert (wire.status, wire.proper) == (200, False)
    assert "Out of order" in failure_in(surface, raw)["message"]
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert (row["status"], row["attempts"]) == ("failed", 2)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("target", ["anth/claude-sonnet-4-5", "chat/gpt-4o", "resp/gpt-4o"])
def test_the_first_byte_arrives_with_the_providers_first(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str
) -> None:
    """DJG-1: nothing waits for the end of a slow answer. Measured against the moment the provider wrote each event."""
    reply = script.Reply(parts=(script.Text("one two three four ", fragments=4),), pace=Pace(between=0.25))
    lags = []
    for _ in range(3):  # the machine may be busy with something else
        upstream.play(reply)
        with stream(lynkr, surface, target) as wire:
            wire.rest()
        assert wire.proper
        finished = upstream.last.wait().finished_at
        assert finished is not None
        assert finished - wire.arrived[0][0] > 0.4
        gaps = [later - earlier for (earlier, _), (later, _) in pairwise(wire.arrived)]
        assert sum(gap > 0.1 for gap in gaps) >= 3
        lags.append(wire.arrived[-1][0] - finished)
        if lags[-1] < 0.05:
            break
    assert min(lags) < 0.05


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("target", ["anth/claude-sonnet-4-5", "chat/gpt-4o", "resp/gpt-4o"])
def test_tool_arguments_arrive_as_they_come(lynkr: Gateway, upstream: Upstream, surface: str, target: str) -> None:
    from .calls import tool

    call = script.ToolCall("weather", {"city": "x" * 400}, fragments=5)
    upstream.play(script.Reply(parts=(call,), pace=Pace(between=0.15)))
    with stream(lynkr, surface, target, tools=[tool(surface)]) as wire:
        wire.rest()
    assert wire.proper
    with_arguments = [at for at, data in wire.arrived if b"xxxx" in data]
    assert len(with_arguments) >= 4
    assert with_arguments[3] - with_arguments[0] > 0.3
