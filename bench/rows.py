"""``python -m bench.rows``: how long every page, report and list takes over ten million calls. See README.md."""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from . import machine

LIMIT_MS = 300.0
HOSTS = {"LYNKR_ALLOWED_HOSTS": "*"}  # the test client is called "testserver"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.rows", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="calls to make")
    parser.add_argument("--days", type=int, default=90, help="days they are spread over")
    parser.add_argument("--folder", type=Path, help="keep the database here, or use the one that is here")
    parser.add_argument(
        "--rounds",
        type=int,
        default=3,
        help="fetches after the first; the quickest counts",
    )
    parser.add_argument("--only", default="", help="only pages whose name holds this")
    parser.add_argument("--slowest", type=int, default=25, help="how many to list one by one")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="lynkr-rows-", dir=os.environ.get("TMPDIR", "/var/tmp")))
    folder.mkdir(parents=True, exist_ok=True)
    if given.folder is None:
        folder.chmod(0o711)  # the server's user must get in
    try:
        return _with_database(folder, given)
    finally:
        if given.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


def _with_database(folder: Path, given: argparse.Namespace) -> int:
    from lynkr_site.embedded.postgres import Postgres
    from lynkr_site.env import kept_secret, publish, use_settings

    server = Postgres(folder / "postgres", kept_secret(folder, "postgres"), connections=50, durable=False)
    server.start()
    try:
        publish(
            {
                "LYNKR_DATA_DIR": str(folder / "lynkr"),
                "DATABASE_URL": server.url,
                "REDIS_URL": "",
                "LYNKR_ALLOWED_HOSTS": "*",
            }
        )
        use_settings()
        import django

        django.setup()
        return _measured(folder, given)
    finally:
        server.stop(60)


def _measured(folder: Path, given: argparse.Namespace) -> int:
    from django.core.management import call_command

    from .rows_fill import Size, fill
    from .rows_pages import all_pages

    call_command("migrate", verbosity=0)
    done = folder / "filled"
    size = Size(rows=given.rows, days=given.days)
    if not done.exists():
        started = time.monotonic()
        fill(size, lambda text: print(f"{time.monotonic() - started:6.0f} s  {text}", flush=True))
        done.touch()
    pages = [page for page in all_pages(size.days) if given.only in page.name]
    print(_counts())
    figures: list[tuple[float, float, str]] = []
    for page in pages:
        taken = []
        for _ in range(given.rounds + 1):
            started = time.perf_counter()
            page.fetch()
            taken.append((time.perf_counter() - started) * 1000)
        figures.append((min(taken[1:]), taken[0], page.name))
    return _report(figures, given.slowest)


def _counts() -> str:
    from django.db import connection

    lines = [f"{machine.describe()}"] if hasattr(machine, "describe") else []
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        lines.append(f"PostgreSQL {cursor.fetchone()[0]}, {os.cpu_count()} CPUs")
        tables = ("operation", "attempt", "ledgerentry", "usagehour", "usageday")
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM gateway_{table}")
            lines.append(f"{table}: {cursor.fetchone()[0]:,}")
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        lines.append(f"database: {cursor.fetchone()[0]}")
    return "\n".join(lines)


def _report(figures: list[tuple[float, float, str]], slowest: int) -> int:
    groups: dict[str, list[tuple[float, float, str]]] = {}
    for figure in figures:
        groups.setdefault(figure[2].partition(":")[0], []).append(figure)
    print("\n| what | pages | middle ms | slowest ms | slowest, first fetch ms |\n|---|---|---|---|---|")
    for group, found in groups.items():
        middle = statistics.median(ms for ms, _, _ in found)
        print(
            f"| {group} | {len(found)} | {middle:.0f} | {max(found)[0]:.0f} | {max(first for _, first, _ in found):.0f} |"
        )
    print("\n| page | ms | first fetch ms |\n|---|---|---|")
    for ms, first, name in sorted(figures, reverse=True)[:slowest]:
        print(f"| {name} | {ms:.0f} | {first:.0f} |")
    late = [name for ms, _, name in figures if ms >= LIMIT_MS]
    print(f"\n{len(late)} of {len(figures)} take {LIMIT_MS:.0f} ms or longer")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
