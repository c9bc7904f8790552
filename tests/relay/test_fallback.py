"""Trouble before the first content moves on unseen; trouble after it ends the stream as broken (FBK-1..5)."""

from __future__ import annotations

import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.script import Fault, Pace
from tests.fakes.upstream import Upstream

from .calls import SURFACES, ask, failure_in, is_complete, message_of, payloads, stream, streamed_text, text_of

CUT_LATE = Pace(between=0.05)


def statuses(row: dict) -> list[tuple[str, str]]:
    return [(call["account"], call["status"]) for call in row["calls"]]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    "fault", [Fault(error_after=0), Fault(error_after=1), Fault(end_after=1), Fault(cut_after_events=1)]
)
def test_an_error_before_the_first_content_moves_on_unseen(
    lynkr: Gateway, upstream: Upstream, surface: str, fault: Fault
) -> None:
    """FBK-1, FBK-2, CUT-11, CUT-15: two tries of the first target, then the second serves; headers name who served."""
    broken = script.text("never seen", message="Overloaded", fault=fault)
    upstream.play(broken, broken, script.text("Stashes changes."))
    with stream(lynkr, surface, "simple", key="rungs") as wire:
        raw = wire.rest()
    assert wire.proper
    assert is_complete(surface, raw)
    assert streamed_text(surface, raw) == "Stashes changes."
    assert (wire.headers["x-lynkr-provider"], wire.headers["x-lynkr-model"]) == ("chat", "gpt-4o")
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert (row["status"], row["account"], row["attempts"], row["tier"]) == ("completed", "chat", 3, "SIMPLE")
    assert statuses(row) == [("anth", "failed"), ("anth", "failed"), ("chat", "settled")]
    assert row["requested_model"] == "simple"


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("status", [500, 503, 529])
def test_a_failing_provider_is_tried_again_and_then_left(
    lynkr: Gateway, upstream: Upstream, surface: str, status: int
) -> None:
    upstream.play(script.error(status), script.error(status), script.text("Stashes."))
    answer = ask(lynkr, surface, "simple", key="rungs")
    assert answer.status_code == 200
    assert text_of(surface, answer.json()) == "Stashes."
    assert answer.headers["x-lynkr-provider"] == "chat"
    first, second, third = lynkr.operation(answer)["calls"]
    assert (first["upstream_status"], second["upstream_status"], third["upstream_status"]) == (status, status, 200)
    assert {call["operation_id"] for call in (first, second, third)} == {first["operation_id"]}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("target", ["anth/claude-sonnet-4-5", "chat/gpt-4o", "resp/gpt-4o", "gem/gemini-2.5-pro"])
def test_a_stream_cut_after_content_ends_with_the_error_and_without_the_last_chunk(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str
) -> None:
    """CUT-9, CDX-1, FBK-3: a broken answer never looks complete, and is not completed by somebody else."""
    long = script.Text("Stashes your changes away. " * 20, fragments=20)
    upstream.play(script.Reply(parts=(long,), pace=CUT_LATE, fault=Fault(cut_after_events=9)))
    with stream(lynkr, surface, target) as wire:
        raw = wire.rest()
    assert wire.status == 200
    assert not wire.proper
    assert not is_complete(surface, raw)
    assert streamed_text(surface, raw).startswith("Stashes your")
    assert failure_in(surface, raw)["message"]
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert (row["status"], row["attempts"]) == ("truncated", 1)
    assert row["is_estimate"] is True
    assert row["output_tokens"] > 0
    assert [call["status"] for call in row["calls"]] == ["truncated"]
    assert len(upstream.chats) == 1


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("fault", [Fault(error_after=9), Fault(end_after=9), Fault(cut_after_events=9, reset=True)])
def test_an_error_event_or_an_early_end_after_content_is_a_failure_too(
    lynkr: Gateway, upstream: Upstream, surface: str, fault: Fault
) -> None:
    """FBK-5, CUT-9: neither is logged as success."""
    long = script.Text("Stashes your changes away. " * 20, fragments=20)
    upstream.play(script.Reply(parts=(long,), pace=CUT_LATE, fault=fault, message="Overloaded now"))
    with stream(lynkr, surface, "anth/claude-sonnet-4-5") as wire:
        raw = wire.rest()
    assert not wire.proper
    assert not is_complete(surface, raw)
    told = failure_in(surface, raw)
    if fault.error_after:
        assert "Overloaded now" in told["message"]
    assert lynkr.operation(wire.headers["x-lynkr-request-id"])["status"] == "truncated"


@pytest.mark.parametrize("surface", SURFACES)
def test_a_bedrock_exception_before_content_moves_on(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    """FBK-4: Bedrock reports throttling as an event of a stream that began with 200."""
    broken = script.text("never", fault=Fault(error_after=1))
    upstream.play(broken, broken, script.text("Stashes."))
    with stream(lynkr, surface, "medium", key="rungs") as wire:
        raw = wire.rest()
    assert wire.proper
    assert streamed_text(surface, raw) == "Stashes."
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert [(c["account"], c["status"]) for c in row["calls"]][-1] == ("chat", "settled")
    assert row["calls"][0]["account"] == "bed"


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("streamed", [False, True])
def test_no_other_target_is_tried_where_the_policy_says_so(
    lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool
) -> None:
    """FBK-3: in every phase, with the stream not begun or begun without content."""
    broken = script.text("never", fault=Fault(error_after=1)) if streamed else script.error(529, "Overloaded")
    upstream.play(broken, broken, script.text("never"))
    if streamed:
        with stream(lynkr, surface, "simple", key="steadfast") as wire:
            raw = wire.rest()
        status, request_id = wire.status, wire.headers["x-lynkr-request-id"]
        assert wire.proper
    else:
        answer = ask(lynkr, surface, "simple", key="steadfast")
        status, request_id, raw = answer.status_code, answer.headers["x-lynkr-request-id"], answer.content
    assert status in (503, 529), raw
    assert {received.dialect for received in upstream.chats} == {"anthropic"}
    assert lynkr.operation(request_id)["status"] == "failed"


@pytest.mark.parametrize("surface", SURFACES)
def test_a_named_model_is_never_replaced(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    upstream.play(script.error(529), script.error(529), script.text("never"))
    answer = ask(lynkr, surface, "anth/claude-sonnet-4-5")
    assert answer.status_code in (503, 529)
    assert message_of(surface, answer.json())
    assert len(upstream.chats) == 2


@pytest.mark.parametrize("surface", SURFACES)
def test_a_refused_connection_moves_on(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    upstream.play(script.text("Stashes."))
    answer = ask(lynkr, surface, "reasoning", key="rungs")
    assert answer.status_code == 200
    row = lynkr.operation(answer)
    assert statuses(row)[-1] == ("chat", "settled")
    assert row["calls"][0]["upstream_status"] is None
    assert row["calls"][0]["input_tokens"] is None  # nobody billed it


@pytest.mark.parametrize("surface", SURFACES)
def test_when_everything_fails_the_client_gets_one_error_in_its_dialect(
    lynkr: Gateway, upstream: Upstream, surface: str
) -> None:
    """CUT-1, CUT-13: one operation, its attempts beside it, whatever happened."""
    upstream.when(lambda _: script.error(500, "Internal trouble"))
    answer = ask(lynkr, surface, "simple", key="rungs", timeout=40)
    assert answer.status_code >= 500
    assert message_of(surface, answer.json())
    row = lynkr.operation(answer)
    assert (row["status"], row["http_status"]) == ("failed", answer.status_code)
    assert 2 <= row["attempts"] <= 6
    assert all(call["status"] == "failed" for call in row["calls"])


def test_ids_a_provider_uses_twice_do_not_hide_a_row(lynkr: Gateway, upstream: Upstream) -> None:
    """CUT-12, CUT-16, CUT-17: our own ids are the keys."""
    upstream.play(script.text(id="chatcmpl-424"), script.text(id="chatcmpl-424"))
    rows = [lynkr.operation(ask(lynkr, "openai_chat", "chat/gpt-4o")) for _ in range(2)]
    assert rows[0]["id"] != rows[1]["id"]
    assert all(len(row["calls"]) == 1 and row["calls"][0]["status"] == "settled" for row in rows)


def test_usage_seen_before_a_cut_is_kept(lynkr: Gateway, upstream: Upstream) -> None:
    """CUT-2, CUT-3, CUT-4: input and cache fields of message_start, output as far as it was relayed."""
    usage = script.Usage(input=31, output=500, cache_read=11, cache_write_5m=7)
    long = script.Text("Stashes your changes away. " * 20, fragments=20)
    upstream.play(script.Reply(parts=(long,), usage=usage, pace=CUT_LATE, fault=Fault(cut_after_events=9)))
    with stream(lynkr, "openai_chat", "anth/claude-sonnet-4-5") as wire:
        raw = wire.rest()
    assert payloads(raw)
    row = lynkr.operation(wire.headers["x-lynkr-request-id"])
    assert (row["input_tokens"], row["cache_read_tokens"], row["cache_write_5m_tokens"]) == (31, 11, 7)
    assert 0 < row["output_tokens"] < 500
    assert row["cost_usd"] is not None
