"""A process's own limits and its end: shedding, draining, and what a killed one leaves behind."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.conftest import dedicated_database, use_database
from tests.fakes import script
from tests.fakes.gateway import Gateway, running
from tests.fakes.script import Fault, Pace
from tests.fakes.upstream import Upstream, refusing_address

from .calls import SURFACES, ask, is_complete, message_of, stream, streamed_text
from .conftest import configuration

TARGET = "anth/claude-sonnet-4-5"
SLOW = script.Reply(parts=(script.Text("Stashes your changes. " * 8, fragments=8),), pace=Pace(between=0.25))
STUCK = SLOW.but(pace=Pace(), fault=Fault(silent_after=(5, 30)))


@pytest.fixture(scope="module")
def database(_template: None) -> Iterator[str]:
    with dedicated_database("life") as url:
        yield url


@pytest.fixture
def world(database: str, upstream: Upstream, tmp_path: Path) -> tuple[str, Path, dict[str, str]]:
    """A configured database, a data folder and the keys."""
    from gateway.configuration.loading import load
    from gateway.configuration.writing import apply

    from .conftest import _yaml

    use_database(database)
    address, held = refusing_address()
    held.close()
    keys = apply(load(_yaml(configuration(upstream, address)))).keys
    KEYS.update(keys)
    return database, tmp_path, dict(KEYS)


KEYS: dict[str, str] = {}


def test_the_third_stream_of_two_is_refused_with_a_wait(
    world: tuple[str, Path, dict[str, str]], upstream: Upstream
) -> None:
    database, folder, keys = world
    upstream.when(lambda _: SLOW)
    with running(database, folder, LYNKR_MAX_STREAMS="2") as lynkr:
        lynkr.keys.update(keys)
        with stream(lynkr, "anthropic", TARGET) as first, stream(lynkr, "openai_chat", TARGET) as second:
            first.until(b"Stashes")
            second.until(b"Stashes")
            for surface in SURFACES:
                refused = ask(lynkr, surface, TARGET)
                assert refused.status_code == 503
                assert int(refused.headers["retry-after"]) >= 1
                assert message_of(surface, refused.json())
            assert first.rest()
            assert first.proper
            second.rest()
            assert second.proper
        assert ask(lynkr, "anthropic", TARGET).status_code == 200
        assert len(upstream.chats) == 3


def test_one_key_that_sends_slowly_leaves_places_to_others(
    world: tuple[str, Path, dict[str, str]], upstream: Upstream
) -> None:
    """Six places: a key alone gets four of them, however many it asks for."""
    database, folder, keys = world
    with running(database, folder, LYNKR_MAX_STREAMS="6") as lynkr, ExitStack() as stack:
        lynkr.keys.update(keys)
        port = int(lynkr.base_url.rpartition(":")[2])
        head = f"POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: {keys['bob']}\r\ncontent-length: 900\r\n\r\n{{"
        slow = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=0.5)) for _ in range(9)]
        for wire in slow:
            wire.sendall(head.encode())
            time.sleep(0.05)
        answers = [_answer_of(wire) for wire in slow]
        assert answers[:4] == [b""] * 4, "these wait for their bodies"
        refused = [answer for answer in answers[4:] if answer.startswith(b"HTTP/1.1 429 ")]
        assert refused
        assert all(b"\r\nretry-after: 1\r\n" in answer and b"rate_limit_error" in answer for answer in refused)
        assert _status(lynkr, "charlie", 503) == 200
        assert _status(lynkr, "bob", 503) == 429
        for wire in slow[:4]:
            wire.close()
        assert _status(lynkr, "bob", 429) == 200


def _status(lynkr: Gateway, key: str, while_: int) -> int:
    """What a request is answered in the end; a machine that is busy sheds with 503 for a moment."""
    until = time.monotonic() + 10
    while (status := ask(lynkr, "anthropic", TARGET, key=key).status_code) in (
        503,
        while_,
    ) and time.monotonic() < until:
        time.sleep(0.1)
    return status


def _answer_of(wire: socket.socket) -> bytes:
    try:
        return wire.recv(4096)
    except TimeoutError:
        return b""


def test_sigterm_lets_open_streams_finish_and_takes_nothing_new(
    world: tuple[str, Path, dict[str, str]], upstream: Upstream
) -> None:
    database, folder, keys = world
    upstream.play(SLOW)
    with running(database, folder) as lynkr:
        lynkr.keys.update(keys)
        with stream(lynkr, "anthropic", TARGET) as wire:
            wire.until(b"Stashes")
            request_id = wire.headers["x-lynkr-request-id"]
            ended: list[int] = []
            waiter = threading.Thread(target=lambda: ended.append(lynkr.stop()))
            waiter.start()
            time.sleep(0.3)
            with pytest.raises(httpx.HTTPError):
                httpx.post(lynkr.base_url + "/v1/messages", json={}, timeout=2).raise_for_status()
            raw = wire.rest()
        assert wire.proper
        assert is_complete("anthropic", raw)
        assert streamed_text("anthropic", raw) == "Stashes your changes. " * 8
        waiter.join(15)
        assert ended == [0]
        assert lynkr.operation(request_id)["status"] == "completed"


def test_a_stream_that_outlasts_the_drain_is_interrupted_and_on_the_books(
    world: tuple[str, Path, dict[str, str]], upstream: Upstream
) -> None:
    """CUT-1: shutdown is one of the ways a request ends."""
    database, folder, keys = world
    upstream.play(STUCK)
    with running(database, folder, LYNKR_DRAIN_SECONDS="1") as lynkr:
        lynkr.keys.update(keys)
        with stream(lynkr, "openai_chat", TARGET) as wire:
            wire.until(b"Stashes")
            request_id = wire.headers["x-lynkr-request-id"]
            assert lynkr.stop() == 0
            wire.rest()
        assert not wire.proper
        row = lynkr.operation(request_id)
        assert row["status"] == "interrupted"
        assert row["input_tokens"] > 0
        assert upstream.last.wait(2).hung_up


@pytest.mark.parametrize("surface", SURFACES)
def test_a_killed_process_leaves_its_attempt_to_the_next(
    world: tuple[str, Path, dict[str, str]], upstream: Upstream, surface: str
) -> None:
    """CUT-1, CUT-7, CUT-10: the call was dispatched, so it is on the books, and it is closed."""
    database, folder, keys = world
    upstream.play(STUCK)
    data = {"LYNKR_DATA_DIR": str(folder / "data"), **_secrets()}
    with running(database, folder, **data) as lynkr:
        lynkr.keys.update(keys)
        with stream(lynkr, surface, TARGET) as wire:
            wire.until(b"Stashes")
            request_id = wire.headers["x-lynkr-request-id"]
            lynkr.process.send_signal(signal.SIGKILL)
            lynkr.process.wait(5)
    operation = request_id.removeprefix("req_")
    with running(database, folder, **data) as heir:
        attempt = _closed_attempt(heir, operation)
    assert (attempt["status"], attempt["account"]) == ("interrupted", "anth")
    _is_charged_for_what_was_known(database, attempt, surface)


def _is_charged_for_what_was_known(database: str, attempt: dict[str, Any], surface: str) -> None:
    """CUT-2, CUT-8, CUT-14: the provider had accepted, so at least the input is paid for, as a flagged estimate, once."""
    with psycopg.connect(database) as connection:
        [[tokens, cost, is_estimate, named]] = connection.execute(
            "SELECT input_tokens, amount_usd, is_estimate, surface FROM gateway_ledgerentry WHERE attempt_id = %s",
            [attempt["id"]],
        ).fetchall()
    assert tokens == attempt["input_tokens"] > 0
    assert cost == attempt["cost_usd"] > 0
    assert attempt["price_version"]
    assert (is_estimate, attempt["is_estimate"], named) == (True, True, surface)


def test_a_process_that_knows_no_key_yet_calls_none_invalid(
    world: tuple[str, Path, dict[str, str]], upstream: Upstream
) -> None:
    """Postgres went away while it started: a 401 would stop every client, though its key is good."""
    database, folder, keys = world
    upstream.when(lambda _: script.text("Stashes."))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE accounts_apikey RENAME TO away")
        try:
            with running(database, folder) as lynkr:
                lynkr.keys.update(keys)
                answer = ask(lynkr, "anthropic", TARGET)
                connection.execute("ALTER TABLE away RENAME TO accounts_apikey")
                until = time.monotonic() + 10
                while ask(lynkr, "anthropic", TARGET).status_code != 200:
                    assert time.monotonic() < until
                    time.sleep(0.2)
        finally:
            connection.execute("ALTER TABLE IF EXISTS away RENAME TO accounts_apikey")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1


def _secrets() -> dict[str, str]:
    """Another data folder, the same secrets."""
    from lynkr_site.env import env

    found = env()
    return {
        "LYNKR_SECRET_KEY": found.secret_key,
        "LYNKR_KEY_PEPPER": found.key_pepper,
        "LYNKR_ENCRYPTION_KEY": found.encryption_key,
    }


def _closed_attempt(lynkr: Gateway, operation: str) -> dict[str, object]:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        rows = lynkr.rows("SELECT * FROM gateway_attempt WHERE operation_id = %s", operation)
        if rows and rows[0]["status"] != "open":
            return rows[0]
        time.sleep(0.1)
    raise AssertionError("the attempt is not on the books, or still open")
