"""``python -m bench.answer_cache_rows``: how long it takes to find kept answers among very many, by how many the
asker's scope has. See README.md."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

DIMENSION = 384
TAG = "bench@1"
CONTEXT = b"c" * 32
SIZES = (10, 1_000, 9_000, 30_000)  # entries of the scopes that are measured; the rest is spread over small ones
SMALL = 50
ANSWER = 1_500  # bytes, of an answer of some 300 words packed
PATIENT = 30.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.answer_cache_rows", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="entries altogether")
    parser.add_argument("--asks", type=int, default=300, help="look-ups of each kind a scope")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="lynkr-answers-", dir=os.environ.get("TMPDIR", "/var/tmp")))
    folder.chmod(0o711)  # the server's user must get in
    try:
        return _with_database(folder, given)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _with_database(folder: Path, given: argparse.Namespace) -> int:
    from lynkr_site.embedded.postgres import Postgres
    from lynkr_site.env import kept_secret, publish, use_settings

    server = Postgres(folder / "postgres", kept_secret(folder, "postgres"), connections=50, durable=True)
    server.start()
    try:
        publish({"LYNKR_DATA_DIR": str(folder / "lynkr"), "DATABASE_URL": server.url, "REDIS_URL": ""})
        use_settings()
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)
        print(f"{os.cpu_count()} cores; {given.rows:,} entries")
        started = time.monotonic()
        fill(given.rows)
        print(f"filled in {time.monotonic() - started:.0f} s")
        asyncio.run(measure(given.asks))
        return 0
    finally:
        server.stop()


def scopes(rows: int) -> list[tuple[str, int]]:
    found = [(f"size:{size}", size) for size in SIZES if size <= rows]
    left = rows - sum(size for _, size in found)
    return found + [(f"small:{number}", SMALL) for number in range(max(0, left // SMALL))]


def fill(rows: int) -> None:
    """In random order, as time would bring them: a scope's rows are never neighbours."""
    from accounts.models import Team
    from gateway import postgres, secrets
    from gateway.store.memory_rows import bound_to, seal_text

    team = Team.objects.create(slug="bench").id
    order = [(scope, number) for scope, size in scopes(rows) for number in range(size)]
    random.Random(1).shuffle(order)
    columns = "id, team_id, scope, exact, context, ask_sealed, answer, target, tier, policy, tags, embedder, dimension"
    with postgres.connect("bench") as connection, connection.cursor() as cursor:
        with cursor.copy(
            f"COPY caching_entry ({columns}, vector, created_at, expires_at, hits, bytes, most) FROM STDIN"
        ) as copy:
            for place, (scope, number) in enumerate(order):
                exact = digest(scope, number)
                ask = seal_text(f"ask {number} of {scope}", "ask", scope, exact)
                answer = secrets.seal_bytes(os.urandom(ANSWER), bound_to("answer", scope, exact))
                id_ = f"00000000-0000-7000-8000-{place:012x}"
                made = _text(vector(number))
                row: tuple[Any, ...] = (id_, team, scope, exact, CONTEXT, ask, answer, "acme/model", "", "", "{}", TAG)
                copy.write_row((*row, DIMENSION, made, "2026-01-01", "2999-01-01", 0, 0, 50_000))
        connection.execute("VACUUM ANALYZE caching_entry")


def digest(scope: str, number: int) -> bytes:
    return hashlib.sha256(f"{scope} {number}".encode()).digest()


_CENTRES: list[Any] = []


def vector(number: int) -> Any:
    """Near one of 300 centres, as asks are."""
    import numpy

    if not _CENTRES:
        _CENTRES.extend(numpy.random.default_rng(0).normal(size=(300, DIMENSION)))
    chance = numpy.random.default_rng(number + 1)
    made = _CENTRES[number % 300] + chance.normal(scale=0.4, size=DIMENSION)
    return made / numpy.linalg.norm(made)


def _text(numbers: Any) -> str:
    return "[" + ",".join(["%.5g" % number for number in numbers]) + "]"  # noqa: UP031


async def measure(asks: int) -> None:
    from gateway import postgres
    from gateway.store import PostgresMemory, memory_upkeep

    store = PostgresMemory()
    store.start()
    for indexed in (False, True):
        if indexed:
            started = time.monotonic()
            made = await asyncio.to_thread(memory_upkeep.tend_indexes)
            print(f"indexes made: {len(made['made'])} in {time.monotonic() - started:.1f} s")
            await asyncio.wrap_future(store._finders.submit(store._look_for_large))
        for size in SIZES if not indexed else SIZES[-1:]:
            scope = f"size:{size}"
            chance = random.Random(size)
            numbers = [chance.randrange(size) for _ in range(asks)]
            await timed(f"find, {size:,}", [_finding(store, scope, number) for number in numbers])
            how = "index" if indexed else "exact"
            await timed(f"near ({how}), {size:,}", [_looking(store, scope, number) for number in numbers[: asks // 3]])
    await store.stop()
    with postgres.connect("bench") as connection:
        row = connection.execute(
            "SELECT pg_total_relation_size('caching_entry'), pg_relation_size('caching_entry'), "
            "pg_indexes_size('caching_entry'), count(*) FROM caching_entry"
        ).fetchone()
    assert row is not None
    total, heap, indexes, count = row
    mb = 1024 * 1024
    print(
        f"{total / mb:.0f} MB altogether, rows {heap / mb:.0f} MB, indexes {indexes / mb:.0f} MB: {total / count:.0f} B each"
    )


def _finding(store: Any, scope: str, number: int) -> Callable[[], Awaitable[Any]]:
    return lambda: store.find(scope, digest(scope, number), PATIENT)


def _looking(store: Any, scope: str, number: int) -> Callable[[], Awaitable[Any]]:
    asked = vector(number).tolist()
    return lambda: store.near(scope, CONTEXT, TAG, asked, patience=PATIENT)


async def timed(name: str, deeds: list[Callable[[], Awaitable[Any]]]) -> None:
    for deed in deeds[:20]:
        await deed()
    took = []
    for deed in deeds:
        started = time.perf_counter()
        found = await deed()
        took.append((time.perf_counter() - started) * 1000)
        assert found, f"{name}: nothing found"
    took.sort()
    print(f"{name:28} p50 {statistics.median(took):7.2f} ms   p99 {took[int(len(took) * 0.99)]:7.2f} ms")


if __name__ == "__main__":
    sys.exit(main())
