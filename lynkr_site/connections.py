"""Do all processes together fit into what the database allows? (DBL-6)"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from lynkr_site.env import Env

# Beside the pool: listening, journal, leases, two that store responses, two that keep answers for a repeat; of the answer
# cache two that find, one that keeps and one that notes near matches.
OWN_OF_A_WEB_PROCESS = 11
OWN_OF_THE_WORKER = 3  # roll-ups, leases, the answer cache's upkeep


def needed(env: Env) -> int:
    """The most connections this installation opens at once: its web processes, the worker, beat and one command."""
    worker = min(env.db_pool, env.worker_threads) + OWN_OF_THE_WORKER
    return env.web_processes * (env.db_pool + OWN_OF_A_WEB_PROCESS) + worker + 2


def problem(connection: BaseDatabaseWrapper, env: Env) -> str:
    """What is wrong with the server's `max_connections` and how to mend it; "" if nothing is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int "
            "- current_setting('reserved_connections', true)::int"
        )
        allowed: int = cursor.fetchone()[0]
    wanted = needed(env)
    if wanted <= allowed:
        return ""
    return (
        f"the server allows {allowed} connections, {env.web_processes} web processes and the worker may open {wanted}: raise "
        "max_connections, lower LYNKR_DB_POOL or LYNKR_WEB_PROCESSES, or put a pooler in front."
    )
