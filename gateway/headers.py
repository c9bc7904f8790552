"""Response headers: they describe what was served, not what was planned."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from accounts.limits import Standing

from .exchange import Exchange
from .ports import Reply
from .sharing import Paced


def request_id_headers(exchange: Exchange) -> list[tuple[str, str]]:
    """Under the three names clients look for."""
    value = exchange.request_id
    return [("x-lynkr-request-id", value), ("request-id", value), ("x-request-id", value)]


def refusal_headers(exchange: Exchange, more: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of an error, `more` being its dialect's own; each name once."""
    return list(dict([*request_id_headers(exchange), *limit_headers(exchange), *more]).items())


def limit_headers(exchange: Exchange) -> list[tuple[str, str]]:
    """What is left of the tightest limits, in the names of the caller's dialect; none for a caller without limits. Anthropic:
    `reset` is a moment (RFC 3339); OpenAI: a span such as "6m0s". (platform.claude.com/docs/en/api/rate-limits,
    platform.openai.com/docs/guides/rate-limits)"""
    standings = exchange.standings
    headers: list[tuple[str, str]] = []
    for what, standing in (("requests", standings.requests), ("tokens", standings.tokens)):
        if standing is None:
            continue
        if exchange.surface == "anthropic":
            names = [f"anthropic-ratelimit-{what}-{part}" for part in ("limit", "remaining", "reset")]
            reset = _moment(standing)
        else:
            names = [f"x-ratelimit-{part}-{what}" for part in ("limit", "remaining", "reset")]
            reset = _span(standing)
        headers.extend(zip(names, (str(standing.limit), str(standing.remaining), reset), strict=True))
    return headers


def _moment(standing: Standing) -> str:
    then = int(time.time() + standing.reset + 0.999)
    return datetime.fromtimestamp(then, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _span(standing: Standing) -> str:
    milliseconds = round(standing.reset * 1000)
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    minutes, rest = divmod(milliseconds, 60_000)
    seconds = f"{rest / 1000:g}s"
    return f"{minutes}m{seconds}" if minutes else seconds


def served_headers(exchange: Exchange) -> list[tuple[str, str]]:
    """What was served, not what was planned. Values are ASCII without line ends."""
    headers = request_id_headers(exchange) + limit_headers(exchange)
    served, decision, look = exchange.served, exchange.decision, exchange.look
    if served is not None:
        if served.tier is not None:
            headers.append(("x-lynkr-tier", served.tier.name))
        headers.append(("x-lynkr-provider", served.target.account))
        headers.append(("x-lynkr-model", _header_text(served.target.model)))
    elif look is not None and look.served and look.target is not None:
        if look.tier:
            headers.append(("x-lynkr-tier", look.tier))
        headers.append(("x-lynkr-provider", look.target.account))
        headers.append(("x-lynkr-model", _header_text(look.target.model)))
    if look is not None and (told := look.as_header()):
        headers.append(("x-lynkr-cache", _header_text(told)))
    if exchange.passed is not None and exchange.passed.receipts:
        headers.append(("x-lynkr-tokens-saved", str(exchange.passed.tokens_saved)))
    if decision is not None:
        if decision.score is not None:
            headers.append(("x-lynkr-score", str(decision.score)))
        headers.append(("x-lynkr-reason", _header_text(decision.reason)))
    return headers


def _header_text(text: str) -> str:
    return "".join(ch if " " <= ch <= "~" else "?" for ch in text)


_STREAM = [
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache"),
    ("x-accel-buffering", "no"),
]


def stream_headers(exchange: Exchange) -> list[tuple[str, str]]:
    return [*_STREAM, *served_headers(exchange)]


def plain_stream_headers(exchange: Exchange) -> list[tuple[str, str]]:
    """Before anybody has served."""
    return [*_STREAM, *request_id_headers(exchange), *limit_headers(exchange)]


class HeldStart:
    """Starts the reply with the first write, when it is known who serves."""

    def __init__(self, exchange: Exchange, reply: Reply, pace: Paced | None = None) -> None:
        """`pace`: of writing, where others are told the same."""
        self._exchange = exchange
        self._reply = reply
        self._pace = pace
        self.outlive = reply.outlive

    @property
    def gone(self) -> bool:
        return self._reply.gone

    @property
    def started(self) -> bool:
        return self._reply.started

    @property
    def last_write(self) -> float:
        return self._reply.last_write

    @property
    def writing(self) -> bool:
        return self._reply.writing

    async def start(self, status: int, headers: list[tuple[str, str]]) -> None:
        await self._reply.start(status, headers)

    async def write(self, data: bytes) -> None:
        if not self._reply.started:
            await self._reply.start(200, stream_headers(self._exchange))
        if self._pace is None:
            await self._reply.write(data)
        else:
            await self._pace.write(self._reply, data)

    async def written(self) -> None:
        """What the caller did not take yet is with it."""
        if self._pace is not None:
            await self._pace.written()

    async def finish(self, data: bytes = b"") -> None:
        await self.written()
        await self._reply.finish(data)

    def abort(self) -> None:
        self._reply.abort()
