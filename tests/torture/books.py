"""The books after the torture, against what the provider and the clients saw.

What can be proved: an answer that its client got whole is in the books with the provider's own figures, to the token and the
cent. Of one that was cut (by client, provider or `kill -9`) nobody knows what the provider bills; it is charged once as a
flagged estimate, at least its input, from the moment its provider had accepted it. A call that was never accepted as far as
its process could know is charged nothing. Each of these is checked on each call.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from .clients import Asked
from .place import INPUT, OUTPUT, Place
from .provider import MAX_TOKENS, Served

Row = dict[str, Any]
_FIELDS = (
    "id, operation_id, status, is_estimate, input_tokens, output_tokens, cost_usd, upstream_request_id, error_code"
)


@dataclass
class Books:
    """All rows. `charges` by attempt id."""

    attempts: list[Row]
    operations: list[Row]
    charges: dict[Any, list[Row]]
    windows: list[Row]
    leases: list[Row]

    @classmethod
    def read(cls, url: str) -> Books:
        with psycopg.connect(url, row_factory=dict_row) as connection:

            def all_of(statement: str) -> list[Row]:
                return connection.execute(statement).fetchall()  # type: ignore[call-overload, no-any-return]

            charges = defaultdict(list)
            for row in all_of("SELECT * FROM gateway_ledgerentry"):
                charges[row["attempt_id"]].append(row)
            return cls(
                all_of(f"SELECT {_FIELDS} FROM gateway_attempt"),
                all_of("SELECT * FROM gateway_operation"),
                dict(charges),
                all_of(
                    "SELECT w.*, b.team_id, b.key_id, b.limit FROM accounts_budgetwindow w "
                    "JOIN accounts_budget b ON b.id = w.budget_id"
                ),
                all_of("SELECT * FROM accounts_budgetlease"),
            )


def price(given: int, written: int) -> Decimal:
    return given * INPUT + written * OUTPUT


def everything_is_closed_once(books: Books) -> None:
    """Dispatched minus closed = 0, and a request for every call, which knows how many it made (CUT-1, CUT-7, CUT-11)."""
    assert Counter(row["status"] for row in books.attempts)["open"] == 0
    assert Counter(row["status"] for row in books.operations)["open"] == 0
    assert not [row for row in books.attempts if row["error_code"] == "never_closed"]
    calls = Counter(row["operation_id"] for row in books.attempts)
    known = {row["id"]: row["attempts"] for row in books.operations}
    assert calls.keys() <= known.keys()
    assert {id_: calls.get(id_, 0) for id_ in known} == known


def every_call_is_paid_for_as_it_was_served(books: Books, served: Sequence[Served], asked: Sequence[Asked]) -> None:
    by_id = {call.id: call for call in served}
    told = [row for row in books.attempts if row["upstream_request_id"]]
    assert len({row["upstream_request_id"] for row in told}) == len(told)
    assert {row["upstream_request_id"] for row in told} <= by_id.keys()
    presumed = set()
    for row in books.attempts:
        call = by_id.get(row["upstream_request_id"])
        charges = books.charges.get(row["id"], [])
        if call is None and row["status"] == "interrupted" and charges:
            # Sent, but its caller left before the provider said anything: its input, once, as an estimate (CUT-8).
            [charge] = charges
            assert (row["is_estimate"], row["output_tokens"]) == (True, 0), row
            assert charge["amount_usd"] == row["cost_usd"] == price(row["input_tokens"], 0), row
            presumed.add(row["id"])
            continue
        if call is None:
            assert (row["cost_usd"], charges) == (None, []), row  # nobody accepted it
            continue
        [charge] = charges
        figures = ("input_tokens", "output_tokens", "is_estimate")
        assert [charge[name] for name in figures] == [row[name] for name in figures], row
        assert charge["amount_usd"] == row["cost_usd"] == price(row["input_tokens"], row["output_tokens"]), row
        usage = call.reply.usage
        if row["status"] == "settled":
            assert call.whole, row
            assert (row["input_tokens"], row["output_tokens"]) == (usage.input, usage.output), row
            assert not row["is_estimate"], row
        else:
            assert row["is_estimate"], row
            assert row["status"] in ("interrupted", "truncated", "failed"), row
            held = asked[call.number].held
            assert row["input_tokens"] in (usage.input, held[0]), row
            assert 0 <= row["output_tokens"] <= usage.output, row
    assert books.charges.keys() <= {row["id"] for row in told} | presumed


def what_clients_got_whole_is_in_the_books(books: Books, served: Sequence[Served], asked: Sequence[Asked]) -> Row:
    """To the last token and cent. Also: what the provider served whole and nobody cut is settled. The sums."""
    by_id = {row["upstream_request_id"]: row for row in books.attempts}
    last: dict[int, Served] = {}
    for call in served:
        last[call.number] = call
    whole = [one for one in asked if one.complete]
    operations = Counter(row["client_request_id"] for row in books.operations)
    given = written = 0
    money = Decimal(0)
    for one in whole:
        call = last[one.number]
        row = by_id[call.id]
        assert call.sent_whole, one
        assert row["status"] == "settled", (one, row)
        assert operations[f"torture-{one.number}"] == 1
        given += call.reply.usage.input
        written += call.reply.usage.output
        money += price(call.reply.usage.input, call.reply.usage.output)
    ids = {by_id[last[one.number].id]["id"] for one in whole}
    charged = [books.charges[id_][0] for id_ in ids]
    sums = [sum(charge[name] for charge in charged) for name in ("input_tokens", "output_tokens", "amount_usd")]
    assert sums == [given, written, money]
    for call in served:
        if call.sent_whole and not (asked[call.number].hung_up or _was_killed(asked[call.number])):
            assert by_id[call.id]["status"] == "settled", call
    return {"answers": len(whole), "input": given, "output": written, "usd": money}


def accepted_calls_of_killed_processes_are_charged(
    books: Books, served: Sequence[Served], asked: Sequence[Asked], margin: float = 1.0
) -> int:
    """CUT-8: a call whose provider had begun to answer `margin` seconds before its process was killed. How many."""
    by_id = {row["upstream_request_id"]: row for row in books.attempts}
    found = 0
    for call in served:
        one = asked[call.number]
        began = call.received.at + call.reply.pace.before_headers + margin
        kills = [at for at, _ in one.node.kills if one.began < at < (call.received.hung_up_at or 0) + 0.5]
        if not kills or not call.accepted or not call.received.stream or began > kills[0]:
            continue
        row = by_id[call.id]
        assert row["cost_usd"] > 0, (call, row)
        assert len(books.charges[row["id"]]) == 1
        found += 1
    return found


def _was_killed(one: Asked) -> bool:
    return any(one.began < at < one.ended + 1 for at, _ in one.node.kills)


def no_budget_is_passed_by_more_than_the_bound(books: Books, asked: Sequence[Asked], clients: int) -> list[str]:
    """docs/budgets.md: by at most what the answers open at that moment cost beyond their own estimates; no more than
    `clients` are open at once. And counters are the ledger."""
    cost: dict[Any, Decimal] = defaultdict(Decimal)
    for charges in books.charges.values():
        for charge in charges:
            cost[charge["operation_id"]] += charge["amount_usd"] or 0
    rows = {row["id"]: row for row in books.operations}
    report = []
    for window in books.windows:
        column = "team_id" if window["team_id"] else "key_id"
        mine = {id_: paid for id_, paid in cost.items() if rows[id_][column] == window[column]}
        assert window["spent"] == sum(mine.values()), "the counter is not the ledger"
        held = {row["id"]: _held(row, asked) for row in books.operations if row["id"] in mine}
        beyond = sorted((max(Decimal(0), paid - held[id_]) for id_, paid in mine.items()), reverse=True)
        bound = window["limit"] + sum(beyond[:clients])
        assert window["spent"] <= bound, (window, bound)
        report.append(f"{column[:-3]} budget {window['limit']:f}: spent {window['spent']:f}, bound {bound:f}")
    return report


def _held(row: Row, asked: Sequence[Asked]) -> Decimal:
    """What Lynkr holds for a request; of one whose process died, and with it its client's name for it, the least."""
    _, _, number = row["client_request_id"].partition("-")
    return price(*asked[int(number)].held) if number else price(0, MAX_TOKENS)


def all_leases_are_back(books: Books, place: Place) -> None:
    assert [row for row in books.leases if row["amount"]] == []
    assert [row["leased"] for row in books.windows if row["leased"]] == []
    assert [path for folder in place.folders for path in (folder / "journal").glob("*.owner")] == []
    assert [path for folder in place.folders for path in (folder / "journal").glob("*.journal")] == []


def the_proof_finds_nothing(began: dt.date) -> None:
    """The nightly job, as if it were tomorrow: attempts = ledger = roll-ups = counters."""
    from gateway import partitions, proof, rollups

    run = rollups.roll_up()
    assert run is not None
    assert run.finished
    tomorrow = partitions.today() + dt.timedelta(days=1)
    assert proof.prove((tomorrow - began).days, today=tomorrow) == []
    assert proof.watch_open(minutes=0) == 0
