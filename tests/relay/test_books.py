"""A request through a real process: its charge is in the ledger, with who asked and through what."""

from __future__ import annotations

import time
from decimal import Decimal

import psycopg
import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import SURFACES, ask


def _entries(lynkr: Gateway, operation: str, seconds: float = 5.0) -> list[tuple[object, ...]]:
    """The charges of one request, once the flusher brought them."""
    until = time.monotonic() + seconds
    with psycopg.connect(lynkr.database_url) as connection:
        while True:
            found = connection.execute(
                "SELECT ledger.kind, ledger.surface, ledger.user_id = operation.user_id, ledger.key_id = operation.key_id, "
                "ledger.input_tokens, ledger.output_tokens, ledger.amount_usd, operation.cost_usd "
                "FROM gateway_ledgerentry ledger JOIN gateway_operation operation ON operation.id = ledger.operation_id "
                "WHERE operation.id = %s ORDER BY ledger.id",
                [operation.removeprefix("req_")],
            ).fetchall()
            connection.rollback()
            if found or time.monotonic() > until:
                return found
            time.sleep(0.05)


@pytest.mark.parametrize("surface", SURFACES)
def test_a_served_request_has_one_charge_with_user_and_surface(
    lynkr: Gateway, upstream: Upstream, surface: str
) -> None:
    """CUT-1, CUT-11, CUT-20: the ledger and the request show the same money."""
    upstream.play(script.text("Stashes your changes."))
    answer = ask(lynkr, surface, "anth/claude-sonnet-4-5")
    assert answer.status_code == 200
    [(kind, named, same_user, same_key, given, written, amount, cost)] = _entries(
        lynkr, answer.headers["x-lynkr-request-id"]
    )
    assert (kind, named, same_user, same_key) == ("charge", surface, True, True)
    assert given
    assert written
    assert isinstance(amount, Decimal)
    assert amount == cost > 0


def test_a_refused_call_charges_nothing(lynkr: Gateway, upstream: Upstream) -> None:
    """CUT-14: a 400 of the provider is billed by nobody."""
    upstream.play(script.error(400))
    answer = ask(lynkr, "anthropic", "anth/claude-sonnet-4-5")
    assert answer.status_code == 400
    assert lynkr.operation(answer.headers["x-lynkr-request-id"])["status"] == "rejected"
    assert _entries(lynkr, answer.headers["x-lynkr-request-id"], 1.0) == []
