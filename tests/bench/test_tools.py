"""The benchmark's own tools: a load generator that counts wrong makes every figure worthless."""

from __future__ import annotations

import asyncio
import json
import os

import pytest

from bench import bodies, machine
from bench.load import Tally, fire, shot
from bench.upstream import ANSWERS, Connection


async def tally_of(dialect: str, model: str, *, stream: bool, terminal: bytes, agent: bool = False) -> Tally:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    body = bodies.request(dialect, model, stream=stream, agent=agent)
    tally = await fire(shot(("127.0.0.1", port), bodies.PATHS[dialect], body, "key", terminal), 2, 0.05, patience=3.0)
    server.close()
    await server.wait_closed()
    return tally


@pytest.mark.parametrize("dialect", ["openai_chat", "anthropic"])
@pytest.mark.parametrize(("model", "stream", "agent"), [("bench-small", False, True), ("bench-burst", True, False)])
async def test_answers_are_counted_and_timed(dialect: str, model: str, stream: bool, agent: bool) -> None:
    terminal = bodies.terminal(dialect) if stream else b""
    tally = await tally_of(dialect, model, stream=stream, terminal=terminal, agent=agent)
    assert tally.problems == []
    assert len(tally.total) >= 2
    assert all(0 < first <= total for first, total in zip(tally.first, tally.total, strict=True))
    assert tally.rate > 0


async def test_an_answer_without_its_end_is_a_problem_not_a_result() -> None:
    tally = await tally_of("anthropic", "bench-burst", stream=True, terminal=b"never sent")
    assert tally.total == []
    assert set(tally.problems) == {"an answer without its terminal event"}


@pytest.mark.parametrize("dialect", ["openai_chat", "anthropic"])
def test_the_agent_turn_is_about_150_kb_and_a_burst_has_200_tokens(dialect: str) -> None:
    assert 145_000 < len(bodies.request(dialect, "m", stream=False, agent=True)) < 170_000
    assert ANSWERS[dialect].burst.count(b"token") >= 200
    assert json.loads(bodies.whole(dialect))["model"] == "bench"


def test_this_process_is_found_and_read() -> None:
    own = [os.getpid()]
    assert machine.cpu_seconds(own) > 0
    assert machine.memory_bytes(own) > 1_000_000
