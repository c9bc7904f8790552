"""When people work, and with what: sessions of a worker on a day. Pure; all chance is a seeded `Random`."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

SURFACES = {
    "claude-code": "anthropic",
    "anthropic-sdk": "anthropic",
    "codex": "openai_responses",
    "cursor": "openai_chat",
    "opencode": "openai_chat",
    "openai-sdk": "openai_chat",
}
# What a client asks for, and how often of a hundred.
ASKS: dict[str, tuple[tuple[str, int], ...]] = {
    "claude-code": (("claude-sonnet-5", 74), ("claude-haiku-4-5", 14), ("claude-opus-5", 12)),
    "anthropic-sdk": (("auto", 60), ("house-sonnet", 40)),
    "codex": (("auto", 92), ("reasoning", 8)),
    "cursor": (("auto", 80), ("complex", 12), ("openai/gpt-5.4-mini", 8)),
    "opencode": (("auto", 88), ("medium", 12)),
    "openai-sdk": (("simple", 55), ("openai/gpt-5.4-mini", 30), ("medium", 15)),
}
AGENTS = frozenset({"claude-code", "codex", "cursor", "opencode"})
_HOURS = (0.2, 0.1, 0, 0, 0, 0.1, 0.4, 1.6, 5, 9, 10.5, 9, 4.5, 7, 10, 10, 8.5, 6, 3, 1.8, 1.5, 1.4, 1, 0.5)
_WEEKDAYS = (1.0, 1.12, 1.1, 1.04, 0.78, 0.06, 0.09)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who uses a key. `from_day`: how many days after the first one they began; `away`: days without work.
    `machine`: a service account, which works round the clock. `share`: of the holder's sessions, those with this key."""

    team_id: int
    slug: str
    zone: int
    user_id: int
    key_id: uuid.UUID
    key_prefix: str
    client: str
    busy: float
    from_day: int = 0
    away: frozenset[int] = frozenset()
    machine: str = ""
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Sitting:
    """Requests of one worker one after the other. `steps`: how many; `context`: tokens of the first prompt."""

    worker: Worker
    at: dt.datetime
    steps: int
    context: int


def sittings(worker: Worker, number: int, day: dt.date, rng: Random) -> Iterator[Sitting]:
    """Those that begin on `day`, the `number`th of the demo."""
    if number < worker.from_day or number in worker.away:
        return
    if worker.machine:
        yield from _machine(worker, number, day, rng)
        return
    growth = 0.55 + 0.45 * min(1.0, number / 60)
    for _ in range(_poisson(worker.busy * worker.share * growth * _WEEKDAYS[day.weekday()], rng)):
        hour = rng.choices(range(24), _HOURS)[0]
        at = _moment(day, worker.zone, hour, rng)
        if worker.client in AGENTS:
            yield Sitting(worker, at, 1 + min(60, int(rng.expovariate(1 / 11))), int(rng.lognormvariate(10.3, 0.45)))
        else:
            yield Sitting(worker, at, 1 + min(20, int(rng.expovariate(1 / 4))), int(rng.lognormvariate(7.4, 0.7)))


def _machine(worker: Worker, number: int, day: dt.date, rng: Random) -> Iterator[Sitting]:
    if worker.machine == "indexer":  # a night's run, whatever day it is
        yield Sitting(worker, _moment(day, worker.zone, 2, rng), 14 + rng.randrange(10), 6_000)
    elif worker.machine == "bot":
        for hour in range(24):
            for _ in range(_poisson(1.1 * _HOURS[hour] / 5 * (1.0 if day.weekday() < 5 else 0.45), rng)):
                yield Sitting(worker, _moment(day, worker.zone, hour, rng), 1 + rng.randrange(3), 1_900)
    elif day.weekday() < 5:
        runs = 3 + rng.randrange(4) if worker.machine == "ci" else int(number % 7 == 3) * 4
        for _ in range(runs):
            hour = 10 + rng.randrange(9)
            yield Sitting(worker, _moment(day, worker.zone, hour, rng), 3 + rng.randrange(6), 14_000)


def _moment(day: dt.date, zone: int, hour: int, rng: Random) -> dt.datetime:
    """A moment of that UTC day whose local hour is `hour`."""
    start = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    return start + dt.timedelta(
        hours=(hour - zone) % 24, seconds=rng.randrange(3600), microseconds=rng.randrange(10**6)
    )


def _poisson(mean: float, rng: Random) -> int:
    bound, count, product = math.exp(-mean), 0, rng.random()
    while product > bound:
        count += 1
        product *= rng.random()
    return count
