"""What the parts of a near match take, one after the other in this process, beside the gateway's database."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from caching import gate
from caching.embedders import Embeddings
from caching.minilm import MiniLM
from gateway.store.memory import PostgresMemory

from .cache_asks import ANOTHER, KEPT

ROUNDS = 100
FORM = "I want to know how I can {} a {} in {}"  # not asked before
Words = tuple[str, str, str]


async def show_parts(large: Sequence[Words], own: Sequence[Words]) -> None:
    from gateway import postgres

    model, embeddings, memory = MiniLM(), Embeddings(), PostgresMemory()
    memory.start()
    await embeddings.read(["warm"], 60)
    texts = [FORM.format(*words) for words in large[:ROUNDS]]
    vectors = model.embed(texts)
    with postgres.connect("bench") as connection:
        found = connection.execute(
            """SELECT scope, context, embedder, count(*) FROM caching_entry WHERE scope NOT LIKE 'other:%%'
            AND vector IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 2"""
        ).fetchall()

    def near(group: Any) -> Callable[[int], Awaitable[Any]]:
        scope, context, tag, _ = group
        return lambda at: memory.near(scope, bytes(context), tag, vectors[at], 4, 0.8, 2.0)

    async def asked(at: int) -> None:
        gate.asked(KEPT.format(*large[at]))

    async def judged(at: int) -> None:
        gate.judge(*pairs[at], 0.95, gate.BALANCED)

    async def read(at: int) -> None:
        model.read([ANOTHER.format(*own[at])])

    pairs = [(gate.asked(KEPT.format(*words)), gate.asked(ANOTHER.format(*words))) for words in large[:ROUNDS]]
    await _show("embedding, model alone", read)
    await _show("embedding, with its thread and queue", lambda at: embeddings.read([texts[at]], 5))
    scope = found[0][0]
    await _show("find, with its thread", lambda at: memory.find(scope, b"%032d" % at, 2.0))
    for group in found:
        await _show(f"nearest 4 of {group[3]}, opened, with its thread", near(group))
    await _show("gate, one ask made ready", asked)
    await _show("gate, one verdict", judged)
    await memory.stop()
    embeddings.close()


async def _show(name: str, work: Callable[[int], Awaitable[Any]]) -> None:
    taken, cpu = [], []
    for at in range(ROUNDS):
        began, began_cpu = time.perf_counter(), time.thread_time()
        await work(at)
        taken.append((time.perf_counter() - began) * 1000)
        cpu.append((time.thread_time() - began_cpu) * 1000)
    taken.sort()
    cpu.sort()
    wall = f"p50 {taken[ROUNDS // 2]:6.2f}   p99 {taken[int(ROUNDS * 0.99)]:6.2f}"
    print(f"    {name:50} {wall}   CPU of this thread p50 {cpu[ROUNDS // 2]:6.2f}")
