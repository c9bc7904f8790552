"""What Celery beat does for the data plane. Every task may run twice, or late."""

from __future__ import annotations

import datetime as dt

import structlog
from celery import shared_task
from celery.schedules import crontab
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from gateway import (
    budget_news,
    calibrating_tiers,
    capture,
    partitions,
    postgres,
    pricebooks,
    proof,
    reembedding,
    retention,
    rollups,
    savings,
    switching_off,
)
from gateway.models import Attempt, KeptAnswer, Operation, ProviderAccount, StoredResponse
from gateway.store import memory_upkeep
from gateway.store.purse import sweep
from gateway.store.upsert import NEVER_CLOSED, USAGE
from lynkr_site.env import env

log = structlog.get_logger("lynkr.tasks")

_SHORTEST_PATIENCE = dt.timedelta(hours=2)
_MESSAGE = "Nobody closed this within the maximum request time."

SCHEDULE = {
    "close-forgotten": {"task": "gateway.close_forgotten", "schedule": 300},
    "ensure-partitions": {"task": "gateway.ensure_partitions", "schedule": 6 * 3600},
    "drop-old-partitions": {"task": "gateway.drop_old_partitions", "schedule": 24 * 3600},
    "roll-up": {"task": "gateway.roll_up", "schedule": 60},
    "prove-books": {"task": "gateway.prove_books", "schedule": crontab(hour=3, minute=17)},
    "watch-open": {"task": "gateway.watch_open", "schedule": 120},
    "return-leases": {"task": "gateway.return_leases", "schedule": 60},
    "tell-of-budgets": {"task": "gateway.tell_of_budgets", "schedule": 60},
    "purge-responses": {"task": "gateway.purge_responses", "schedule": 300},
    "refresh-prices": {"task": "gateway.refresh_prices", "schedule": 24 * 3600},
    "calibrate-tiers": {"task": "gateway.calibrate_tiers", "schedule": crontab(hour=4, minute=41)},
    "measure-savings": {"task": "gateway.measure_savings", "schedule": crontab(hour=4, minute=11)},
    "check-capture": {"task": "gateway.check_capture", "schedule": 3600},
    "tidy-cache": {"task": "gateway.tidy_cache", "schedule": 300},
    "index-cache": {"task": "gateway.index_cache", "schedule": 600},
    "renew-vectors": {"task": "gateway.renew_vectors", "schedule": 300},
}

_ORPHANED_OPERATIONS = f"""
INSERT INTO gateway_operation (id, day, started_at, team_id, key_id, account, model, tier, attempts, status, is_estimate,
    error_code, error_message, {", ".join(USAGE)})
SELECT operation_id, min(day), min(started_at), min(team_id), (array_agg(key_id))[1],
    (array_agg(account ORDER BY sequence DESC))[1], (array_agg(model ORDER BY sequence DESC))[1],
    (array_agg(tier ORDER BY sequence DESC))[1], count(*), 'interrupted', true,
    %(code)s, %(message)s, {", ".join(f"sum({name})" for name in USAGE)}
FROM gateway_attempt attempt
WHERE started_at BETWEEN %(from)s AND %(to)s
    AND NOT EXISTS (SELECT 1 FROM gateway_operation operation WHERE operation.id = attempt.operation_id)
GROUP BY operation_id HAVING max(started_at) < %(to)s
ON CONFLICT DO NOTHING
"""  # noqa: S608 (column names of ours)


def patience() -> dt.timedelta:
    """Longer than any request may take: fallback tries several targets, each with its own total deadline."""
    longest = ProviderAccount.objects.aggregate(longest=Max("total_seconds"))["longest"] or 0
    return max(_SHORTEST_PATIENCE, dt.timedelta(seconds=3 * longest))


@shared_task(name="gateway.close_forgotten", ignore_result=True)
def close_forgotten() -> dict[str, int]:
    """Close attempts and operations open for longer than any request may take, and give attempts without an operation one
    (CUT-7, CUT-10). The truth, should a journal bring it later, still wins (gateway/store/upsert.py)."""
    before = timezone.now() - patience()
    fate = {
        "status": "interrupted",
        "is_estimate": True,
        "error_code": NEVER_CLOSED,
        "error_message": _MESSAGE,
    }
    with transaction.atomic():
        attempts = Attempt.objects.filter(status="open", started_at__lt=before).update(**fate)
        operations = Operation.objects.filter(status="open", started_at__lt=before).update(**fate)
        with connection.cursor() as cursor:
            span = {"code": NEVER_CLOSED, "message": _MESSAGE, "from": before - dt.timedelta(days=2), "to": before}
            cursor.execute(_ORPHANED_OPERATIONS, span)
            orphaned = cursor.rowcount
    if attempts or operations or orphaned:
        log.warning("closed what nobody closed", attempts=attempts, operations=operations, without_operation=orphaned)
    return {"attempts": attempts, "operations": operations, "without_operation": orphaned}


@shared_task(name="gateway.ensure_partitions", ignore_result=True)
def ensure_partitions(days_ahead: int = 7) -> list[str]:
    return partitions.ensure(days_ahead)


@shared_task(name="gateway.drop_old_partitions", ignore_result=True)
def drop_old_partitions() -> list[str]:
    return retention.drop_old()


@shared_task(name="gateway.roll_up", ignore_result=True)
def roll_up() -> bool:
    """Whether this run counted: another may be at it (DBL-5)."""
    return rollups.roll_up() is not None


@shared_task(name="gateway.prove_books", ignore_result=True)
def prove_books(days: int = 3) -> list[str]:
    """Counters = ledger = roll-ups for the last `days` days before today (CUT-20); what differs is an `Alert`."""
    rollups.roll_up()
    return proof.prove(days)


@shared_task(name="gateway.watch_open", ignore_result=True)
def watch_open() -> int:
    """Dispatched minus closed, older than minutes (CUT-7); not 0 is an `Alert`."""
    return proof.watch_open()


@shared_task(name="gateway.purge_responses", ignore_result=True)
def purge_responses(batch: int = 2_000, batches: int = 500) -> int:
    """Stored responses and answers kept for a repeat, in batches, and no more than so many: what is left goes with the next
    run (LOG-5)."""
    gone = 0
    for kind in (KeptAnswer, StoredResponse):
        for _ in range(batches):
            old = kind.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at").values("pk")[:batch]
            deleted, _by_model = kind.objects.filter(pk__in=old).delete()
            gone += deleted
            if deleted < batch:
                break
    return gone


@shared_task(name="gateway.refresh_prices", ignore_result=True)
def refresh_prices() -> str:
    """A new price book if the lists changed; what is wrong with them opens an alert (gateway/pricebooks.py)."""
    outcome = pricebooks.refresh(env().price_urls)
    return outcome.problem or (f"book {outcome.book.id}" if outcome.book else "unchanged")


@shared_task(name="gateway.calibrate_tiers", ignore_result=True)
def calibrate_tiers() -> int:
    """How many policies have other bounds suggested or put in force (gateway/calibrating_tiers.py)."""
    return calibrating_tiers.calibrate()


@shared_task(name="gateway.measure_savings", ignore_result=True)
def measure_savings() -> int:
    """What the passes save net of each team (gateway/savings.py); how many policies had one switched off for it (CMP-4)."""
    rollups.roll_up()
    savings.measure()
    return switching_off.look()


@shared_task(name="gateway.check_capture", ignore_result=True)
def check_capture() -> list[str]:
    """The accounts of which too little is known what they cost (UNK-1)."""
    return capture.check(timezone.now())


@shared_task(name="gateway.return_leases", ignore_result=True)
def return_leases() -> int:
    """What dead processes leased and did not spend goes back to its budgets (gateway/store/purse.py)."""
    with postgres.connect("leases") as connection:
        return sweep(connection, settings.LYNKR.data_dir / "journal")


@shared_task(name="gateway.tell_of_budgets", ignore_result=True)
def tell_of_budgets() -> int:
    return budget_news.tell()


@shared_task(name="gateway.renew_vectors", ignore_result=True)
def renew_vectors() -> dict[str, int]:
    """Asks of kept answers get vectors of the embedder in force (gateway/reembedding.py)."""
    return reembedding.renew()


@shared_task(name="gateway.tidy_cache", ignore_result=True)
def tidy_cache() -> dict[str, int]:
    """Cached answers that expired or are more than their team may keep, and checks of near matches that are old
    (gateway/store/memory_upkeep.py)."""
    return {
        "expired": memory_upkeep.drop_expired(),
        "too_many": memory_upkeep.keep_within(),
        "checks": memory_upkeep.drop_old_checks(),
    }


@shared_task(name="gateway.index_cache", ignore_result=True)
def index_cache() -> dict[str, list[str]]:
    """Indexes for the large groups of cached answers, and for them alone (SEM-9, SEM-10)."""
    return memory_upkeep.tend_indexes()
