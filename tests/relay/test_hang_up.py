"""The caller leaves: the provider's work stops, and what it has already done is on the books."""

from __future__ import annotations

import time
from contextlib import ExitStack

import httpx
import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.script import Pace
from tests.fakes.upstream import Upstream

from .calls import PATHS, SURFACES, Wire, body, stream

SLOW = script.Reply(parts=(script.Text("Stashes your changes. " * 40, fragments=40),), pace=Pace(between=0.2))
TARGETS = ["anth/claude-sonnet-4-5", "chat/gpt-4o", "bed/claude-sonnet-4-5"]


def open_requests(lynkr: Gateway) -> float:
    lines = httpx.get(lynkr.base_url + "/metrics").text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("lynkr_open_requests"))


def await_quiet(lynkr: Gateway, upstream: Upstream, seconds: float = 3.0) -> None:
    """Until no request is open any more, here and at the provider."""
    until = time.monotonic() + seconds
    while open_requests(lynkr) or upstream.open_connections:
        assert time.monotonic() < until, (open_requests(lynkr), upstream.open_connections)
        time.sleep(0.05)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("surface", SURFACES)
def test_a_hang_up_in_mid_stream_stops_the_provider_within_a_second(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str
) -> None:
    """DJG-2, DJG-4, CUT-2, CUT-8: the input is billed, and as much output as was relayed."""
    upstream.play(SLOW)
    with stream(lynkr, surface, target) as wire:
        wire.until(b"Stashes")
        wire.until(b"changes")
    left = time.monotonic()
    received = upstream.last.wait(2)
    assert received.hung_up_at is not None
    assert received.hung_up_at - left < 1
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert (row["status"], row["http_status"], row["is_estimate"]) == ("interrupted", 499, True)
    assert row["input_tokens"] > 0
    assert row["output_tokens"] > 0
    assert [call["status"] for call in row["calls"]] == ["interrupted"]


@pytest.mark.parametrize("surface", SURFACES)
def test_a_hang_up_before_the_first_token_still_bills_the_input(
    lynkr: Gateway, upstream: Upstream, surface: str
) -> None:
    """CUT-8: the provider had accepted the request."""
    upstream.play(script.text("late", pace=Pace(before_first=30)))
    begun = time.time()
    with stream(lynkr, surface, "anth/claude-sonnet-4-5"):
        upstream.wait_for(1)
        time.sleep(0.2)
    left = time.monotonic()
    received = upstream.last.wait(2)
    assert received.hung_up_at is not None
    assert received.hung_up_at - left < 1
    row = lynkr.newest_operation(begun)
    assert (row["status"], row["is_estimate"]) == ("interrupted", True)
    assert row["input_tokens"] > 0
    assert row["output_tokens"] == 0


@pytest.mark.parametrize("surface", SURFACES)
def test_a_hang_up_before_the_providers_headers_bills_the_input_as_an_estimate(
    lynkr: Gateway, upstream: Upstream, surface: str
) -> None:
    """CUT-8, DJG-2: the request went out whole; nobody will learn whether the provider took it."""
    upstream.play(script.text("late", pace=Pace(before_headers=30)))
    begun = time.time()
    with stream(lynkr, surface, "anth/claude-sonnet-4-5"):
        upstream.wait_for(1)
        time.sleep(0.2)
    left = time.monotonic()
    received = upstream.last.wait(2)
    assert received.hung_up_at is not None
    assert received.hung_up_at - left < 1
    row = lynkr.newest_operation(begun)
    assert (row["status"], row["is_estimate"], row["output_tokens"]) == ("interrupted", True, 0)
    assert row["input_tokens"] > 0
    assert row["cost_usd"] > 0


@pytest.mark.parametrize("surface", SURFACES)
def test_an_answer_that_is_not_streamed_is_billed_whole_though_its_caller_has_left(
    lynkr: Gateway, upstream: Upstream, surface: str
) -> None:
    """CUT-5: the provider bills all of it, so the call in flight is waited for and its usage is on the books."""
    upstream.play(script.text("late", pace=Pace(before_headers=1.0)))
    begun = time.time()
    with Wire(lynkr, PATHS[surface], body(surface, "anth/claude-sonnet-4-5")):
        upstream.wait_for(1)
        time.sleep(0.2)
    assert not upstream.last.wait(4).hung_up
    row = lynkr.newest_operation(begun)
    assert (row["status"], row["http_status"], row["is_estimate"]) == ("interrupted", 499, False)
    assert row["input_tokens"] > 0
    assert row["output_tokens"] > 0
    assert [call["status"] for call in row["calls"]] == ["settled"]


@pytest.fixture
def leaver(lynkr: Gateway) -> None:
    """A key that no other test takes away."""
    if "leaver" not in lynkr.keys:
        lynkr.apply({"keys": [{"name": "leaver", "team": "acme", "user": "bob"}]})


@pytest.mark.usefixtures("leaver")
def test_who_leaves_everything_leaves_others_their_bills(lynkr: Gateway, upstream: Upstream) -> None:
    """CUT-6, CUT-5: what is waited for is bounded, and one key does not take all of it."""
    upstream.when(lambda _: script.text("late", pace=Pace(before_headers=4.0)))
    target = "anth/claude-sonnet-4-5"
    with ExitStack() as leaving:
        for _ in range(70):
            leaving.enter_context(Wire(lynkr, PATHS["anthropic"], body("anthropic", target), key="leaver"))
        upstream.wait_for(70, 15.0)
        time.sleep(0.2)
    time.sleep(0.5)
    begun = time.time()
    with Wire(lynkr, PATHS["anthropic"], body("anthropic", target)):
        upstream.wait_for(71)
        time.sleep(0.2)
    row = lynkr.newest_operation(begun, 12)
    assert (row["is_estimate"], row["output_tokens"] > 0) == (False, True)
    until = time.monotonic() + 10
    while open_requests(lynkr):
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.usefixtures("leaver")
def test_who_hangs_up_has_used_their_tokens_all_the_same(lynkr: Gateway, upstream: Upstream) -> None:
    """LIM-4: the place is free at once, but what the answer was asked to hold stays taken until it is known."""
    from accounts.models import ApiKey

    upstream.when(lambda _: script.text("late", usage=script.Usage(output=90_000), pace=Pace(before_headers=1.5)))
    sent = {**body("anthropic", "anth/claude-sonnet-4-5"), "max_tokens": 90_000}

    def again() -> tuple[int, str]:
        headers = {"x-api-key": lynkr.keys["leaver"]}
        answer = httpx.post(lynkr.base_url + PATHS["anthropic"], json=sent, headers=headers)
        return answer.status_code, answer.text

    rows = ApiKey.objects.filter(name="leaver")
    rows.update(parallel_requests=1, tokens_per_minute=100_000)
    lynkr.reload()
    try:
        with Wire(lynkr, PATHS["anthropic"], sent, key="leaver"):
            upstream.wait_for(1)
            time.sleep(0.2)
        time.sleep(0.2)
        for pause in (2.0, 0.0):  # while the answer is waited for, and after it
            status, text = again()
            assert (status, "tokens per minute" in text) == (429, True), text
            time.sleep(pause)
        assert len(upstream.chats) == 1
    finally:
        rows.update(parallel_requests=None, tokens_per_minute=None)
        lynkr.reload()


def test_nothing_is_tried_again_for_a_caller_that_has_left(lynkr: Gateway, upstream: Upstream) -> None:
    """CUT-6: the call in flight is waited for, no other is made."""
    upstream.play(script.error(529, pace=Pace(before_headers=1.0)))
    begun = time.time()
    with Wire(lynkr, PATHS["anthropic"], body("anthropic", "auto")):
        upstream.wait_for(1)
        time.sleep(0.2)
    assert not upstream.last.wait(4).hung_up
    row = lynkr.newest_operation(begun)
    assert (row["status"], len(row["calls"]), len(upstream.chats)) == ("interrupted", 1, 1)


def test_a_hang_up_while_the_body_is_sent_costs_nothing(lynkr: Gateway, upstream: Upstream) -> None:
    with Wire(lynkr, "/v1/messages", b'{"model": "auto", ', length=500):
        time.sleep(0.1)
    until = time.monotonic() + 2
    while open_requests(lynkr):
        assert time.monotonic() < until
    assert upstream.received == []


def test_fifty_hang_ups_leave_nothing_open(lynkr: Gateway, upstream: Upstream) -> None:
    """DJG-2, DJG-4: a plain AsyncHttpConsumer leaves every one of them running."""
    upstream.when(lambda _: SLOW)
    wires = [stream(lynkr, SURFACES[number % 3], TARGETS[number % 2]) for number in range(50)]
    for number, wire in enumerate(wires):
        if number % 5:
            wire.until(b"Stashes")
    assert open_requests(lynkr) >= 40
    for wire in wires:
        wire.socket.close()
    await_quiet(lynkr, upstream)
    assert all(received.wait(2).hung_up for received in upstream.chats)


def test_a_half_closed_caller_is_one_that_left(lynkr: Gateway, upstream: Upstream) -> None:
    import socket

    upstream.play(SLOW)
    with stream(lynkr, "anthropic", "anth/claude-sonnet-4-5") as wire:
        wire.until(b"Stashes")
        wire.socket.shutdown(socket.SHUT_RDWR)
        assert upstream.last.wait(2).hung_up


def test_many_who_leave_at_once_leave_no_work_at_the_provider(lynkr: Gateway, upstream: Upstream) -> None:
    """CUT-6: nothing is drained for somebody who has left, so there is nothing to bound; each is settled as an estimate."""
    upstream.when(lambda _: SLOW)
    with ExitStack() as open_ones:
        wires = [open_ones.enter_context(stream(lynkr, surface, TARGETS[0])) for surface in SURFACES * 5]
        for wire in wires:
            wire.until(b"Stashes")
        assert upstream.open_connections >= len(wires)
    await_quiet(lynkr, upstream, 2.0)
    for wire in wires:
        row = lynkr.operation(wire.headers["x-lynkr-request-id"])
        assert (row["status"], row["is_estimate"], len(row["calls"])) == ("interrupted", True, 1)
        assert row["input_tokens"] > 0


@pytest.mark.parametrize("reset", [False, True])
def test_embeddings_the_provider_accepted_are_billed_though_their_answer_is_cut(
    lynkr: Gateway, upstream: Upstream, reset: bool
) -> None:
    """CUT-2, CUT-14: a call that was accepted is on the books with its input, as an estimate; so is the one it is tried again
    with."""
    cut = script.Reply(fault=script.Fault(cut_after_bytes=10, reset=reset))
    upstream.play_beside(cut, cut)
    begun = time.time()
    with Wire(lynkr, "/v1/embeddings", {"model": "oai/text-embedding-3-small", "input": "x" * 4_000}) as wire:
        wire.rest()
    assert wire.status == 502
    row = lynkr.newest_operation(begun)
    assert len(row["calls"]) == len(upstream.received) == 2
    for call in row["calls"]:
        assert call["upstream_status"] == 200
        assert call["is_estimate"]
        assert call["input_tokens"] >= 1_000
        assert call["cost_usd"] > 0
    assert row["cost_usd"] == sum(call["cost_usd"] for call in row["calls"])
