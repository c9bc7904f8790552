"""The Celery app. Broker: Redis. Tasks are at-least-once, so they must be idempotent; results are not kept.

Each app may have a `tasks` module, with a `SCHEDULE` beside its tasks: `{name: {"task": …, "schedule": …}}`, which
becomes beat's. `.delay()` blocks for milliseconds (it talks to the broker): never call it on the event loop.
"""

from __future__ import annotations

import logging
import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from celery import Celery, signals

from lynkr_site.env import use_settings

use_settings()

from django.conf import settings  # noqa: E402 (needs to know which settings)

HEARTBEAT = "lynkr:worker-heartbeat"
HEARTBEAT_SECONDS = 30
APPS = ("accounts", "routing", "gateway", "caching")
VISIBILITY_SECONDS = 600  # a task of a killed worker is delivered again after this; no task may take longer

app = Celery("lynkr")
app.conf.update(
    broker_url=settings.SERVERS.redis_url or "memory://",
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": VISIBILITY_SECONDS, "global_keyprefix": "lynkr:queue:"},
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=None,  # the pool is threads, which cannot be killed: tasks have budgets of their own
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    timezone="UTC",
    enable_utc=True,
    task_default_queue="lynkr",
)
app.autodiscover_tasks(list(APPS))


@signals.setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Celery sets up its own logging unless somebody listens here; Django's configuration holds."""


@app.task(name="lynkr.heartbeat", ignore_result=True)
def heartbeat() -> None:
    """Says that beat, broker and worker are alive; `manage.py doctor` reads it."""
    from django.core.cache import cache

    cache.set(HEARTBEAT, time.time(), HEARTBEAT_SECONDS * 10)


@app.on_after_finalize.connect
def _schedule(sender: Celery, **_: Any) -> None:
    schedule: dict[str, Any] = {"heartbeat": {"task": "lynkr.heartbeat", "schedule": HEARTBEAT_SECONDS}}
    for name in APPS:
        if find_spec(f"{name}.tasks"):
            for key, entry in getattr(import_module(f"{name}.tasks"), "SCHEDULE", {}).items():
                schedule[f"{name}.{key}"] = entry
    sender.conf.beat_schedule = schedule
    logging.getLogger("lynkr.celery").debug("beat knows %d schedules", len(schedule))
