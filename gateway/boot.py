"""What one web process holds: made at start-up inside its event loop, given back at the end."""

from __future__ import annotations

import asyncio
import time

import structlog
from django.conf import settings

from accounts.limits import LocalLimits
from accounts.models import pepper as key_pepper
from gateway import metrics, unrelated
from gateway.admission import Loops
from gateway.chat.errors import Overloaded
from gateway.fallback import Breakers
from gateway.journal import FileJournal
from gateway.passing import Making
from gateway.pins import LocalPins
from gateway.ports import Snapshot, World
from gateway.providers.account import Account
from gateway.providers.registry import vendor as vendor_of
from gateway.providers.upstream import Upstream
from gateway.providers.vendor import Vendor
from gateway.requestlog import RequestLog
from gateway.shedding import Gate, Limits
from gateway.snapshot import SnapshotHolder
from gateway.snapshot.rows import build
from gateway.store import Flusher, PostgresAnswers, PostgresMemory, PostgresResponses, Purse
from gateway.store.limits import SharedLimits
from gateway.store.pins import SharedPins
from gateway.store.words import recall, recall_again
from gateway.tokens import Tokens
from gateway.vectors import Vectors
from lynkr_site.embedded.servers import redis_is_shared
from lynkr_site.env import Env

log = structlog.get_logger("lynkr.boot")

FIRST_SNAPSHOT_SECONDS = 10.0


def _limits(env: Env) -> LocalLimits | SharedLimits:
    """In this process where it is the only one, else in Redis."""
    url = settings.SERVERS.redis_url
    if url is None or not redis_is_shared(env):
        return LocalLimits()
    return SharedLimits(url, env.limits_without_redis)


def _pins(env: Env) -> LocalPins | SharedPins:
    url = settings.SERVERS.redis_url
    return SharedPins(url) if url is not None and redis_is_shared(env) else LocalPins()


class Process:
    """The parts with a life of their own."""

    def __init__(self) -> None:
        env = settings.LYNKR
        self.body_limit = env.max_body_mb * 1024 * 1024
        self.pepper = key_pepper()
        self.gate = Gate(Limits(streams=env.max_streams, memory_mb=env.max_memory_mb))
        self.snapshots = SnapshotHolder()
        self.journal = FileJournal(env.data_dir / "journal")
        self.flusher = Flusher(self.journal)
        self.purse = Purse(
            self.journal.folder,
            allow_when_away=env.budgets_when_away == "allow",
            in_books=lambda: self.flusher.backlog_bytes == 0,
        )
        self.upstream = Upstream()
        self.responses = PostgresResponses()
        self.answers = PostgresAnswers()
        self.tokens = Tokens()
        self.request_log = RequestLog(env.log_format, enabled=env.log_level in ("debug", "info"))
        self.limits = _limits(env)
        self.pins = _pins(env)
        self.maker = Making()
        self.vectors = Vectors(self.snapshots, self.upstream)
        self.memory = PostgresMemory(patience=env.cache_milliseconds / 1000)
        self.world = World(
            self.snapshots,
            self.journal,
            self.upstream,
            Breakers(time.monotonic),
            self.responses,
            self.tokens,
            self.request_log,
            Loops(),
            self.limits,
            keepalive_seconds=env.keepalive_seconds,
            budgets=self.purse,
            pins=self.pins,
            maker=self.maker,
            reader=self.vectors,
            memory=self.memory,
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._journal_problem = ""

    async def start(self) -> None:
        await asyncio.to_thread(self.snapshots.start, FIRST_SNAPSHOT_SECONDS)
        self.flusher.start()
        if isinstance(self.limits, SharedLimits):
            self.limits.start()
        if isinstance(self.pins, SharedPins):
            self.pins.start()
        self.purse.start()
        self.answers.start()
        self.memory.start()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self.gate.watch()), loop.create_task(self._report())]
        self.tokens.warm()
        self.vectors.warm()
        semantic = any(team.policy.cache.semantic for team in self.snapshots.current.teams.values())
        if semantic and (problem := self.vectors.problem):  # said once: nothing will try to load it
            log.warning("near matches are not looked for", problem=problem)
        await recall(self.pins)
        self._tasks += [loop.create_task(recall_again(self.pins)), loop.create_task(unrelated.introduce(self.world))]

    async def stop(self) -> None:
        """After the last request: what was settled reaches Postgres if it is there, and the next start otherwise."""
        self.gate.draining = True
        for task in self._tasks:
            task.cancel()
        await self.world.end_beside()  # their books are closed before the journal is
        self.request_log.flush()
        self.vectors.close()
        await self.upstream.aclose()
        if isinstance(self.limits, SharedLimits):
            await self.limits.stop()
        if isinstance(self.pins, SharedPins):
            await self.pins.stop()
        await asyncio.to_thread(self.flusher.stop)
        await asyncio.to_thread(self.purse.stop, self.flusher.backlog_bytes == 0)
        self.journal.close()
        await asyncio.to_thread(self.responses.close)
        await self.answers.stop()
        await self.memory.stop()
        await asyncio.to_thread(self.snapshots.stop)
        self.tokens.close()
        self.maker.close()

    async def _report(self) -> None:
        """Writes the request lines, and keeps the gauges of what is open and what waits (failure-mode DBL-7)."""
        while True:
            self.request_log.flush()
            metrics.JOURNAL_BACKLOG.set(self.flusher.backlog_records)
            metrics.OPEN.set(self.gate.open)
            self._tell_of_the_journal()
            metrics.JOURNAL_OLDEST.set(self.flusher.oldest_seconds)
            metrics.JOURNAL_REJECTED.set(self.flusher.rejected)
            metrics.RESPONSES_DROPPED.set(self.responses.dropped)
            metrics.BREAKERS_OPEN.set(len(self.world.breakers.open_targets()))
            await asyncio.sleep(0.25)

    def _tell_of_the_journal(self) -> None:
        """A disk that takes nothing is found out before the records that wait in memory are lost."""
        metrics.JOURNAL_LOST.set(self.journal.lost)
        problem = self.journal.problem
        if problem and not self._journal_problem:
            log.error(
                "the journal cannot be written: records wait in memory, a restart loses them. Free disk space now",
                folder=str(self.journal.folder),
                problem=problem,
            )
        elif self._journal_problem and not problem:
            log.warning("the journal is written again", lost=self.journal.lost)
        self._journal_problem = problem


_process: Process | None = None


async def start() -> None:
    global _process
    process = Process()
    await process.start()
    _process = process


async def stop() -> None:
    global _process
    process, _process = _process, None
    if process is not None:
        await process.stop()


def process() -> Process:
    if _process is None:
        raise Overloaded("Lynkr is starting.", retry_after=1.0)
    return _process


def not_ready() -> list[str]:
    """What keeps this process from serving, one sentence each."""
    if _process is None:
        return ["still starting."]
    problems = []
    if not _process.snapshots.ready:
        problems.append("the configuration has not been loaded yet.")
    if reason := _process.gate.refusing:
        problems.append("stopping." if reason == "draining" else f"new requests are refused ({reason}).")
    if _process.journal.nearly_full:
        problems.append(f"the journal cannot be written and {_process.journal.held} records wait in memory.")
    return problems


def degraded() -> list[str]:
    """What should be looked at while this process serves on."""
    if _process is None:
        return []
    problems = []
    if problem := _process.journal.problem:
        problems.append(f"the journal cannot be written ({problem}); {_process.journal.held} records wait in memory.")
    if problem := _process.vectors.problem:
        problems.append(f"near matches are not looked for: {problem}")
    return problems + cache_problems(_process.world, _process.memory.problem)


def cache_problems(world: World, isolation: str) -> list[str]:
    """What is wrong with answers from memory while they go on, one sentence each. `isolation`: `PostgresMemory.problem`."""
    snapshot = world.snapshots.current
    problems = [isolation] if isolation else []
    off = sorted(team.slug for team in snapshot.teams.values() if team.near.off and team.policy.cache.semantic)
    if off:
        named = ", ".join(off[:5]) + (f" and {len(off) - 5} more" if len(off) > 5 else "")
        problems.append(
            f"near matches are switched off because too many were wrong, for {named}: look at the pairs, then switch them on."
        )
    if world.distrusted and snapshot.embedding.kind != "off":
        problems.append(
            "the embedder does not tell unrelated asks apart, so no near matches are served: name another model, or mend it "
            "and restart."
        )
    return problems


def accounts_to_check() -> list[tuple[Vendor, Account]]:
    """Every enabled account with its vendor, as configured now; needs no running process. Raises `django.db.Error`."""
    accounts = build().accounts.values()
    return [(vendor_of(account.vendor), account) for account in sorted(accounts, key=lambda account: account.name)]


def snapshot() -> Snapshot:
    """The configuration in force in this process; read afresh where nothing is served (a command, a test)."""
    return _process.snapshots.current if _process is not None else build()


def world() -> World:
    return process().world


def gate() -> Gate:
    return process().gate


def pepper() -> bytes:
    return process().pepper


def body_limit() -> int:
    """Bytes."""
    return process().body_limit


def now() -> float:
    return time.time()
