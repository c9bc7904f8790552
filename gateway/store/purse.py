"""The leases of this process and their database: takes more in threads, keeps them alive, gives back what is idle."""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import structlog

from gateway import metrics, postgres
from gateway.chat.errors import BudgetExceeded, Overloaded
from gateway.journal import unreplayed
from gateway.leases import SMALLEST, ZERO, BudgetView, Leases, Pot, Reservation
from gateway.store import leases as store
from lynkr_site.ids import uuid7
from routing.tiers import Tier

log = structlog.get_logger("lynkr.budgets")

OWNER = ".owner"
RETRY_AFTER = 60.0
_LOOK_SECONDS = 1.0
_RENEW_SECONDS = 20.0
_AWAY_SECONDS = 0.5
_TURNS = 100
_YOUNG_SECONDS = 60.0


class Away(Exception):
    """The database cannot be asked."""


class Purse:
    """`gateway.ports.Budgets` of one process. `allow_when_away`: what happens to a request whose lease does not suffice
    while Postgres is away: served, and made up for later, or refused with 503 (the default). `in_books`: whether everything
    this process has journalled is in Postgres."""

    def __init__(
        self,
        folder: Path,
        *,
        allow_when_away: bool = False,
        connect: Callable[[], psycopg.Connection[Any]] = lambda: postgres.connect("budgets"),
        clock: Callable[[], float] = time.time,
        in_books: Callable[[], bool] = lambda: True,
    ) -> None:
        self.owner = uuid7().hex
        self.leases = Leases(clock)
        self._clock, self._connect, self._allow = clock, connect, allow_when_away
        self._in_books = in_books
        self._path = folder / f"{self.owner}{OWNER}"
        self._fd = _owned(self._path)
        self._pool = ThreadPoolExecutor(2, "lynkr-budgets")
        self._mine = threading.local()
        self._connections: list[psycopg.Connection[Any]] = []
        self._asking: dict[str, asyncio.Lock] = {}
        self._away_until = 0.0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.round_trips = 0

    def start(self) -> None:
        self._thread = threading.Thread(target=self._keep, name="lynkr-leases", daemon=True)
        self._thread.start()

    def stop(self, all_in_books: bool = True) -> None:
        """Gives all leases back when everything spent of them is in the books; else the sweeper does, once it is."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(5)
        self._pool.shutdown(wait=True, cancel_futures=True)
        if all_in_books:
            try:
                with self._connect() as connection:
                    store.end(connection, "lease.owner = %s", [self.owner])
                self._path.unlink(missing_ok=True)
            except psycopg.Error as problem:
                log.warning("leases left to the sweeper", problem=type(problem).__name__)
        os.close(self._fd)
        for connection in self._connections:
            connection.close()

    def cap(self, budgets: Sequence[BudgetView]) -> Tier | None:
        return self.leases.cap(budgets)

    async def reserve(self, budgets: Sequence[BudgetView], estimate: Decimal) -> Reservation:
        """Holds `estimate` (USD) in all `budgets`. Waits for the database only where a lease does not suffice. Raises
        BudgetExceeded, which names the budget, or Overloaded while the database cannot be asked."""
        for _ in range(_TURNS):
            found = self.leases.reserve(budgets, estimate)
            if isinstance(found, Reservation):
                for pot in self.leases.thirsty(found):
                    self._pool.submit(self._refill, pot)
                return found
            try:
                await self._more(found, estimate)
            except Away:
                metrics.BUDGETS_UNCHECKED.labels("served" if self._allow else "refused").inc()
                if not self._allow:
                    raise Overloaded(
                        "Budgets cannot be checked right now: the database is away.", retry_after=5.0
                    ) from None
                held = self.leases.reserve(budgets, estimate, regardless=True)
                assert isinstance(held, Reservation)
                return held
        raise Overloaded("Too many requests draw on the same budget at once.", retry_after=1.0)

    async def _more(self, pot: Pot, estimate: Decimal) -> None:
        """One at a time for a pot: what the first brings may do for the next."""
        if len(self._asking) > 10_000:
            self._asking = {key: lock for key, lock in self._asking.items() if lock.locked()}
        async with self._asking.setdefault(pot.lease_id, asyncio.Lock()):
            need = self.leases.missing(pot, estimate)
            if not need or pot.in_doubt:
                return
            loop = asyncio.get_running_loop()
            if not await loop.run_in_executor(self._pool, self._take, pot, need):
                raise exceeded(pot.budget, self._clock(), pot.span.end.timestamp())

    def _refill(self, pot: Pot) -> None:
        try:
            self._take(pot, SMALLEST)
        except Away:
            self.leases.failed(pot)

    def _take(self, pot: Pot, need: Decimal) -> bool:
        """Whether at least `need` was leased. Raises Away."""
        if time.monotonic() < self._away_until:
            raise Away
        limit = pot.budget.limit_at(self._clock())
        for patience in range(20):
            try:
                connection = self._connection()
            except psycopg.Error as problem:
                self._is_away(problem)
            try:
                self.round_trips += 1
                amount, spent = store.take(
                    connection,
                    budget=pot.budget.id,
                    since=pot.span.since,
                    start=pot.span.start,
                    limit=limit,
                    need=need,
                    want=max(need, pot.usual - max(ZERO, pot.available)),
                    lease=pot.lease_id,
                    owner=self.owner,
                )
                break
            except store.AGAIN:
                time.sleep(0.005 * (patience + 1))
            except psycopg.errors.QueryCanceled as problem:
                self._is_away(problem)
            except psycopg.Error as problem:
                if not connection.closed and not isinstance(problem, psycopg.OperationalError):
                    raise
                connection.close()
                self.leases.doubt(pot)
                self._is_away(problem)
        else:
            raise Away
        self.leases.saw(pot, spent)
        if amount is None:
            self.leases.failed(pot)
            return False
        self.leases.granted(pot, amount)
        return True

    def _is_away(self, problem: Exception) -> None:
        if time.monotonic() > self._away_until + 10:
            log.warning("budgets cannot be asked for", problem=type(problem).__name__)
        self._away_until = time.monotonic() + _AWAY_SECONDS
        raise Away from problem

    def _connection(self) -> psycopg.Connection[Any]:
        found: psycopg.Connection[Any] | None = getattr(self._mine, "connection", None)
        if found is None or found.closed:
            found = self._connect()
            found.execute("SET statement_timeout = '5s'")
            self._mine.connection = found
            self._connections = [one for one in self._connections if not one.closed] + [found]
        return found

    def _keep(self) -> None:
        """Renews, gives back what is idle, and looks how much others spent where a soft limit caps."""
        renew_at = 0.0
        while not self._stopping.wait(_LOOK_SECONDS):
            pots = self.leases.pots()
            if not pots:
                continue
            try:
                connection = self._connection()
                for pot in pots:
                    self._return(connection, pot)
                    if pot.budget.cap is not None:
                        spent = store.spent(connection, pot.budget.id, pot.span.since, pot.span.start)
                        self.leases.saw(pot, spent)
                if time.monotonic() >= renew_at:
                    store.renew(connection, [pot.lease_id for pot in pots])
                    renew_at = time.monotonic() + _RENEW_SECONDS
            except psycopg.Error as problem:
                log.info("leases not kept this time", problem=type(problem).__name__)
                if (broken := getattr(self._mine, "connection", None)) is not None:
                    broken.close()

    def _return(self, connection: psycopg.Connection[Any], pot: Pot) -> None:
        """What is idle; all that is left of a lease of which that is not known, once what was spent of it is in the books."""
        if self.leases.forgotten(pot) and self._in_books():
            store.end(connection, "lease.id = %s", [pot.lease_id])
            self.leases.forget(pot)
        elif spare := self.leases.spare(pot):
            try:
                store.give_back(connection, pot.lease_id, spare)
            except psycopg.Error:
                self.leases.doubt(pot)
                raise


def exceeded(budget: BudgetView, now: float, until: float) -> BudgetExceeded:
    """The refusal for all clients: 429, final. Retry-After is for those that insist on one: never longer than a minute."""
    error = BudgetExceeded(
        f"The {budget} ({budget.limit_at(now).normalize():f} USD) is used up, or what is left of it does not cover "
        "what this request may cost. An administrator can raise it.",
        retry_after=max(1.0, min(RETRY_AFTER, until - now)),
        param=budget.id,
    )
    error.resets_at = None if budget.window.rolling else until
    return error


def _owned(path: Path) -> int:
    """A file locked for as long as this process lives: by it the sweeper tells the dead."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    return fd


def sweep(connection: psycopg.Connection[Any], folder: Path) -> int:
    """Gives back expired leases of dead processes of this machine, once no journal is left to replay, and of whomever after
    a quarter of an hour. How many."""
    ended = store.end(connection, "lease.expires_at < now() - interval '15 minutes'", [])
    owners = connection.execute("SELECT DISTINCT owner FROM accounts_budgetlease WHERE expires_at < now()").fetchall()
    dead = [owner for (owner,) in owners if _is_dead(folder / f"{owner}{OWNER}")]
    if dead and not unreplayed(folder):
        ended += store.end(connection, "lease.expires_at < now() AND lease.owner = ANY(%s)", [dead])
        for owner in dead:
            (folder / f"{owner}{OWNER}").unlink(missing_ok=True)
    _forget_dead(folder, {row[0] for row in connection.execute("SELECT DISTINCT owner FROM accounts_budgetlease")})
    return ended


def _forget_dead(folder: Path, owners: set[str]) -> None:
    """The files of dead processes that have no lease left (a killed process leaves its own). Not of the last minute: a
    process that starts makes its file before it locks it."""
    for path in folder.glob(f"*{OWNER}"):
        with suppress(OSError):
            young = time.time() - path.stat().st_mtime < _YOUNG_SECONDS
            if not young and path.name.removesuffix(OWNER) not in owners and _is_dead(path):
                path.unlink()


def _is_dead(path: Path) -> bool:
    """False also for what is not on this machine."""
    try:
        fd = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True
