"""A client for `bench.answer_cache`: keeps its connections open, and each of its requests is another one."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

PATH = "/v1/chat/completions"
MODEL = "bench-openai/bench-small"


@dataclass
class Times:
    """Milliseconds, to the first byte of the answer's text and to its last. `outcomes`: what x-lynkr-cache begins with.
    `wanted`: the outcome whose times count, all if empty."""

    wanted: str = ""
    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)

    def took(self, outcome: str, first: float, whole: float) -> None:
        self.outcomes[outcome] += 1
        if not self.wanted or outcome.partition(";")[0] == self.wanted:
            self.first.append(first)
            self.whole.append(whole)

    def of(self, share: float, *, first: bool = False) -> float:
        ordered = sorted(self.first if first else self.whole)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, key: str, ask: str, temperature: float) -> tuple[str, float, float]:
        """(outcome, ms to the first event, ms to the last byte) of a streamed answer. RuntimeError: another status."""
        sent = {"model": MODEL, "messages": [{"role": "user", "content": ask}], "temperature": temperature}
        body = json.dumps({**sent, "max_tokens": 500, "stream": True}).encode()
        head = (
            f"POST {PATH} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\nauthorization: Bearer {key}\r\n"
        )
        began = time.perf_counter()
        self._writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        told = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if not told.startswith("http/1.1 200"):
            raise RuntimeError(f"{told.splitlines()[0]}: {(await self._reader.read(500))!r}")
        first = 0.0
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            await self._reader.readexactly(size + 2)
            first = first or time.perf_counter()
        await self._reader.readexactly(2)
        ended = time.perf_counter()
        outcome = next((line[15:].strip() for line in told.splitlines() if line.startswith("x-lynkr-cache:")), "none")
        word, _, rest = outcome.partition("; ")
        why = rest.partition(";")[0] if rest.startswith("why=") else ""
        return f"{word}; {why}" if why else word, (first - began) * 1000, (ended - began) * 1000

    def close(self) -> None:
        self._writer.close()


async def ask_all(
    port: int, key: str, asks: Iterable[str], times: Times, *, lines: int = 1, temperature: float = 0.0
) -> None:
    """Each of `lines` connections asks the next when its last is answered."""
    waiting: Iterator[str] = iter(asks)

    async def one() -> None:
        line = Line(*await asyncio.open_connection("127.0.0.1", port))
        try:
            for ask in waiting:
                times.took(*await line.ask(key, ask, temperature))
        finally:
            line.close()

    await asyncio.gather(*(one() for _ in range(lines)))
