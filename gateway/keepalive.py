"""While an upstream is silent but alive, the caller gets its dialect's keepalive (CCD-12, CCD-13)."""

from __future__ import annotations

import asyncio

from gateway.wire.dialect import AnswerContext, Dialect

from .exchange import Exchange
from .headers import plain_stream_headers
from .ports import Reply


class Keepalive:
    """One timer a stream: a frame for every `seconds` of silence. `began` says that it was the keepalive that started the
    reply: nothing of an answer was sent yet, so another target may still take over. Such a reply's headers name only the
    request id, since nobody has served yet."""

    def __init__(self, exchange: Exchange, client: Dialect, reply: Reply, seconds: float) -> None:
        self._exchange = exchange
        self._client = client
        self._reply = reply
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self.frame: bytes | None = None
        self.began = False
        self._timer = self._loop.call_later(seconds, self._tick)

    def stop(self) -> None:
        self._stopped = True
        self._timer.cancel()

    def _tick(self) -> None:
        if self._stopped:
            return
        silent = self._loop.time() - self._reply.last_write
        if silent >= self._seconds - 0.05 and not self._reply.writing:
            self._task = self._loop.create_task(self._send())
            silent = 0.0
        self._timer = self._loop.call_later(max(0.5, self._seconds - silent), self._tick)

    async def _send(self) -> None:
        if not self._reply.started:
            self.began = True
            await self._reply.start(200, plain_stream_headers(self._exchange))
        if self.frame is None:
            assert self._exchange.request is not None
            self.frame = self._client.stream_encoder(
                AnswerContext.waiting(self._exchange.request, self._exchange.id.hex)
            ).keepalive()
        if not self._stopped:
            await self._reply.write(self.frame)
