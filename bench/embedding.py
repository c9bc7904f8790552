"""``python -m bench.embedding``: what the embedded model costs: loading, memory, one text, many texts, and a busy event loop.

Times in ms: of the wall, and of this thread's CPU, which other work on the machine disturbs less. See README.md.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SHORT = "What is the capital city of the country France in Europe?"
ASK = "How do I list all open files of one process on a Linux server?"
LONG = (
    "The relay keeps a journal of every call, and a flusher moves batches of them to the database in one transaction. "
    * 9
)


def main() -> None:
    began = time.perf_counter()
    import numpy  # noqa: F401

    print(f"import of numpy {(time.perf_counter() - began) * 1e3:.0f} ms, {memory()}")
    from caching.minilm import MiniLM

    began = time.perf_counter()
    model = MiniLM()
    print(f"load and check {(time.perf_counter() - began) * 1e3:.0f} ms, {memory()}")
    began = time.perf_counter()
    model.read([SHORT])
    print(f"first reading {(time.perf_counter() - began) * 1e3:.0f} ms, {memory()}")
    for name, texts, rounds in (
        ("short", [SHORT], 300),
        ("ask", [ASK], 300),
        ("long", [LONG], 50),
        ("16 short together", [SHORT] * 16, 50),
    ):
        pieces = sum(len(model.split(text).ids) for text in texts)
        print(f"{name:18} {pieces:4} pieces   {timed(lambda texts=texts: model.read(texts), rounds)}")
    print(f"afterwards {memory()}")
    for work, rest in ((0.0, 0.0), (0.001, 0.001), (0.003, 0.001)):
        print(asyncio.run(beside(work, rest)))


def timed(call: Callable[[], Any], rounds: int) -> str:
    wall, cpu = [], []
    for _ in range(rounds):
        began, began_cpu = time.perf_counter(), time.thread_time()
        call()
        wall.append((time.perf_counter() - began) * 1e3)
        cpu.append((time.thread_time() - began_cpu) * 1e3)
    return f"wall {spread(wall)}   CPU {spread(cpu)}"


def spread(values: list[float]) -> str:
    values = sorted(values)
    return f"p50 {values[len(values) // 2]:.1f} p95 {values[int(len(values) * 0.95)]:.1f}"


def memory() -> str:
    """Of this process; the weights are pages of a file, which processes share."""
    status = Path("/proc/self/status")
    if not status.exists():
        return "memory unknown here"
    lines = [line.split() for line in status.read_text().splitlines()]
    kilobytes = {words[0]: int(words[1]) for words in lines if words[-1] == "kB"}
    return f"{kilobytes['VmRSS:'] / 1024:.0f} MB, of it {kilobytes['RssAnon:'] / 1024:.0f} MB its own"


async def beside(work: float, rest: float) -> str:
    """Readings of short texts while the event loop is busy for `work` seconds, then free for `rest`, and so on."""
    from caching.embedders import Embeddings

    embeddings = Embeddings()
    await embeddings.read(["warm"], 60)
    waits: list[float] = []
    late: list[float] = []

    async def others() -> None:
        while True:
            until = time.perf_counter() + work
            while time.perf_counter() < until:
                pass
            began = time.perf_counter()
            await asyncio.sleep(rest)
            late.append((time.perf_counter() - began - rest) * 1e3)

    task = asyncio.create_task(others()) if work else None
    for number in range(200):
        began = time.perf_counter()
        await embeddings.read([f"What is the capital of the country number {number}?"], 60)
        waits.append((time.perf_counter() - began) * 1e3)
        await asyncio.sleep(0.005)
    if task is not None:
        task.cancel()
    embeddings.close()
    share = f"{work / (work + rest):.0%}" if work else "0%"
    return f"event loop busy {share:4} reading {spread(waits)}" + (f"   the loop late {spread(late)}" if late else "")


if __name__ == "__main__":
    main()
