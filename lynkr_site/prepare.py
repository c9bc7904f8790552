"""`manage.py prepare`: bring the schema up to date and, on the first start, make the first admin, team and key (with
`--demo`, an invented organisation instead).

Exit codes: 0 ready to serve, 1 the migration failed or the schema does not match, kept by whoever started us (MIG-3).
"""

from __future__ import annotations

import sys
import time
from importlib import import_module
from typing import Any

DATABASE_PATIENCE_SECONDS = 60
DEMO = "--demo"


def main(arguments: list[str]) -> int:
    """Run it; the process's exit code. What is printed on stdout is meant for the person who started Lynkr."""
    from lynkr_site.embedded.process import ServerError
    from lynkr_site.embedded.servers import database_for_a_command
    from lynkr_site.env import env

    try:
        with database_for_a_command(env()):
            return _prepare("gateway.demo.filling" if DEMO in arguments else "accounts.bootstrap")
    except ServerError as error:
        print(f"lynkr: {error}", file=sys.stderr)
        return 1


def _prepare(first: str) -> int:
    """`first`: the module whose `first_start` says what to print."""
    import django
    from django.core.management import CommandError, call_command
    from django.db import DatabaseError, connection

    from lynkr_site.connections import problem
    from lynkr_site.env import env
    from lynkr_site.logs import redact
    from lynkr_site.migrations import ADVISORY_LOCK, missing_migrations

    django.setup()
    try:
        _wait_for_database()
        with connection.cursor() as cursor:
            _take_turns(cursor, ADVISORY_LOCK)
            try:
                missing = missing_migrations(connection)
                if missing:
                    print(f"lynkr: bringing the database up to date ({len(missing)} migrations)", flush=True)
                    call_command("migrate", interactive=False, verbosity=0)
                    missing = missing_migrations(connection)
                if missing:
                    print(f"lynkr: the schema still lacks {missing[0]}; not serving.", file=sys.stderr)
                    return 1
                if few := problem(connection, env()):
                    print(f"lynkr: {few}", file=sys.stderr)
                for line in import_module(first).first_start():
                    print(line, flush=True)
            finally:
                if connection.is_usable():
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
    except CommandError as reason:
        print(f"lynkr: {reason}", file=sys.stderr)
        return 1
    except DatabaseError as error:
        print(f"lynkr: preparing the database failed: {redact(str(error)).strip()}", file=sys.stderr)
        return 1
    finally:
        connection.close()
        connection.close_pool()
    return 0


def _take_turns(cursor: Any, lock: int) -> None:
    """Asks again and again instead of waiting in the database: a statement that waits holds a snapshot, and then an index
    that the one at work builds CONCURRENTLY would wait for it for ever (MIG-1, MIG-5)."""
    while True:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        if cursor.fetchone()[0]:
            return
        time.sleep(0.2)


def _wait_for_database() -> None:
    """A database that starts beside us may need a moment."""
    from django.db import OperationalError, connection

    until = time.monotonic() + DATABASE_PATIENCE_SECONDS
    while True:
        try:
            connection.ensure_connection()
            return
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
