"""Memory of the web process, looked at from outside: it does not grow with requests, errors, reloads or open streams."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.script import Pace
from tests.fakes.upstream import Upstream

from .calls import ASK, PATHS, SURFACES, Wire, ask, body, stream

TARGET = "anth/claude-sonnet-4-5"
MEGABYTE = 1024 * 1024


def private_mb(lynkr: Gateway) -> float:
    """Private memory of the gateway's process (Linux)."""
    file = Path(f"/proc/{lynkr.process.pid}/smaps_rollup")
    if not file.exists():
        pytest.skip("this system tells nothing of a process's memory")
    lines = file.read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def many(lynkr: Gateway, count: int) -> None:
    with httpx.Client(headers={"x-api-key": lynkr.key}) as client:
        for place in range(count):
            surface = SURFACES[place % 3]
            answer = client.post(lynkr.base_url + PATHS[surface], json=body(surface, TARGET, stream=place % 2 == 0))
            assert answer.status_code == 200


def test_requests_leave_nothing_behind(lynkr: Gateway, upstream: Upstream) -> None:
    """MEM-1: what a day would do, in small. The first hundreds fill caches of bounded size."""
    many(lynkr, 300)
    before = private_mb(lynkr)
    many(lynkr, 600)
    assert private_mb(lynkr) - before < 6, "10 KB a request"


def test_loading_the_configuration_again_and_again_leaves_nothing_behind(lynkr: Gateway, upstream: Upstream) -> None:
    """MEM-3: routes are fixed, and a snapshot that was replaced is gone."""
    for _ in range(10):
        lynkr.reload()
    before = private_mb(lynkr)
    for _ in range(60):
        lynkr.reload()
    assert private_mb(lynkr) - before < 6
    assert ask(lynkr, "anthropic", TARGET).status_code == 200


def test_errors_hold_no_bodies(lynkr: Gateway, upstream: Upstream) -> None:
    """MEM-6: 84 refused bodies of two megabytes, and as many that are no JSON."""
    long = "x" * (2 * MEGABYTE)

    def refused(count: int) -> None:
        upstream.when(lambda _: script.error(400, "prompt: " + long[:100_000]))
        for place in range(count):
            surface = SURFACES[place % 3]
            assert ask(lynkr, surface, TARGET, user=long if surface == "openai_chat" else "u").status_code == 400
            answer = httpx.post(
                lynkr.base_url + PATHS[surface],
                content=b'{"model": "auto", ' + long.encode(),
                headers={"x-api-key": lynkr.key},
            )
            assert answer.status_code == 400
            assert len(answer.content) < 10_000

    def low_water() -> float:
        """Freed memory goes back to the system in its own time."""
        seen = []
        for _ in range(3):
            refused(12)
            seen.append(private_mb(lynkr))
        return min(seen)

    refused(12)
    assert -low_water() + low_water() < 48


def test_a_body_is_not_kept_while_its_answer_streams(lynkr: Gateway, upstream: Upstream) -> None:
    """DJG-3, MEM-7: eight open streams whose requests were four megabytes each."""
    upstream.when(lambda _: script.Reply(parts=(script.Text("word " * 40, fragments=40),), pace=Pace(between=0.5)))
    upstream.strict = False
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * (4 * MEGABYTE)}}
    content = [{"type": "text", "text": ASK}, picture]
    sent = body("anthropic", TARGET, stream=True) | {"messages": [{"role": "user", "content": content}]}
    with Wire(lynkr, PATHS["anthropic"], sent) as first:
        first.until(b"word")
    before = private_mb(lynkr)
    with ExitStack() as open_ones:
        wires = [open_ones.enter_context(Wire(lynkr, PATHS["anthropic"], sent)) for _ in range(8)]
        for wire in wires:
            wire.until(b"word")
        time.sleep(0.3)
        held = private_mb(lynkr) - before
    upstream.strict = True
    assert held < 54, f"{held:.0f} MB for 32 MB of requests: more is kept than what was decoded of each"


def test_a_stream_costs_no_thread(lynkr: Gateway, upstream: Upstream) -> None:
    """MEM-2: nor does each of its chunks."""
    threads = Path(f"/proc/{lynkr.process.pid}/task")
    upstream.when(lambda _: script.Reply(parts=(script.Text("word " * 200, fragments=200),), pace=Pace(between=0.01)))
    with ExitStack() as open_ones:
        wires = [open_ones.enter_context(stream(lynkr, surface, TARGET)) for surface in SURFACES * 6]
        before = len(list(threads.iterdir()))
        for wire in wires:
            wire.until(b"word")
        assert len(list(threads.iterdir())) - before <= 2
        for wire in wires:
            wire.rest()
            assert wire.proper
