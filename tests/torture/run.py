"""One torture from beginning to end; the small one is a test, the long one `make torture`."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import redis

from gateway import partitions, postgres
from gateway.store.purse import OWNER, _is_dead, sweep
from tests.fakes.upstream import Upstream

from . import books as proofs
from .books import Books
from .clients import Asked, Crowd
from .place import Place, place
from .provider import Provider, Served


@dataclass(frozen=True)
class Plan:
    """Seconds. `kills`: when processes are killed; `away`: from when on, and for how long, PostgreSQL is.
    `most`: requests."""

    clients: int
    seconds: float
    most: int
    kills: Sequence[float]
    away: tuple[float, float]
    budgets: dict[str, int]
    slowness: float = 1.0
    seed: int = 1


def torture(folder: Path, plan: Plan) -> list[str]:
    """Raises AssertionError if the books are wrong. What happened, in lines."""
    began = partitions.today()
    provider = Provider(plan.seed, plan.slowness)
    with Upstream(strict=False) as upstream, place(folder, upstream, plan.budgets) as there:
        upstream.when(provider.answer)
        crowd = Crowd(
            there.nodes, there.keys, clients=plan.clients, seconds=plan.seconds, most=plan.most, seed=plan.seed
        )
        crowd.start()
        start = time.monotonic()
        killer = there.killing(plan.seed, list(plan.kills))
        time.sleep(plan.away[0])
        there.stop_postgres(plan.away[1])
        crowd.join()
        took = time.monotonic() - start
        killer.join(150)
        assert not killer.is_alive()
        after = time.monotonic()
        everything_serves_again(there)
        _housekeep(there, crowd, after)
        return _prove(there, plan, crowd.asked, provider.served, began, took)


def everything_serves_again(there: Place) -> None:
    """Each process, for a caller without and with a budget that has room: no purse is stuck, nobody waits for ever."""
    for node in there.nodes:
        assert node.gateway is not None
        until = time.monotonic() + 10
        while True:
            body = {"model": "auto", "max_tokens": 5, "messages": [{"role": "user", "content": "torture-0- again"}]}
            answer = httpx.post(
                f"{node.gateway.base_url}/v1/messages",
                json=body,
                headers={"x-api-key": there.keys["free-0"], "x-client-request-id": "again"},
                timeout=20,
            )
            if answer.status_code == 200:
                break
            assert time.monotonic() < until, answer.text
            time.sleep(0.2)


def _housekeep(there: Place, crowd: Crowd, after: float) -> None:
    """What time and Celery would do: living processes give idle leases back, then the dead ones' are swept."""
    until = time.monotonic() + 20
    while open_ := _left(there):
        assert time.monotonic() < until, open_
        time.sleep(0.2)
    lapse = max(at for node in there.nodes for at, _ in node.kills) + 13 if any(n.kills for n in there.nodes) else after
    while places := _places(there):
        assert time.monotonic() < max(until, lapse + 3), f"places never given back: {places}"
        time.sleep(0.2)
    for node in there.nodes:
        node.stop()
    with postgres.connect("test") as connection:
        connection.execute("UPDATE accounts_budgetlease SET expires_at = now() - interval '1 second'")
        for folder in there.folders:
            for path in (folder / "journal").glob(f"*{OWNER}"):
                os.utime(path, (0, 0))
            sweep(connection, folder / "journal")


def _left(there: Place) -> str:
    """What is still open in the books or leased by a process that lives."""
    owners = [path for folder in there.folders for path in (folder / "journal").glob(f"*{OWNER}")]
    living = [path.name.removesuffix(OWNER) for path in owners if not _is_dead(path)]
    with psycopg.connect(there.postgres.url) as connection:
        attempts = connection.execute("SELECT count(*) FROM gateway_attempt WHERE status = 'open'").fetchall()
        leased = connection.execute(
            "SELECT count(*), sum(amount) FROM accounts_budgetlease WHERE owner = ANY(%s) AND amount > 0", [living]
        ).fetchall()
    return f"{attempts} open, {leased} leased by the living" if attempts[0][0] or leased[0][0] else ""


def _places(there: Place) -> int:
    with redis.Redis.from_url(there.valkey.url) as client:
        now = client.time()[0] * 1000
        return sum(int(client.zcount(key, now, "+inf")) for key in client.keys("*limits*:p"))


def _prove(
    there: Place, plan: Plan, asked: list[Asked], served: list[Served], began: dt.date, took: float
) -> list[str]:
    books = Books.read(there.postgres.url)
    proofs.everything_is_closed_once(books)
    served = [call for call in served if b" again" not in call.received.body]
    again = {row["id"] for row in books.operations if row["client_request_id"] == "again"}
    proven = Books(
        [row for row in books.attempts if row["operation_id"] not in again],
        [row for row in books.operations if row["id"] not in again],
        {id_: rows for id_, rows in books.charges.items() if rows[0]["operation_id"] not in again},
        books.windows,
        books.leases,
    )
    proofs.every_call_is_paid_for_as_it_was_served(proven, served, asked)
    sums = proofs.what_clients_got_whole_is_in_the_books(proven, served, asked)
    killed = proofs.accepted_calls_of_killed_processes_are_charged(proven, served, asked)
    budgets = proofs.no_budget_is_passed_by_more_than_the_bound(proven, asked, plan.clients)
    proofs.all_leases_are_back(books, there)
    proofs.the_proof_finds_nothing(began)
    assert not [one for one in asked if one.status == 401], "a valid key was called invalid"
    refused = [one for one in asked if one.status == 429 and one.final]
    assert refused, "no budget was hit: nothing was proved about them"
    statuses = dict(sorted(Counter(row["status"] for row in books.attempts).items()))
    died = Counter(row["status"] for row in books.attempts if row["error_code"] == "process_died")
    return [
        f"{len(asked)} requests in {took:.0f} s, {len(served)} calls reached the provider, "
        f"{sum(len(node.kills) for node in there.nodes)} kills, PostgreSQL away {plan.away[1]:.0f} s",
        f"clients saw: {dict(sorted(Counter(one.status for one in asked).items()))}, "
        f"hung up {sum(one.hung_up for one in asked)}, refused by budget {len(refused)}",
        f"attempts: {statuses}, of killed processes {dict(died)}",
        f"whole answers proved: {sums['answers']}, {sums['input']} + {sums['output']} tokens, {sums['usd']} USD",
        f"accepted calls of killed processes charged: {killed}",
        *budgets,
    ]
