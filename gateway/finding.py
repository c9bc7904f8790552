"""The gateway answers the calls of `find_tool` itself: the same target is asked again within one answer to the client.

A session whose tools were selected is offered one more (gateway.compress.find_tool). When the model calls it, the client sees
nothing of that: the tools that fit are added and what the model then says goes on in the same answer. Each call is an attempt
of its own in the books. Nothing of this is there for a request that was not offered the tool.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

from gateway.chat.errors import UpstreamError, UpstreamTimeout
from gateway.chat.events import StreamEvent
from gateway.chat.request import ChatRequest, Thinking, Tool, ToolUse
from gateway.chat.response import ChatResponse, fold, unfold
from gateway.compress.find_tool import Way, continued, query_of
from gateway.compress.unseen import Unseen, without_tool
from gateway.mending.mender import without_word
from gateway.providers.upstream import UpstreamResponse
from gateway.wire.fields import dump
from routing.decision import Step

from . import budgeting, staying
from .attempting import call, maker_of, open_attempt
from .calling import Plan
from .exchange import Attempt, Exchange
from .ports import Reply, World
from .relaying import Relay, decoder_of, drain, mended, mender, read_answer
from .settling import close_attempt, note_so_far

ROUNDS = 2


def way_of(exchange: Exchange) -> Way | None:
    return exchange.passed.way if exchange.passed is not None else None


def shown(exchange: Exchange, request: ChatRequest) -> ChatRequest:
    """`request` with the tools that its client sent: what is told must not name the gateway's own."""
    way = way_of(exchange)
    return way.shown(request) if way is not None else request


def finder(exchange: Exchange, request: ChatRequest, plan: Plan, world: World) -> Finder | None:
    """None where the model was not offered a way back to other tools."""
    way = way_of(exchange)
    return Finder(exchange, request, plan, world, way) if way is not None else None


class Finder:
    """Of one answer, from its first call on. `request`: as it was sent last. Keeps the client's body for calls to come."""

    def __init__(self, exchange: Exchange, request: ChatRequest, plan: Plan, world: World, way: Way) -> None:
        self.exchange, self.request, self.world = exchange, request, world
        self._plan, self._way = plan, way
        self._raw, self._body = exchange.raw, exchange.body
        self._rounds = 0
        self._brought: tuple[Tool, ...] = ()
        whole_thoughts = not request.stream
        sealed = plan.dialect.name == "openai_responses"
        self.unseen = Unseen(
            way.tool.name,
            "thoughts" if whole_thoughts else "signatures" if sealed else "nothing",
            joins=request.dialect == "openai_chat",
        )

    async def stream(self, relay: Relay, response: UpstreamResponse) -> None:
        """After the first answer was relayed: the calls that follow it, into the same reply. Trouble is raised as
        UpstreamError while nothing was told, and breaks the stream off after it."""
        if not self.unseen.asked or relay.failure is not None:
            return
        await drain(response)
        while self.unseen.asked and relay.failure is None:
            self._note(list(relay.signatures.values()))
            self._close(relay.attempt)
            if not await self._may_go_on(relay.attempt):
                await relay.tell(self.unseen.ends(self._words()))
                return
            self.unseen.go_on()
            try:
                async with asyncio.timeout_at(relay.until) as clock:
                    plan, attempt = self._open(relay.attempt)
                    following = await call(self.exchange, self.request, plan, attempt, self.world)
                    clock.reschedule(None)
                async with aclosing(following):
                    decoder = decoder_of(self.request, plan, following)
                    relay.turn_to(attempt, decoder, mender(self.exchange, self.request, plan))
                    await relay.run(following, plan.account.deadlines)
                    await drain(following)
            except TimeoutError as error:
                await self._fail(
                    relay, UpstreamTimeout("The provider took too long with the rest of its answer."), error
                )
            except UpstreamError as error:
                await self._fail(relay, error, None)

    async def _fail(self, relay: Relay, error: UpstreamError, cause: BaseException | None) -> None:
        relay.attempt = self.exchange.attempts[-1]
        await relay.fail(error, cause)

    async def whole(
        self, answer: ChatResponse, told: ChatResponse, reply: Reply
    ) -> tuple[ChatResponse, ChatResponse, Attempt]:
        """(the answer, the same as the client is told it, the attempt it came with). Raises UpstreamError."""
        events = self.unseen.feed(unfold(told))
        attempt = self.exchange.attempts[-1]
        if self.unseen.called:
            answer = told
        last = told
        total = self._plan.account.deadlines.total
        until = asyncio.get_running_loop().time() + total - (time.monotonic() - attempt.started)
        try:
            async with asyncio.timeout_at(until):
                while self.unseen.asked:
                    attempt.first_token = attempt.first_token or time.monotonic()
                    self._close(attempt)
                    if not await self._may_go_on(attempt):
                        events += self.unseen.ends(self._words())
                        break
                    if reply.gone:
                        raise asyncio.CancelledError
                    self.unseen.go_on()
                    last, attempt = await self._next(attempt)
                    events += self.unseen.feed(unfold(last))
        except TimeoutError as error:
            raise UpstreamTimeout("The provider took too long with the rest of its answer.") from error
        told = self._folded(events, last)
        return (told if self.unseen.called else answer), told, attempt

    async def _next(self, before: Attempt) -> tuple[ChatResponse, Attempt]:
        plan, attempt = self._open(before)
        async with aclosing(await call(self.exchange, self.request, plan, attempt, self.world)) as response:
            answer, _ = await read_answer(self.request, plan, response)
        answer, told, _ = mended(self.exchange, self.request, plan, answer, b"")
        attempt.usage = attempt.usage.merge(answer.usage)
        self._note([block.signature or "" for block in answer.blocks if isinstance(block, Thinking)])
        return told, attempt

    def _folded(self, events: list[StreamEvent], last: ChatResponse) -> ChatResponse:
        made = fold(events)
        extras = last.extras if made.finish_reason == last.finish_reason else without_word(last.extras)
        kept = without_tool(extras, self._way.tool.name)
        return ChatResponse(made.id, made.model, made.blocks, made.finish_reason, made.usage, made.stop_sequence, kept)

    # -- between two calls

    def _note(self, signatures: list[str]) -> None:
        staying.note_signatures(self.exchange, signatures, maker_of(self._plan), self.world)

    def _close(self, attempt: Attempt) -> None:
        close_attempt(self.exchange, attempt)
        note_so_far(self.exchange, attempt, self.world)
        if all(one is not attempt for one in self.exchange.chain):
            self.exchange.chain = [attempt]

    async def _may_go_on(self, attempt: Attempt) -> bool:
        """Whether the tool that was called may be answered; then `request` is what follows and the budgets hold for it."""
        if self._rounds >= ROUNDS or not self.unseen.whole:
            return False
        exchange = self.exchange
        self._rounds += 1
        before = self.request
        answer = self.unseen.answer()
        last = self._rounds == ROUNDS
        request, new = continued(before, self._way, answer, self._brought, maker_of(self._plan), last=last)
        more = len(dump([tool.schema for tool in new])) + sum(len(tool.description or "") for tool in new)
        more += sum(len(getattr(block, "text", "") or "") for block in answer.blocks)
        exchange.input_estimate += more // 4 + 200
        prompt = max(exchange.input_estimate, (attempt.usage.prompt or 0) + (attempt.usage.output or 0) + more // 4)
        self._lend()
        if not await budgeting.hold_more(exchange, self.world, attempt.target, prompt, request.max_tokens):
            exchange.losses.append("tools looked for: no budget is left for that")
            self._take_back()
            return False
        exchange.losses.append(f"tools looked for: {len(new)} found")
        self.request, self._brought = request, (*self._brought, *new)
        return True

    def _open(self, before: Attempt) -> tuple[Plan, Attempt]:
        plan, attempt = open_attempt(
            self.exchange, self.request, Step(before.target, before.tier), self._plan.account, self.world
        )
        self.exchange.chain.append(attempt)
        self._take_back()
        return plan, attempt

    def _lend(self) -> None:
        """The client's body, which is let go once an answer begins."""
        self.exchange.raw, self.exchange.body = self._raw, self._body

    def _take_back(self) -> None:
        if self.exchange.served is not None:
            self.exchange.raw = b""
            if not self.exchange.stores:
                self.exchange.body = {}

    def _words(self) -> str:
        """What stands for tools that could not be brought."""
        queries = [
            query_of(block.arguments)
            for block in self.unseen.answer().blocks
            if isinstance(block, ToolUse) and block.name == self._way.tool.name
        ]
        wanted = "; ".join(query[:200] for query in queries if query) or "not said"
        return f"[Another tool would be needed to go on: {wanted}. It could not be made available in this answer.]"
