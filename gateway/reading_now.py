"""Vectors for what has no event loop: a task, a page of the admin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from gateway.ports import Readings, Snapshot
from gateway.providers.upstream import Upstream
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

    def tag(self, seconds: float) -> str | None:
        """What its vectors are called; an account's model is asked. None: it makes none now."""
        if self.vectors.known_tag is not None:
            return self.vectors.known_tag
        found = self.read([PROBE], seconds)
        return found.tag if found is not None else None

    def embedder(self, tag: str, seconds: float) -> Callable[[Sequence[str]], list[Sequence[float]] | None]:
        """Vectors of texts by `tag` alone; `seconds` for one go."""

        def embed(texts: Sequence[str]) -> list[Sequence[float]] | None:
            found = self.read(texts, seconds)
            return [one.vector for one in found.each] if found is not None and found.tag == tag else None

        return embed

    def _run(self, work: Coroutine[Any, Any, Found]) -> Found:
        return self._runner.run(work)

    async def _open(self) -> None:
        self._upstream = Upstream()
        self.vectors = Vectors(_Fixed(self._snapshot), self._upstream)

    async def _close(self) -> None:
        self.vectors.close()
        await self._upstream.aclose()
