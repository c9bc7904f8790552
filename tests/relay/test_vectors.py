"""Vectors by an account's model, against a real server that hangs, lies, refuses and mends: nobody waits long, and nothing
that is not a vector of this model is taken for one."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from gateway import vectors as module
from gateway.ports import Embedding, Readings, Snapshot, Team
from gateway.pricing import PriceTable
from gateway.providers.account import Account, Secret
from gateway.providers.upstream import Upstream as Transport
from gateway.snapshot.holder import EMPTY
from gateway.snapshot.rows import NO_POLICY
from gateway.vectors import Vectors
from routing.answer_cache import AnswerCache
from routing.tiers import TierMap
from tests.fakes import script
from tests.fakes.script import Fault, Pace, Received, Reply
from tests.fakes.upstream import Upstream, refusing_address

KEY = "sk-upstream-embedding-canary"
ASK = "How do I rename a branch, said the canary?"
ACCOUNT = Embedding("account", "emb", "text-embed", None, 2_000)
HASTY = replace(ACCOUNT, milliseconds=300)


@dataclass
class Holder:
    """The snapshot in force."""

    current: Snapshot


class Embedded:
    """An embedder without a model."""

    tag, dimension, problem = "embedded/3", 3, None

    def __init__(self) -> None:
        self.warmed = self.closed = False

    async def read(self, texts: Sequence[str], within: float) -> Any:
        return [module._Vector((1.0, 0.0, 0.0), (("word", (1.0, 0.0, 0.0)),)) for _ in texts]

    def warm(self) -> None:
        self.warmed = True

    def close(self) -> None:
        self.closed = True


def account(upstream: Upstream, **changes: Any) -> Account:
    made = Account(1, "emb", "openai-compatible", f"http://127.0.0.1:{upstream.port}/v1", (Secret(1, KEY),))
    return replace(made, **changes)


def snapshot(upstream: Upstream, embedding: Embedding = ACCOUNT, **changes: Any) -> Snapshot:
    return replace(EMPTY, accounts={"emb": account(upstream, **changes)}, embedding=embedding)


@pytest.fixture
async def world(upstream: Upstream) -> AsyncIterator[tuple[Vectors, Holder]]:
    holder, transport = Holder(snapshot(upstream)), Transport()
    made = Vectors(holder, transport, Embedded())
    yield made, holder
    made.close()
    await transport.aclose()


Made = tuple[Vectors, Holder]


def vector_of(text: str, size: int = 4) -> list[float]:
    """Another for every text."""
    return [float(1 + sum(map(ord, text)) % (7 + place)) for place in range(size)]


def answer(rows: Sequence[Any], **more: Any) -> Reply:
    data = [{"object": "embedding", "index": place, "embedding": row} for place, row in enumerate(rows)]
    return Reply(raw=json.dumps({"object": "list", "data": data, "model": "m", **more}).encode())


def honest(size: int = 4, **pace: float) -> Callable[[Received], Reply]:
    def reply(received: Received) -> Reply:
        texts = received.json["input"]
        return answer([vector_of(text, received.json.get("dimensions", size)) for text in texts]).but(pace=Pace(**pace))

    return reply


def calls(upstream: Upstream) -> list[Received]:
    return [received for received in upstream.received if received.purpose == "embeddings"]


async def read(made: Vectors, *texts: str, within: float | None = None) -> Readings | None:
    return await made.read(list(texts) or [ASK], made.patience if within is None else within)


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    return dot / math.hypot(*one) / math.hypot(*other)


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("lynkr_embedding_calls_total", {"outcome": outcome}) or 0.0


# -- what is right


async def test_a_vector_is_the_texts_own_and_of_length_one(world: Made, upstream: Upstream) -> None:
    upstream.when_beside(honest())
    found = await read(world[0], "first", "second one", "third")
    assert found is not None
    assert [math.hypot(*reading.vector) for reading in found.each] == pytest.approx([1, 1, 1])
    for text, reading in zip(("first", "second one", "third"), found.each, strict=True):
        assert cosine(reading.vector, vector_of(text)) == pytest.approx(1)
    assert found.tag.startswith("emb/text-embed@4#")
    [call] = calls(upstream)
    assert call.json == {"model": "text-embed", "input": ["first", "second one", "third"]}
    assert call.headers["authorization"] == f"Bearer {KEY}"


async def test_rows_out_of_order_find_their_texts(world: Made, upstream: Upstream) -> None:
    rows = [{"index": 1, "embedding": [0, 1]}, {"index": 0, "embedding": [1, 0]}]
    upstream.when_beside(lambda _: Reply(raw=json.dumps({"data": rows}).encode()))
    found = await read(world[0], "first", "second")
    assert found is not None
    assert [list(reading.vector) for reading in found.each] == [[1, 0], [0, 1]]


async def test_a_text_is_asked_for_once(world: Made, upstream: Upstream) -> None:
    upstream.when_beside(honest(before_headers=0.05))
    both = await asyncio.gather(read(world[0]), read(world[0]))
    again = await read(world[0])
    assert again is not None
    assert all(found is not None and found.each[0].vector == again.each[0].vector for found in both)
    assert len(calls(upstream)) == 1


async def test_what_waits_at_the_same_moment_goes_in_one_call(world: Made, upstream: Upstream) -> None:
    upstream.when_beside(honest())
    texts = [f"text {number}" for number in range(40)]
    found = await asyncio.gather(*(read(world[0], text) for text in texts))
    assert all(one is not None for one in found)
    assert sorted(len(call.json["input"]) for call in calls(upstream)) == [8, 32]


async def test_the_dimension_is_asked_for_only_where_the_settings_name_one(world: Made, upstream: Upstream) -> None:
    upstream.when_beside(honest())
    await read(world[0])
    world[1].current = snapshot(upstream, replace(ACCOUNT, dimension=6))
    found = await read(world[0])
    assert found is not None
    assert len(found.each[0].vector) == 6
    assert [call.json.get("dimensions") for call in calls(upstream)] == [None, 6]


async def test_tokens_are_counted_for_the_organisation(world: Made, upstream: Upstream) -> None:
    def value() -> float:
        return REGISTRY.get_sample_value("lynkr_embedding_tokens_total", {"account": "emb"}) or 0.0

    before = value()
    upstream.when_beside(lambda _: answer([[1, 2]], usage={"prompt_tokens": 9, "total_tokens": 9}))
    await read(world[0])
    assert value() - before == 9


async def test_a_long_answer_is_read_beside_the_loop(world: Made, upstream: Upstream) -> None:
    upstream.when_beside(honest(3072))
    found = await read(world[0], *(f"text {number}" for number in range(32)), within=5.0)
    assert found is not None
    assert {len(reading.vector) for reading in found.each} == {3072}


# -- what is wrong


def rows(*vectors: Any) -> Reply:
    return answer(vectors)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (rows([1, 0]), "count"),
        (rows([1, 0], [0, 1], [1, 1]), "count"),
        (rows([1, 0], [0, 1, 0]), "dimension"),
        (rows([1, 0], []), "shape"),
        (rows([1, 0], None), "shape"),
        (rows([1, 0], "AACAPwAAAAA="), "shape"),
        (rows([1, 0], [0, 0]), "zero"),
        (rows([1, 0], [1, None]), "not finite"),
        (rows([1, 0], [1, "0.5"]), "not finite"),
        (rows([1, 0], [1, True]), "not finite"),
        (rows([1, 0], [1e200, 1e200]), "not finite"),
        (Reply(raw=b'{"data": [{"embedding": [1, NaN]}, {"embedding": [1, 1]}]}'), "not JSON"),
        (Reply(raw=b'{"data": [{"embedding": [1, 1e999]}, {"embedding": [1, 1]}]}'), "not finite"),
        (Reply(raw=b'{"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}'), "order"),
        (Reply(raw=b'{"data": [{"index": -1, "embedding": [1]}, {"index": 0, "embedding": [1]}]}'), "order"),
        (Reply(raw=b'{"data": {"embedding": [1, 2]}}'), "shape"),
        (Reply(raw=b"[]"), "shape"),
        (Reply(raw=b"<html>sign in</html>"), "not JSON"),
        (Reply(raw=b"", status=302, headers=(("location", "/v1/embeddings"),)), "status 3xx"),
        (script.error(500, f"{ASK} {KEY}"), "status 5xx"),
        (script.error(401, f"{ASK} {KEY}"), "status 4xx"),
        (script.error(404, f"{ASK} {KEY}"), "status 4xx"),
        (rows([1, 0], [0, 1]).but(fault=Fault(cut_after_bytes=60)), "cut off"),
    ],
)
async def test_what_is_no_vector_is_not_taken_for_one(
    world: Made, upstream: Upstream, wrong: Reply, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    """SEM-8. The account then rests, and no more requests wait for it; nothing of texts or keys is told."""
    caplog.set_level(logging.DEBUG)
    before, resting = counted(word), counted("resting")
    upstream.when_beside(lambda _: wrong)
    assert await read(world[0], ASK, "another") is None
    assert await read(world[0], "a third") is None
    assert len(calls(upstream)) == 1
    assert (counted(word) - before, counted("resting") - resting) == (1, 1)
    assert world[0].problem == f"the account emb makes no vectors with text-embed ({word})."
    assert "canary" not in caplog.text + world[0].problem


async def test_another_dimension_than_the_one_asked_for_is_refused(world: Made, upstream: Upstream) -> None:
    world[1].current = snapshot(upstream, replace(ACCOUNT, dimension=8))
    upstream.when_beside(lambda _: answer([[1.0] * 4]))
    assert await read(world[0]) is None
    assert "dimension" in world[0].problem


async def test_a_dimension_that_changes_is_refused(
    world: Made, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two vectors of one model may always be compared."""
    monkeypatch.setattr(module, "FIRST_REST", 0.05)
    upstream.when_beside(honest(4))
    first = await read(world[0], "first")
    upstream.when_beside(honest(5))
    assert await read(world[0], "second") is None
    assert "other dimension" in world[0].problem
    upstream.when_beside(honest(4))
    await asyncio.sleep(0.1)
    again = await read(world[0], "second")
    assert first is not None
    assert again is not None
    assert first.tag == again.tag


async def test_a_server_that_hangs_costs_one_request_its_patience_and_the_next_ones_nothing(
    world: Made, upstream: Upstream
) -> None:
    world[1].current = snapshot(upstream, HASTY)
    upstream.when_beside(honest(before_headers=30))
    began = time.monotonic()
    assert await read(world[0]) is None
    assert 0.29 < time.monotonic() - began < 1.5
    await asyncio.sleep(0.05)
    began = time.monotonic()
    for number in range(50):
        assert await read(world[0], f"text {number}") is None
    assert time.monotonic() - began < 0.3
    [call] = calls(upstream)
    call.wait()
    assert call.hung_up, "the connection is not left open"


async def test_an_answer_that_stalls_half_way_is_not_waited_for(world: Made, upstream: Upstream) -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{"data": [')
        await reader.read()
        writer.close()

    server = await asyncio.start_server(stall, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        world[1].current = snapshot(upstream, HASTY, base_url=f"http://127.0.0.1:{port}/v1")
        began = time.monotonic()
        assert await read(world[0]) is None
        assert 0.29 < time.monotonic() - began < 1.5
        await asyncio.sleep(0.05)
        assert "timeout" in world[0].problem


async def test_an_account_nobody_answers_at_costs_little(world: Made, upstream: Upstream) -> None:
    address, held = refusing_address()
    with held:
        world[1].current = snapshot(upstream, base_url=f"{address}/v1")
        assert await read(world[0]) is None
        assert "unreachable" in world[0].problem


async def test_a_server_that_mends_is_used_again_and_one_call_alone_finds_out(
    world: Made, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_REST", 0.05)
    world[1].current = snapshot(upstream, HASTY)
    upstream.when_beside(honest(before_headers=30))
    assert await read(world[0]) is None
    await asyncio.sleep(0.2)
    upstream.when_beside(honest(before_headers=0.1))
    found = await asyncio.gather(*(read(world[0], f"text {number}") for number in range(5)))
    assert [one is not None for one in found] == [True, False, False, False, False]
    assert len(calls(upstream)) == 2
    assert await read(world[0], "text 4") is not None
    assert world[0].problem == ""


async def test_a_rest_grows_with_each_failure(world: Made, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_REST", 0.05)
    upstream.when_beside(lambda _: script.error(500))
    until = time.monotonic() + 1.0
    number = 0
    while time.monotonic() < until:
        number += 1
        await read(world[0], f"text {number}")
        await asyncio.sleep(0.005)
    assert 3 <= len(calls(upstream)) <= 5, "after 0, 0.05, 0.15, 0.35 and 0.75 s"


async def test_a_slow_answer_comes_too_late_for_its_request_and_in_time_for_the_next(
    world: Made, upstream: Upstream
) -> None:
    """The call has its whole time, though the one who asked first has less."""
    upstream.when_beside(honest(before_headers=0.15))
    assert await read(world[0], within=0.05) is None
    await asyncio.sleep(0.5)
    assert await read(world[0], within=0.05) is not None
    assert len(calls(upstream)) == 1


async def test_a_text_that_is_refused_does_not_take_others_along(world: Made, upstream: Upstream) -> None:
    def picky(received: Received) -> Reply:
        if any("poison" in text for text in received.json["input"]):
            return script.error(400, "too many tokens")
        return honest()(received)

    upstream.when_beside(picky)
    found = await asyncio.gather(*(read(world[0], text) for text in ("good", "poison", "fine")))
    assert [one is not None for one in found] == [True, False, True]
    assert await read(world[0], "next") is not None


async def test_an_account_that_refuses_every_text_rests_too(world: Made, upstream: Upstream) -> None:
    upstream.when_beside(lambda _: script.error(400, "no such model"))
    for number in range(20):
        assert await read(world[0], f"text {number}") is None
    assert len(calls(upstream)) == module.REFUSALS


async def test_a_text_longer_than_models_read_is_not_sent(world: Made, upstream: Upstream) -> None:
    upstream.when_beside(honest())
    assert await read(world[0], "x" * 8_001) is None
    assert calls(upstream) == []


async def test_a_caller_that_hangs_up_takes_nobody_along(world: Made, upstream: Upstream) -> None:
    upstream.when_beside(honest(before_headers=0.1))
    gone = asyncio.ensure_future(read(world[0]))
    await asyncio.sleep(0.02)
    stays = asyncio.ensure_future(read(world[0]))
    await asyncio.sleep(0.02)
    gone.cancel()
    assert await stays is not None
    assert len(calls(upstream)) == 1


async def test_no_more_wait_than_there_is_room_for(
    world: Made, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAITING", 3)
    upstream.when_beside(honest(before_headers=0.1))
    found = await asyncio.gather(*(read(world[0], f"text {number}") for number in range(5)))
    assert [one is not None for one in found] == [True, True, True, False, False]


async def test_what_is_remembered_has_a_bound(upstream: Upstream, world: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    upstream.when_beside(honest())
    world[0]._memory._most = 3 * module._size(module.array("f", [0] * 4))
    for number in range(5):
        await read(world[0], f"text {number}")
    await read(world[0], "text 4")
    await read(world[0], "text 0")
    assert len(calls(upstream)) == 6


# -- settings


async def test_settings_are_in_force_at_once_and_a_vector_keeps_the_tag_of_what_made_it(
    world: Made, upstream: Upstream
) -> None:
    """SEM-8: what was asked for before the change says so, though it arrives after."""
    made, holder = world
    upstream.when_beside(honest(before_headers=0.1))
    before = asyncio.ensure_future(read(made))
    await asyncio.sleep(0.03)
    holder.current = replace(EMPTY, embedding=Embedding("embedded", milliseconds=90))
    now = await read(made)
    old = await before
    assert now is not None
    assert old is not None
    assert (now.tag, len(now.each[0].vector), now.each[0].words[0][0]) == ("embedded/3", 3, "word")
    assert (old.tag[:16], len(old.each[0].vector)) == ("emb/text-embed@4", 4)
    assert made.patience == 0.09
    holder.current = replace(EMPTY, embedding=Embedding())
    assert await read(made) is None


async def test_every_model_address_and_dimension_has_a_tag_of_its_own(world: Made, upstream: Upstream) -> None:
    made, holder = world
    upstream.when_beside(honest())
    other = f"http://localhost:{upstream.port}/v1"
    tags = []
    for settings, changes in (
        (ACCOUNT, {}),
        (replace(ACCOUNT, model="text-embed-2"), {}),
        (replace(ACCOUNT, dimension=4), {}),
        (ACCOUNT, {"base_url": other}),
        (replace(ACCOUNT, model="m" * 150), {}),
        (replace(ACCOUNT, model="m" * 149 + "n"), {}),
        (ACCOUNT, {}),
    ):
        holder.current = snapshot(upstream, settings, **changes)
        found = await read(made)
        assert found is not None
        tags.append(found.tag)
    assert len(set(tags)) == 6
    assert tags[0] == tags[-1]
    assert max(map(len, tags)) <= 120
    assert len(calls(upstream)) == 6, "what is remembered of the first model is still good"


async def test_an_account_that_was_mended_is_tried_at_once(world: Made, upstream: Upstream) -> None:
    made, holder = world
    upstream.when_beside(lambda _: script.error(401))
    assert await read(made) is None
    upstream.when_beside(honest())
    holder.current = snapshot(upstream)
    assert await read(made) is None, "nothing of it changed"
    holder.current = snapshot(upstream, secrets=(Secret(2, "sk-upstream-new"),))
    assert await read(made) is not None


async def test_an_account_that_is_gone_or_offers_no_embeddings_gives_none(world: Made, upstream: Upstream) -> None:
    made, holder = world
    holder.current = replace(snapshot(upstream), accounts={})
    assert await read(made) is None
    holder.current = snapshot(upstream, vendor="anthropic")
    assert await read(made) is None
    holder.current = snapshot(upstream, vendor="nobody-knows")
    assert await read(made) is None
    assert calls(upstream) == []


@pytest.mark.parametrize(
    ("kind", "mode", "warmed"),
    [
        ("embedded", "semantic", True),
        ("embedded", "shadow", True),
        ("embedded", "exact", False),
        ("embedded", "off", False),
        ("account", "semantic", False),
    ],
)
async def test_the_embedded_model_is_loaded_at_the_start_only_where_a_policy_has_a_use_for_it(
    upstream: Upstream, kind: str, mode: str, warmed: bool
) -> None:
    policy = replace(NO_POLICY, cache=AnswerCache(mode=mode))
    team = Team(1, "acme", TierMap(), policy, {}, PriceTable({}))
    holder, embedded = Holder(snapshot(upstream, replace(ACCOUNT, kind=kind))), Embedded()
    holder.current = replace(holder.current, teams={1: team})
    made = Vectors(holder, Transport(), embedded)
    made.warm()
    made.close()
    assert (embedded.warmed, embedded.closed) == (warmed, True)
