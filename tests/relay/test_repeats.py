"""CUT-18: a request that is sent again with its `Idempotency-Key` gets the first answer, which is paid for once."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import yaml

from tests.conftest import dedicated_database
from tests.fakes import script
from tests.fakes.gateway import Gateway, running
from tests.fakes.script import Fault, Pace
from tests.fakes.upstream import Upstream

from .calls import PATHS, SURFACES, Wire, body, is_complete, message_of, streamed_text, text_of
from .conftest import configuration

REPLAYED = "x-lynkr-idempotent-replay"
OWN = {"x-lynkr-request-id", "request-id", "x-request-id", "date", "transfer-encoding", "content-length", "server"}
TARGETS = ("anth/claude-sonnet-4-5", "chat/gpt-4o")


def send(
    lynkr: Gateway, surface: str, name: str, model: str = TARGETS[0], *, key: str = "bob", **more: Any
) -> httpx.Response:
    headers = {"x-api-key": lynkr.keys[key], "idempotency-key": name}
    return httpx.post(lynkr.base_url + PATHS[surface], json=body(surface, model, **more), headers=headers, timeout=40)


def replayed(answer: httpx.Response) -> bool:
    return answer.headers.get(REPLAYED) == "true"


@pytest.fixture
def name() -> str:
    return f"try-{uuid.uuid4()}"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("surface", SURFACES)
def test_a_repeat_gets_the_same_answer_and_calls_nobody(
    lynkr: Gateway, upstream: Upstream, name: str, surface: str, streamed: bool, target: str
) -> None:
    """CUT-18."""
    upstream.play(script.text("It stashes 4711. " * 20))
    first = send(lynkr, surface, name, target, stream=streamed)
    assert (first.status_code, replayed(first)) == (200, False)
    second = send(lynkr, surface, name, target, stream=streamed)
    assert (second.status_code, replayed(second), len(upstream.chats)) == (200, True, 1)
    assert second.content == first.content
    if streamed:
        assert is_complete(surface, second.content)
    kept = {field: value for field, value in first.headers.items() if field not in OWN}
    assert kept.items() <= dict(second.headers).items()
    assert second.headers["x-lynkr-original-request-id"] == first.headers["x-lynkr-request-id"]
    assert second.headers["x-lynkr-request-id"] != first.headers["x-lynkr-request-id"]


def test_a_repeat_is_on_the_books_and_costs_nothing(lynkr: Gateway, upstream: Upstream, name: str) -> None:
    """CUT-18, CUT-10."""
    first = lynkr.operation(send(lynkr, "anthropic", name))
    row = lynkr.operation(send(lynkr, "anthropic", name))
    assert first["cost_usd"] > 0
    assert (row["status"], row["http_status"], row["attempts"], row["cost_usd"]) == ("completed", 200, 0, 0)
    assert (row["reason"], row["calls"], row["requested_model"]) == ("idempotent replay", [], TARGETS[0])
    charged = lynkr.rows("SELECT 1 FROM gateway_ledgerentry WHERE operation_id = %s", row["id"])
    assert charged == []


def test_an_embedding_is_paid_for_once_too(lynkr: Gateway, upstream: Upstream, name: str) -> None:
    sent = {"model": "oai/text-embedding-3-small", "input": "stash"}
    headers = {"x-api-key": lynkr.keys["root"], "idempotency-key": name}
    first, second = (httpx.post(f"{lynkr.base_url}/v1/embeddings", json=sent, headers=headers) for _ in range(2))
    assert (first.status_code, second.content, replayed(second)) == (200, first.content, True)


@pytest.mark.parametrize("surface", SURFACES)
def test_a_key_does_not_stand_for_another_request(lynkr: Gateway, upstream: Upstream, name: str, surface: str) -> None:
    send(lynkr, surface, name)
    other = send(lynkr, surface, name, temperature=0.5)
    assert (other.status_code, other.headers["x-should-retry"], len(upstream.chats)) == (422, "false", 1)
    assert "Idempotency-Key" in message_of(surface, {k: v for k, v in other.json().items() if k != "request_id"})
    if surface != "anthropic":
        assert other.json()["error"]["code"] == "idempotency_key_reused"
    row = lynkr.operation(other)
    assert (row["status"], row["error_code"]) == ("refused", "idempotency_key_reused")


def test_a_key_of_one_api_key_means_nothing_for_another(lynkr: Gateway, upstream: Upstream, name: str) -> None:
    if "mine-too" not in lynkr.keys:  # keys that no other test takes away or narrows
        lynkr.apply({"keys": [{"name": key, "team": "acme", "user": "bob"} for key in ("mine-too", "mine-as-well")]})
    send(lynkr, "openai_chat", name)
    upstream.play(script.text("For somebody else."))
    for key in ("mine-too", "mine-as-well"):
        other = send(lynkr, "openai_chat", name, key=key)
        assert (other.status_code, replayed(other)) == (200, False)
    assert len(upstream.chats) == 3


def test_without_the_header_each_request_is_its_own(lynkr: Gateway, upstream: Upstream) -> None:
    headers = {"x-api-key": lynkr.key}
    for _ in range(2):
        answer = httpx.post(
            lynkr.base_url + PATHS["openai_chat"], json=body("openai_chat", TARGETS[0]), headers=headers
        )
        assert not replayed(answer)
    assert len(upstream.chats) == 2


@pytest.mark.parametrize("bad", ["", "x" * 256])
def test_a_key_of_no_or_of_too_much_length_is_refused(lynkr: Gateway, upstream: Upstream, bad: str) -> None:
    refused = send(lynkr, "openai_chat", bad)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_idempotency_key")
    assert upstream.chats == []


@pytest.mark.parametrize("streamed", [False, True])
def test_a_repeat_of_what_is_being_served_waits_for_it(
    lynkr: Gateway, upstream: Upstream, name: str, streamed: bool
) -> None:
    """CUT-18: five at once, one call."""
    upstream.play(script.text("Late.", pace=Pace(before_first=1.0)))
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: send(lynkr, "openai_chat", name, stream=streamed), range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sorted(replayed(answer) for answer in answers) == [False, True, True, True, True]
    assert len(upstream.chats) == 1


def test_one_keys_repeats_do_not_keep_the_look_ups_from_others(lynkr: Gateway, upstream: Upstream, name: str) -> None:
    """Each that waits asks Postgres, on two threads for all: a thousand of one tenant's made the others' keys unavailable."""
    upstream.play(script.text("Late.", pace=Pace(before_headers=5.0)))
    headers = {"x-api-key": lynkr.key, "idempotency-key": name}
    with ThreadPoolExecutor(40) as pool, httpx.Client(headers=headers, base_url=lynkr.base_url, timeout=40) as client:

        def again(_: int) -> httpx.Response:
            return client.post(PATHS["openai_chat"], json=body("openai_chat", TARGETS[0]))

        answers = list(pool.map(again, range(37)))
    assert sorted(answer.status_code for answer in answers) == [200] * 33 + [409] * 4
    refused = [answer for answer in answers if answer.status_code == 409]
    assert {(one.json()["error"]["code"], one.headers["retry-after"]) for one in refused} == {
        ("idempotency_key_in_use", "5")
    }
    assert len(upstream.chats) == 1
    assert replayed(send(lynkr, "openai_chat", name))


def test_a_repeat_of_what_was_refused_or_failed_is_served(lynkr: Gateway, upstream: Upstream, name: str) -> None:
    upstream.play(script.error(400, "No."), script.text("Now."))
    assert send(lynkr, "openai_chat", name, TARGETS[1]).status_code == 400
    begun = time.monotonic()
    second = send(lynkr, "openai_chat", name, TARGETS[1])
    assert time.monotonic() - begun < 5  # the claim was given back, and did not lapse
    assert (second.status_code, replayed(second)) == (200, False)
    assert text_of("openai_chat", second.json()) == "Now."
    assert replayed(send(lynkr, "openai_chat", name, TARGETS[1]))


def test_a_repeat_of_a_broken_stream_is_served(lynkr: Gateway, upstream: Upstream, name: str) -> None:
    long = script.Text("Stashes your changes. " * 20, fragments=20)
    cut = script.Reply(parts=(long,), pace=Pace(between=0.02), fault=Fault(cut_after_events=9))
    upstream.play(cut, script.text("Whole."))
    headers = [("idempotency-key", name)]
    with Wire(lynkr, PATHS["anthropic"], body("anthropic", TARGETS[0], stream=True), headers=headers) as wire:
        wire.rest()
        assert not wire.proper
    second = send(lynkr, "anthropic", name, stream=True)
    assert (second.status_code, replayed(second)) == (200, False)
    assert streamed_text("anthropic", second.content) == "Whole."


@pytest.mark.parametrize("surface", SURFACES)
def test_who_hung_up_finds_the_answer_that_was_finished_meanwhile(
    lynkr: Gateway, upstream: Upstream, name: str, surface: str
) -> None:
    """CUT-18, CUT-5: what the provider bills anyhow is not bought again."""
    upstream.play(script.text("Late.", pace=Pace(before_headers=1.0)))
    sent = body(surface, TARGETS[0])
    raw = httpx.Request("POST", lynkr.base_url, json=sent).content
    with Wire(lynkr, PATHS[surface], raw, headers=[("idempotency-key", name)]):
        upstream.wait_for(1)
        time.sleep(0.2)
    second = send(lynkr, surface, name)
    assert (second.status_code, replayed(second), len(upstream.chats)) == (200, True, 1)
    assert text_of(surface, second.json()) == "Late."


def test_who_hung_up_on_a_stream_is_served_anew(lynkr: Gateway, upstream: Upstream, name: str) -> None:
    slow = script.Reply(parts=(script.Text("Stashes. " * 40, fragments=40),), pace=Pace(between=0.2))
    upstream.play(slow, script.text("Quick."))
    raw = httpx.Request("POST", lynkr.base_url, json=body("openai_chat", TARGETS[0], stream=True)).content
    with Wire(lynkr, PATHS["openai_chat"], raw, headers=[("idempotency-key", name)]) as wire:
        wire.until(b"Stashes")
    second = send(lynkr, "openai_chat", name, stream=True)
    assert (second.status_code, replayed(second)) == (200, False)
    assert streamed_text("openai_chat", second.content) == "Quick."


def test_an_answer_beyond_4_mb_is_not_kept(lynkr: Gateway, upstream: Upstream, name: str) -> None:
    upstream.when(lambda _: script.text("x" * (4 * 1024 * 1024)))
    answers = [send(lynkr, "openai_chat", name) for _ in range(2)]
    assert [(answer.status_code, replayed(answer)) for answer in answers] == [(200, False)] * 2
    assert len(upstream.chats) == 2


def test_what_is_kept_is_sealed_and_ends(lynkr: Gateway, upstream: Upstream, name: str) -> None:
    """CUT-18, LEK-7: neither the answer nor the key is in the table; after ten minutes the key is free."""
    upstream.play(script.text("Secretly 4711."), script.text("Anew."))
    send(lynkr, "openai_chat", name)
    rows = lynkr.rows("SELECT *, expires_at - now() AS rest FROM gateway_keptanswer WHERE answer IS NOT NULL")
    assert rows
    for row in rows:
        assert b"4711" not in bytes(row["answer"])
        assert name not in str(row)
        assert row["rest"].total_seconds() <= 600
    with psycopg.connect(lynkr.database_url) as connection:
        connection.execute("UPDATE gateway_keptanswer SET expires_at = now()")
    assert not replayed(send(lynkr, "openai_chat", name))


def test_a_kept_answer_that_no_key_opens_is_none(lynkr: Gateway, upstream: Upstream, name: str) -> None:
    send(lynkr, "openai_chat", name)
    with psycopg.connect(lynkr.database_url) as connection:
        connection.execute(r"UPDATE gateway_keptanswer SET answer = '\x0102030405'::bytea WHERE answer IS NOT NULL")
    assert not replayed(send(lynkr, "openai_chat", name))
    assert replayed(send(lynkr, "openai_chat", name))


def test_without_the_table_requests_are_served_and_told_so(lynkr: Gateway, upstream: Upstream, name: str) -> None:
    """CUT-18: what Postgres does not answer costs the promise, not the answer."""
    with psycopg.connect(lynkr.database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE gateway_keptanswer RENAME TO away")
        try:
            for _ in range(2):
                answer = send(lynkr, "openai_chat", name)
                assert (answer.status_code, replayed(answer)) == (200, False)
                assert answer.headers["x-lynkr-idempotency"] == "unavailable"
        finally:
            connection.execute("ALTER TABLE away RENAME TO gateway_keptanswer")
    time.sleep(1.1)
    again = send(lynkr, "openai_chat", name)
    assert "x-lynkr-idempotency" not in again.headers
    assert replayed(send(lynkr, "openai_chat", name))


@pytest.fixture(scope="module")
def pair(_template: None, _upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Gateway]]:
    """Two web processes on one database."""
    from gateway.configuration.loading import load
    from gateway.configuration.writing import apply

    with ExitStack() as stack:
        url = stack.enter_context(dedicated_database("repeats"))
        folder = Path(tmp_path_factory.mktemp("repeats"))
        keys = apply(load(yaml.safe_dump(configuration(_upstream, "http://127.0.0.1:1")))).keys
        with ThreadPoolExecutor(2) as pool:
            opened = [running(url, folder / str(n), LYNKR_KEEPALIVE_SECONDS="1") for n in range(2)]
            found = list(pool.map(stack.enter_context, opened))
        for gateway in found:
            gateway.keys = keys
            gateway.reload()
        yield found


def test_a_repeat_may_come_to_another_process(pair: list[Gateway], upstream: Upstream, name: str) -> None:
    """CUT-18."""
    here, there = pair
    upstream.play(script.text("Late.", pace=Pace(before_headers=0.8)))
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda gateway: send(gateway, "anthropic", name), (here, there)))
    assert answers[0].content == answers[1].content
    assert sorted(map(replayed, answers)) == [False, True]
    assert replayed(send(here, "anthropic", name))
    assert replayed(send(there, "anthropic", name))
    assert len(upstream.chats) == 1


def test_a_killed_process_gives_its_claim_up(pair: list[Gateway], upstream: Upstream, name: str) -> None:
    """CUT-18: and what it had kept before is there after it. Runs last: one of the two is gone."""
    here, there = pair
    kept = send(here, "openai_chat", name)
    upstream.play(script.text("Never.", pace=Pace(before_headers=60)), script.text("By the other."))
    before = len(upstream.chats)

    def left() -> None:
        with suppress(httpx.HTTPError):
            send(here, "openai_chat", "in-flight", stream=True)

    lost = threading.Thread(target=left)
    lost.start()
    upstream.wait_for(before + 1)
    time.sleep(6)  # longer than a beat: the claim was renewed
    [claim] = there.rows("SELECT expires_at - now() AS rest FROM gateway_keptanswer WHERE answer IS NULL")
    assert 10 < claim["rest"].total_seconds() <= 15
    here.process.kill()
    lost.join()
    begun = time.monotonic()
    second = send(there, "openai_chat", "in-flight", stream=True)
    assert (second.status_code, replayed(second)) == (200, False)
    assert streamed_text("openai_chat", second.content) == "By the other."
    assert time.monotonic() - begun < 20
    again = send(there, "openai_chat", name)
    assert (again.content, replayed(again)) == (kept.content, True)
