"""Before the first near match by an embedder: are ten asks that have nothing in common told apart? (SEM-4)

A server that answers every text with the same vector, or a model that does not know the language of its input, would make
one answer fit every question. So each embedder is looked at once in each process, beside the first request that would use
it; that request, and all while it is not known, go on without near matches.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import structlog

from caching import gate

from . import metrics
from .ports import Readings, World

log = structlog.get_logger("lynkr.cache")

ASKS = (
    "How do I undo the last git commit?",
    "What is the capital of Australia?",
    "Explain photosynthesis to a child.",
    "Which vitamins does an orange contain?",
    "How long should I boil an egg?",
    "What does the HTTP status 503 mean?",
    "Translate good morning into French.",
    "Who wrote Pride and Prejudice?",
    "How is compound interest calculated?",
    "Name the planets of the solar system.",
)
MOST_ALIKE = 0.85  # cosine: no two of these are, by any model worth its name
SECONDS = 10.0


def trusted(tag: str, world: World) -> bool:
    """Whether vectors of the embedder `tag` may be searched by. Not known yet: it is found out beside the request."""
    world.embedder = tag
    if tag not in world.embedders:
        world.embedders[tag] = None  # it is being found out
        if not world.beside(_look(tag, world)):
            del world.embedders[tag]  # too much is beside just now: the next request asks again
    return world.embedders.get(tag) is True


async def introduce(world: World) -> None:
    """At a start, where a policy looks for near matches: the first request need not wait to have the embedder known."""
    teams = world.snapshots.current.teams.values()
    if any(team.policy.cache.semantic for team in teams):
        found = await world.reader.read(list(ASKS), SECONDS)
        if found is not None:
            _judge(found, world)


async def _look(tag: str, world: World) -> None:
    found = None
    try:
        found = await world.reader.read(list(ASKS), SECONDS)
    finally:
        if found is None or found.tag != tag:
            world.embedders.pop(tag, None)  # not now: the next request asks again
    if found is not None and found.tag == tag:
        _judge(found, world)


def _judge(found: Readings, world: World) -> None:
    tag = found.tag
    alike = [
        (one, other)
        for (one, a), (other, b) in combinations(zip(ASKS, found.each, strict=True), 2)
        if _cosine(a.vector, b.vector) > MOST_ALIKE
        or gate.judge(gate.asked(one), gate.asked(other), 1.0, gate.BALANCED).outcome != "no"
    ]
    world.embedder, world.embedders[tag] = tag, not alike
    if alike:
        metrics.EMBEDDERS_DISTRUSTED.inc()
        log.error(
            "the embedder does not tell unrelated asks apart: no near matches are served",
            embedder=tag,
            pairs=len(alike),
        )


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    return sum((float(a) * float(b) for a, b in zip(one, other, strict=True)), 0.0)
