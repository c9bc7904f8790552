"""May this request be served now? Rates of the key, its user and its team, and the loop guard of its session.

It stands right after decoding: a refusal costs no call, and nothing is taken unless everything allows it (LIM-1). What is
taken is given back by `settling.settle`, whichever way the request ends (DJG-4).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b

from accounts.limits import Estimate, Refused
from gateway.chat.errors import BadRequest, GatewayError, RateLimited
from gateway.chat.request import ChatRequest, Document, Image, ToolResult
from routing.ask import ask_of

from . import metrics
from .budgeting import MOST_TOKENS, answers_asked, output_asked
from .exchange import Exchange
from .ports import World

TOKENS_OF_AN_IMAGE = 1600
_WORDS = {"requests": "requests per minute", "tokens": "tokens per minute", "parallel": "requests at once"}


async def admit(exchange: Exchange, world: World) -> None:
    """Puts a permit on `exchange`. Raises RateLimited (with an honest wait, or terminal for a loop), BadRequest for what
    can never fit (LIM-6), Overloaded where the shared limits cannot be asked and the installation wants that."""
    team = exchange.team
    guarded = team.max_session_steps is not None or team.max_session_tool_calls is not None
    if guarded and exchange.request is not None:
        world.loops.check(exchange, exchange.request)
    subjects = exchange.caller.limits + team.limits if exchange.caller.limits else team.limits
    if subjects:
        try:
            exchange.permit = await world.limits.admit(subjects, estimate_of(exchange))
        except Refused as refused:
            metrics.LIMITED.labels(refused.what, refused.subject.kind).inc()
            exchange.standings = refused.standings
            raise told(refused) from refused
        exchange.standings = exchange.permit.standings
    if guarded and exchange.request is not None:
        world.loops.count(exchange, exchange.request)


def told(refused: Refused) -> GatewayError:
    """The refusal in the caller's words: whose limit, how high, how long to wait."""
    whose = f"of your {refused.subject.kind}" + (f" '{refused.subject.name}'" if refused.subject.name else "")
    limit = f"the limit {whose} of {refused.limit} {_WORDS[refused.what]}"
    if refused.wait is None:
        need = f"needs about {refused.asked} tokens" if refused.what == "tokens" else "cannot be served"
        return BadRequest(
            f"This request {need}, which can never fit {limit}. Shorten it, lower max_tokens, or ask for a higher limit.",
            code="limit_never_fits",
        )
    return RateLimited(
        f"This request would pass {limit}. Try again in {max(1, -int(-refused.wait // 1))} s.", retry_after=refused.wait
    )


def estimate_of(exchange: Exchange) -> Estimate:
    """A token for four bytes; pictures and files by what models count for them, not by the length of their base64."""
    request = exchange.request
    if request is None:
        return Estimate(exchange.input_estimate, 0)
    encoded, pictures = _attached(request)
    text = max(0, len(exchange.raw) - encoded)
    output = output_asked(exchange.body, request.max_tokens)
    if output is not None:
        output = min(output * answers_asked(exchange.body), MOST_TOKENS)
    return Estimate(max(1, text // 4) + pictures * TOKENS_OF_AN_IMAGE, output)


def _attached(request: ChatRequest) -> tuple[int, int]:
    """(bytes of base64, how many pictures and files' pages) in `request`."""
    size = count = 0
    for message in request.messages:
        for block in message.blocks:
            inside: Iterable[object] = block.content if isinstance(block, ToolResult) else (block,)
            for part in inside:
                if isinstance(part, Image):
                    size += len(part.data or "")
                    count += 1
                elif isinstance(part, Document) and part.data:
                    size += len(part.data)
                    count += 1 + len(part.data) // 100_000
    return size, count


class Loops:
    """Stops a session that goes round without its human (LIM-5). What the history shows counts in every process; beside it
    each process counts what it served, for a client that repeats itself without its history growing. Bounded (MEM-4)."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._served: OrderedDict[bytes, int] = OrderedDict()

    def check(self, exchange: Exchange, request: ChatRequest) -> None:
        """Raises the terminal refusal: 429 that says not to come again, without a Retry-After."""
        team = exchange.team
        ask = ask_of(request)
        if team.max_session_steps is not None and ask.in_tool_loop:
            steps = max(ask.rounds, self._served.get(_name(exchange, ask.text), 0)) + 1
            if steps > team.max_session_steps:
                raise _stopped(f"{team.max_session_steps} requests in a row without a new instruction")
        if team.max_session_tool_calls is not None:
            calls = sum(isinstance(block, ToolResult) for message in request.messages for block in message.blocks)
            if calls > team.max_session_tool_calls:
                raise _stopped(f"{team.max_session_tool_calls} tool calls in one session")

    def count(self, exchange: Exchange, request: ChatRequest) -> None:
        ask = ask_of(request)
        name = _name(exchange, ask.text)
        served = self._served.pop(name, 0) if ask.in_tool_loop else 0
        self._served[name] = served + 1
        if len(self._served) > self._most:
            self._served.popitem(last=False)


def _name(exchange: Exchange, ask: str) -> bytes:
    text = f"{exchange.team.id}\0{exchange.caller.key_id}\0{exchange.session_id}\0{ask}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _stopped(why: str) -> RateLimited:
    metrics.LOOPS.inc()
    return RateLimited(
        f"Lynkr stopped this session: it made {why}, the most your team allows. Give it a new instruction to go on.",
        code="session_limit",
        should_retry=False,
    )
