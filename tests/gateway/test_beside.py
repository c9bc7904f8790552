"""What runs beside requests is bounded; what finds no place there is not lost for good, and ends before the process does."""

from __future__ import annotations

import asyncio

from caching.embedders import Embeddings
from gateway.fallback import Breakers
from gateway.ports import MOST_BESIDE, Readings, World
from gateway.unrelated import trusted


class Reader:
    """The embedded model."""

    patience = 5.0

    def __init__(self) -> None:
        self.model = Embeddings()

    async def read(self, texts: list[str], within: float) -> Readings | None:
        found = await self.model.read(texts, within)
        return Readings(self.model.tag, found) if found is not None else None


def made(reader: Reader) -> World:
    return World(None, None, None, Breakers(lambda: 0.0), None, None, None, None, reader=reader)  # type: ignore[arg-type]


async def test_an_embedder_that_found_no_place_to_be_looked_at_is_looked_at_later() -> None:
    """SEM-4. Else a busy first minute would mean no near matches until a restart."""
    reader = Reader()
    world, go = made(reader), asyncio.Event()

    async def busy() -> None:
        await go.wait()

    for _ in range(MOST_BESIDE):
        assert world.beside(busy())
    assert not world.beside(busy())
    assert not trusted(reader.model.tag, world)
    go.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for _ in range(200):
        if trusted(reader.model.tag, world):
            break
        await asyncio.sleep(0.05)
    assert trusted(reader.model.tag, world)
    assert not world.distrusted
    reader.model.close()


async def test_what_runs_beside_is_ended_and_waited_for() -> None:
    world, closed = made(Reader()), []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            closed.append("books")

    world.beside(work())
    await asyncio.sleep(0)
    await world.end_beside()
    assert closed == ["books"]
    await world.end_beside()
