"""The passes of one request: what its session is pinned to, the request as it is sent, and a receipt for each pass.

A session keeps what it began with (CMP-3, CMP-5): the first request decides, every later one finds that, in this process, in
Redis or (after a restart) in Postgres. A session that has a history and was never seen went out as it came, so it stays so: a
provider may hold its prompt (CMP-1). What a pass makes of a text depends on the text, its command and the pin alone.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from gateway.chat.request import ChatRequest, Tool
from gateway.compress import VERSION
from gateway.compress.find_tool import way_back
from gateway.compress.history import fitted
from gateway.compress.results import Job, Place, made_of, places, with_texts
from gateway.compress.selection import select
from gateway.compress.terse import with_terse
from gateway.wire.fields import dump
from routing.passes import NO_PASSES, Passes, of_words
from routing.tiers import TargetRef

from . import metrics
from .exchange import Exchange
from .ports import Made, World
from .receipts import Passed
from .sessions import conversation
from .tokens import count_text

PASSTHROUGH = "x-lynkr-passthrough"
HELD_OUT = "hold-out"
# Of a session whose beginning was not seen: cache marks change no content, so that they may come at any time.
NO_CHANGES: dict[str, Any] = {"results": False, "selection": "off", "terse": "off", "trim": False}
SURELY_FITS = 0.5  # of the window, by our rough estimate
MOST_KEPT = 20_000
MOST_BYTES = 48 * 1024 * 1024
THREADS = 2
_EACH = 250  # bytes of an entry without its text


class Making:
    """gateway.ports.Maker: texts are worked at beside the event loop, once, and remembered by digest."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="passes")
        self._kept: OrderedDict[bytes, Made] = OrderedDict()
        self._bytes = 0
        self._most_bytes = most_bytes

    async def made(self, jobs: Sequence[Job]) -> list[Made]:
        digests = [_digest(job) for job in jobs]
        todo = {name: job for name, job in zip(digests, jobs, strict=True) if name not in self._kept}
        fresh: dict[bytes, Made] = {}
        if todo:
            loop = asyncio.get_running_loop()
            results = await loop.run_in_executor(self._threads, _make_all, list(todo.values()))
            fresh = dict(zip(todo, results, strict=True))
        found = [fresh.get(name) or self._kept[name] for name in digests]
        for name, made in zip(digests, found, strict=True):
            self._keep(name, made)
        return found

    async def tokens(self, text: str) -> int:
        name = _digest(Job(text, "", "\0tokens"))
        if name not in self._kept:
            count = await asyncio.get_running_loop().run_in_executor(self._threads, count_text, text)
            self._keep(name, Made(before=count))
        return self._kept[name].before

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _keep(self, name: bytes, made: Made) -> None:
        if name in self._kept:
            self._kept.move_to_end(name)
            return
        self._kept[name] = made
        self._bytes += _EACH + len(made.text or "")
        while len(self._kept) > MOST_KEPT or self._bytes > self._most_bytes:
            self._bytes -= _EACH + len(self._kept.popitem(last=False)[1].text or "")


def _digest(job: Job) -> bytes:
    text = f"{VERSION}\0{job.tool}\0{job.command}\0{job.text}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=18).digest()


def _make_all(jobs: list[Job]) -> list[Made]:
    return [make(job) for job in jobs]


def make(job: Job) -> Made:
    """What is sent in place of a tool's result: what takes fewer tokens than what came, else that."""
    try:
        text, name = made_of(job)
    except Exception as error:  # a defect of a pass costs its saving, not the request; the same text fails the same way
        metrics.defect(error)
        return Made()
    if not name:
        return Made()
    before, after = count_text(job.text), count_text(text)
    return Made(text, name, before, after) if after < before else Made()


def asked_to_pass_through(exchange: Exchange) -> bool:
    return exchange.caller.passthrough or exchange.headers.get(PASSTHROUGH, "").strip().lower() in ("1", "true", "yes")


def marks_of(exchange: Exchange) -> str:
    """The prompt-cache marks its session is pinned to: "off", "5m" or "1h"."""
    return exchange.passed.passes.marks if exchange.passed is not None else "off"


async def prepare(exchange: Exchange, request: ChatRequest, world: World) -> ChatRequest:
    """`request` as it is to be sent; sets `exchange.passed`. Never raises for a reason of its own."""
    passed = await _pinned(exchange, request, world)
    exchange.passed = passed
    world.pins.put_words(passed.name, passed.words)
    sent = await _sent(passed, request, world)
    exchange.input_estimate = max(1, exchange.input_estimate - passed.tokens_saved)
    return sent


async def as_sent(exchange: Exchange, request: ChatRequest, world: World) -> ChatRequest:
    """As `prepare`, for counting (CCD-4): nothing is remembered."""
    return await _sent(await _pinned(exchange, request, world), request, world)


async def _pinned(exchange: Exchange, request: ChatRequest, world: World) -> Passed:
    policy = exchange.team.policy.passes
    if not exchange.session_id:
        return Passed("", "off", NO_PASSES)
    name = exchange.session.name if exchange.session is not None else conversation(exchange, request)
    if asked_to_pass_through(exchange):
        return Passed(name, "off", NO_PASSES)
    turns = sum(message.role == "assistant" for message in request.messages)
    words = await world.pins.find_words(name, turns)
    if words is None:
        words = _words(replace(policy, **NO_CHANGES)) if turns else _first_words(name, policy)
    return Passed(name, words, _of(words, policy), held_out=words == HELD_OUT)


def _first_words(name: str, policy: Passes) -> str:
    if int(name[:8], 16) % 100 < policy.hold_out:
        return HELD_OUT
    return _words(policy)


def _words(policy: Passes) -> str:
    words = policy.in_words()
    return words if words == "off" else f"v{VERSION} {words}"


def _of(words: str, policy: Passes) -> Passes:
    """What is pinned by another version of the passes cannot be made again: the prompt goes as it comes."""
    version, _, rest = words.partition(" ")
    return of_words(rest if version == f"v{VERSION}" else "off", policy)


async def _sent(passed: Passed, request: ChatRequest, world: World) -> ChatRequest:
    if passed.passes.results:
        request = await _with_results(passed, request, world)
    if passed.passes.selection != "off":
        request = await _with_selection(passed, request, world)
    return with_terse(request, passed.passes.terse)  # what it saves shows in answers: the sessions held out tell


async def _with_selection(passed: Passed, request: ChatRequest, world: World) -> ChatRequest:
    """Fewer tools, and the way back to the others; what is chosen is a function of what came before the first answer
    (gateway.compress.selection)."""
    selected = select(request, passed.passes.selection)
    if not selected.dropped:
        return request
    passed.way = way = way_back(request, selected)
    gone = frozenset(selected.dropped)
    before = await _tokens_of([tool for tool in request.tools if tool.name in gone], world)
    after = await _tokens_of([way.tool], world) if way is not None else 0
    new = all(message.role != "assistant" for message in request.messages)
    passed.add("selection", before, after, new=new)
    if way is None:
        return selected.request
    return replace(selected.request, tools=(*selected.request.tools, way.tool))


async def _tokens_of(tools: Sequence[Tool], world: World) -> int:
    return await world.maker.tokens(dump([_told(tool) for tool in tools]).decode())


def _told(tool: Tool) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "schema": tool.schema}


def that_fits(exchange: Exchange, request: ChatRequest, target: TargetRef, world: World) -> ChatRequest:
    """`request` for `target`: without its oldest turns where it would not fit and the session is pinned to that."""
    if exchange.passed is None or not exchange.passed.passes.trim:
        return request
    profile = world.profile(target)
    window = profile.context_window if profile is not None else None
    if window is None or exchange.input_estimate < window * SURELY_FITS:
        return request
    request, left_out = fitted(request, window)
    if left_out:
        exchange.losses.append(f"history: {left_out} messages that would not fit")
    return request


async def _with_results(passed: Passed, request: ChatRequest, world: World) -> ChatRequest:
    found = places(request)
    if not found:
        return request
    changed: list[tuple[Place, str]] = []
    for place, made in zip(found, await world.maker.made([place.job for place in found]), strict=True):
        if made.text is not None:
            changed.append((place, made.text))
            passed.add(made.name, made.before, made.after, new=place.new)
    return with_texts(request, changed)
