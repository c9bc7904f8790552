"""Carrying an open upstream answer to the caller: streams event by event, bodies whole."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from gateway.chat.errors import GatewayError, UpstreamBroken, UpstreamError, UpstreamTimeout, UpstreamUnavailable
from gateway.chat.events import BlockStart, Delta, Failed, Finish, Start, StreamEvent
from gateway.chat.request import ChatRequest, Opaque, Thinking, ToolUse
from gateway.chat.response import ChatResponse, unfold
from gateway.compress.unseen import Unseen
from gateway.mending import Mender, mend
from gateway.providers.account import Deadlines
from gateway.providers.families import calls_are_sound
from gateway.providers.profiles import family_of
from gateway.providers.upstream import UpstreamResponse
from gateway.wire.dialect import AnswerContext, Dialect, StreamDecoder, StreamEncoder
from gateway.wire.fields import dump, load
from gateway.wire.whole import WholeAnswer

from . import badge, metrics
from .calling import Plan
from .exchange import Attempt, Exchange
from .ports import Reply

ANSWER_LIMIT = 256 * 1024 * 1024
DRAIN_SECONDS = 0.5
NOTE_SECONDS = 1.0  # of an answer, at most, are not charged when this process is killed


@dataclass(slots=True)
class Relay:
    """The state of one relayed stream. `committed` is set with the first content event; until then nothing was sent but
    keepalives and another target may take over (FBK-1, FBK-2). `note` is called now and then in a long answer. `kept`
    collects all events when `keep` is set (stored responses, answers to be kept); `share` is told them
    too. `hide` takes the provider's key out of an error's words.
    `mender` changes what goes out, never what is counted or when the answer is committed. `unseen` does after it: what it
    takes out commits nothing, and several answers may be told as one (`turn_to`, then `run` again)."""

    attempt: Attempt
    decoder: StreamDecoder
    encoder: StreamEncoder
    faithful: bool
    reply: Reply
    begin: Callable[[Attempt], None]
    note: Callable[[Attempt], None]
    hide: Callable[[GatewayError], object]
    keep: bool = False
    share: Callable[[list[StreamEvent]], None] | None = None
    mender: Mender | None = None
    unseen: Unseen | None = None
    until: float = 0.0
    committed: bool = False
    finished: bool = False
    failure: GatewayError | None = None
    kept: list[StreamEvent] = field(default_factory=list)
    signatures: dict[int, str] = field(default_factory=dict)
    _held: list[StreamEvent] = field(default_factory=list)
    _held_raw: list[bytes] = field(default_factory=list)
    _note_at: float = field(default_factory=lambda: time.monotonic() + NOTE_SECONDS)

    async def run(self, response: UpstreamResponse, deadlines: Deadlines) -> None:
        """Relays until the answer is complete or broken. Before the commit point trouble is raised as UpstreamError; after
        it, it ends in `failure` with the dialect's error event already written."""
        loop = asyncio.get_running_loop()
        last = self.until = self.until or loop.time() + deadlines.total
        watched = False
        try:
            async with asyncio.timeout_at(min(last, loop.time() + deadlines.first_token)) as deadline:
                async for data in response.chunks():
                    await self._take(self.decoder.feed(data), self.decoder.raw)
                    if self.failure is not None or self.finished:
                        break
                    if self.committed and not watched:
                        # The idle deadline runs while the provider is read, not while a slow caller is written to.
                        watched = True
                        deadline.reschedule(last)
                        response.watch(deadlines.idle)
            if not self.finished and self.failure is None:
                await self._take(self.decoder.end(), self.decoder.raw)
        except (TimeoutError, httpx.TimeoutException) as error:
            waited_for = "rest of its answer" if self.committed else "first token"
            await self.fail(UpstreamTimeout(f"The provider took too long with the {waited_for}."), error)
        except httpx.HTTPError as error:
            await self.fail(UpstreamBroken("The provider's answer was cut off."), error)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            await self.fail(UpstreamBroken("The provider's answer is not in its dialect."), error)
        if not self.finished and self.failure is None:
            await self.fail(UpstreamBroken("The provider's answer ended before it was complete."), None)

    async def _take(self, events: list[StreamEvent], raw: bytes) -> None:
        """What came before the commit point is held; what comes after it goes out at once. An error is raised as long as
        nothing was sent, even if content came with it in one piece."""
        trouble = self._account(events)
        if trouble is not None:
            if not self.committed:
                await self.fail(trouble, None)
            events = events[:-1]
        if self.unseen is not None:
            events = self.unseen.feed(self.mender.feed(events) if self.mender is not None else events)
        await self._tell(events, raw, trouble)

    async def tell(self, events: list[StreamEvent]) -> None:
        """As if they had come: what stands for the rest of an answer."""
        self.finished = True
        await self._tell(events, b"", None)

    async def _tell(self, events: list[StreamEvent], raw: bytes, trouble: GatewayError | None) -> None:
        if not self.committed:
            self._held.extend(events)
            self._held_raw.append(raw)
            if not any(commits(event) for event in events):
                return
            events, raw = self._held, b"".join(self._held_raw)
            self._held, self._held_raw = [], []
        if self.mender is not None and self.unseen is None:
            events = self.mender.feed(events)
        text = raw if self.faithful else self.encoder.encode(events)
        ended = None if self.faithful else self.encoder.failure
        if not self.committed:
            if ended is not None:
                await self.fail(ended, None)
            self._commit()
        if self.keep:
            self.kept.extend(events)
        if self.share is not None:
            self.share(events)
        if text:
            await self.reply.write(text)
        if (now := time.monotonic()) >= self._note_at:
            self._note_at = now + NOTE_SECONDS
            self.note(self.attempt)
        if ended is not None:
            self.finished, self.failure = False, ended
        elif trouble is not None:
            await self.fail(trouble, None)

    def turn_to(self, attempt: Attempt, decoder: StreamDecoder, mender: Mender | None) -> None:
        """What is run next is the answer of another call, in the same form."""
        self.attempt, self.decoder, self.mender = attempt, decoder, mender
        self.finished = False
        self.signatures = {}

    def _account(self, events: list[StreamEvent]) -> GatewayError | None:
        """Reads usage on the way past; the error of a Failed event, which is then the last one."""
        attempt = self.attempt
        for position, event in enumerate(events):
            kind = type(event)
            if kind is Delta:
                attempt.output_characters += len(event.value)  # type: ignore[union-attr]
                if event.kind == "signature":  # type: ignore[union-attr]
                    self._sign(event.index, event.value)  # type: ignore[union-attr, arg-type]
            elif isinstance(event, BlockStart):
                if isinstance(event.block, Thinking) and event.block.signature:
                    self._sign(event.index, event.block.signature)
            elif isinstance(event, Start):
                if event.usage is not None:
                    attempt.usage = attempt.usage.merge(event.usage)
            elif isinstance(event, Finish):
                if event.usage is not None:
                    attempt.usage = attempt.usage.merge(event.usage)
                self.finished = True
            elif isinstance(event, Failed):
                del events[position + 1 :]
                return event.error
        return None

    def _sign(self, index: int | None, part: str) -> None:
        if index is not None:
            self.signatures[index] = self.signatures.get(index, "") + part

    def _commit(self) -> None:
        self.committed = True
        self.attempt.first_token = time.monotonic()
        self.begin(self.attempt)

    async def fail(self, error: GatewayError, cause: BaseException | None = None) -> None:
        """Raised before the commit point, told after it."""
        self.finished = False
        self.hide(error)
        if not self.committed:
            if isinstance(error, UpstreamError):
                raise error from cause
            raise UpstreamBroken(error.message) from cause
        self.failure = error
        await self.reply.write(self.decoder.fail(error) if self.faithful else self.encoder.fail(error))


def commits(event: StreamEvent) -> bool:
    """Whether `event` is content: from here on the answer belongs to this target. An empty but finished answer counts."""
    if isinstance(event, Delta):
        return bool(event.value)
    if isinstance(event, BlockStart):
        block = event.block
        return isinstance(block, ToolUse | Opaque) or (isinstance(block, Thinking) and block.redacted)
    return isinstance(event, Finish)


async def drain(response: UpstreamResponse) -> None:
    """Reads the end of a body whose answer is complete: the last chunk often comes a moment after the terminal event, and
    only a connection read to its end can serve again. Not for longer than a handshake is worth."""
    with contextlib.suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in response.chunks():
                pass


def is_stream(response: UpstreamResponse) -> bool:
    return not response.headers.get("content-type", "").startswith("application/json")


def decoder_of(request: ChatRequest, plan: Plan, response: UpstreamResponse) -> StreamDecoder:
    return (
        plan.dialect.stream_decoder(request)
        if is_stream(response)
        else WholeAnswer(plan.dialect, request, ANSWER_LIMIT)
    )


def mender(exchange: Exchange, request: ChatRequest, plan: Plan) -> Mender | None:
    """What mends the calls of a stream; None where nothing is to be mended, so that it may be relayed as it comes. Several
    answers at once and logprobs have no place in events: they can only be relayed."""
    asked = request.extras.get(request.dialect, {})
    if not _mends(exchange, request, plan) or asked.get("n") not in (None, 1) or asked.get("logprobs"):
        return None
    return Mender(
        request,
        tell=_takes_objects_only(request),
        note=lambda words: _mended(exchange, words),
        as_is=_own_tool(exchange),
    )


def mended(
    exchange: Exchange, request: ChatRequest, plan: Plan, answer: ChatResponse, raw: bytes
) -> tuple[ChatResponse, ChatResponse, bytes]:
    """(the answer with its calls mended, the same as the caller is shown it, its bytes: none if they hold no longer)."""
    if not _mends(exchange, request, plan):
        return answer, answer, raw
    own = _own_tool(exchange)
    sound, done = mend(answer, request, as_is=own)
    shown, said = mend(sound, request, tell=True, as_is=own) if _takes_objects_only(request) else (sound, ())
    for words in (*done, *said):
        _mended(exchange, words)
    return sound, shown, b"" if done or said else raw


def _mends(exchange: Exchange, request: ChatRequest, plan: Plan) -> bool:
    passed = exchange.passed
    if not exchange.team.policy.passes.repair or (passed is not None and passed.name and not passed.passes.repair):
        return False
    if not request.tools or (request.tool_choice is not None and request.tool_choice.mode == "none"):
        return False
    return not calls_are_sound(plan.vendor.name, family_of(plan.account, plan.profile.model))


def _own_tool(exchange: Exchange) -> str:
    """The name of the tool that the gateway answers itself."""
    way = exchange.passed.way if exchange.passed is not None else None
    return way.tool.name if way is not None else ""


def _takes_objects_only(request: ChatRequest) -> bool:
    """Whether the client's dialect has no form for arguments that are not a JSON object."""
    return request.dialect == "anthropic"


def _mended(exchange: Exchange, words: str) -> None:
    exchange.losses.append(words)
    metrics.MENDED.labels(words.rpartition(": ")[2]).inc()


def told(
    request: ChatRequest,
    plan: Plan,
    client: Dialect,
    answer: ChatResponse,
    raw: bytes,
    context: AnswerContext,
    line: str,
) -> bytes:
    """The whole answer in the caller's form, `line` is its badge, `raw` its bytes if they still say the same. Raises
    UpstreamBroken where it has none (EMP-1, TID-7)."""
    if not request.stream:
        if plan.faithful and raw and not line:
            return raw
        return dump(client.encode_response(badge.on_answer(answer, line), context))
    encoder = badge.encoder(client, context, line)
    text = encoder.encode(unfold(answer))
    if encoder.failure is not None:
        raise encoder.failure
    return text


async def read_answer(request: ChatRequest, plan: Plan, response: UpstreamResponse) -> tuple[ChatResponse, bytes]:
    try:
        async with asyncio.timeout(plan.account.deadlines.total):
            raw = await response.read(ANSWER_LIMIT)
        body = load(raw)
    except TimeoutError as error:
        raise UpstreamUnavailable(
            "The provider did not finish in time.", code="upstream_timeout", status=504
        ) from error
    except httpx.HTTPError as error:
        raise UpstreamBroken("The provider's answer was cut off.") from error
    except ValueError as error:
        raise UpstreamBroken("The provider's answer is not JSON.") from error
    if not isinstance(body, Mapping):
        raise UpstreamBroken("The provider's answer is not a JSON object.")
    try:
        return plan.dialect.decode_response(body, request), raw
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise UpstreamBroken("The provider's answer is not in its dialect.") from error
