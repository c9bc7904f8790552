"""Vectors for what has no event loop: a task, a page of the admin."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from gateway.ports import Readings, Snapshot
from gateway.providers.upstream import Upstream
from gateway.vector_calls import NoVectors
from gateway.vectors import Vectors

PROBE = "The first reading tells who reads."
Found = TypeVar("Found")


@dataclass
class _Fixed:
    current: Snapshot


class ReadingNow:
    """The embedder that `snapshot` names, as a context manager, in a thread that runs no event loop. The embedded model is
    loaded with the first text and let go at the end."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._runner = asyncio.Runner()
        self._upstream: Upstream
        self.vectors: Vectors

    def __enter__(self) -> Self:
        self._runner.__enter__()
        self._run(self._open())
        return self

    def __exit__(self, *trouble: Any) -> None:
        try:
            self._run(self._close())
        finally:
            self._runner.__exit__(*trouble)

    def read(self, texts: Sequence[str], seconds: float) -> Readings | None:
        """None: not there within `seconds`, or not to be had (`vectors.problem`)."""
        return self._run(self.vectors.read(list(texts), seconds))

    def maker(self, seconds: float) -> tuple[str, int] | None:
        """(tag, dimension) of its vectors; an account's model is asked. None: it makes none now."""
        if self.vectors.known is not None:
            return self.vectors.known
        found = self.read([PROBE], seconds)
        return (found.tag, len(found.each[0].vector)) if found is not None else None

    def embed(self, texts: Sequence[str], tag: str, seconds: float) -> list[Sequence[float]]:
        """Vectors by `tag`; () for a text that it refuses for itself or does not read to its end. `seconds` for one call.
        Raises NoVectors when the embedder makes none now."""
        found = self._by(tag, texts, seconds)
        if found is not None:
            return found
        each = [self._by(tag, [text], seconds) for text in texts]
        return [one[0] if one is not None else () for one in each]

    def _by(self, tag: str, texts: Sequence[str], seconds: float) -> list[Sequence[float]] | None:
        found = self.read(texts, seconds)
        if found is None and self.vectors.problem:
            raise NoVectors(self.vectors.problem)
        if found is not None and found.tag != tag:
            raise NoVectors("another dimension")
        # Of a text that was read in part there is none: two that begin alike would be the same.
        return [one.vector if one.whole else () for one in found.each] if found is not None else None

    def _run(self, work: Coroutine[Any, Any, Found]) -> Found:
        return self._runner.run(work)

    async def _open(self) -> None:
        self._upstream = Upstream()
        self.vectors = Vectors(_Fixed(self._snapshot), self._upstream)

    async def _close(self) -> None:
        self.vectors.close()
        await self._upstream.aclose()
