"""Many clients on sockets of their own, of which some hang up in the middle."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.relay.calls import PATHS, is_complete

from .place import Node
from .provider import MAX_TOKENS

MODELS = {
    "anthropic": ("anth/claude-sonnet-4-5", "auto", "chat/gpt-4o"),
    "openai_chat": ("chat/gpt-4o", "auto", "anth/claude-sonnet-4-5"),
}


@dataclass
class Asked:
    """One request as its client saw it. `held`: tokens (input, output) Lynkr holds for it. `complete`: the answer came whole
    to its last byte. `status` 0: no answer at all."""

    number: int
    key: str
    surface: str
    streamed: bool
    held: tuple[int, int]
    node: Node
    began: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    status: int = 0
    complete: bool = False
    hung_up: bool = False
    final: bool = False  # a refusal that says not to come back


class Crowd:
    """`clients` at once for `seconds`, or until they asked `most` times."""

    def __init__(
        self, nodes: Sequence[Node], keys: dict[str, str], *, clients: int, seconds: float, most: int, seed: int
    ) -> None:
        self._nodes, self._keys = nodes, keys
        self._clients, self._seconds, self._most = clients, seconds, most
        self._random = random.Random(seed)
        self.asked: list[Asked] = []
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()), name="crowd")
        self._until = 0.0

    def start(self) -> None:
        self._until = time.monotonic() + self._seconds
        self._thread.start()

    def join(self) -> None:
        """Raises AssertionError when a client is stuck: none may wait for ever."""
        self._thread.join(self._seconds + 90)
        assert not self._thread.is_alive(), "a client still waits for an answer"

    async def _all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(self._clients):
                group.create_task(self._client())

    async def _client(self) -> None:
        await asyncio.sleep(self._random.random())
        while time.monotonic() < self._until and len(self.asked) < self._most:
            one, raw = self._next()
            try:
                async with asyncio.timeout(60):
                    await self._ask(one, raw)
            except OSError:
                pass  # the process was killed, or is not up again
            one.ended = time.monotonic()
            await asyncio.sleep(self._random.uniform(0.05, 0.3) * (1 if one.complete else 3))

    def _next(self) -> tuple[Asked, bytes]:
        dice = self._random
        number = len(self.asked)
        surface = dice.choice(tuple(MODELS))
        streamed = dice.random() < 0.7
        text = f"torture-{number}- " + "x" * dice.randint(100, 1500)
        body = {
            "model": dice.choice(MODELS[surface]),
            "max_tokens": MAX_TOKENS,
            "stream": streamed,
            "messages": [{"role": "user", "content": text}],
        }
        raw = json.dumps(body).encode()
        key, node = dice.choice(tuple(self._keys)), dice.choice(self._nodes)
        one = Asked(number, key, surface, streamed, (len(raw) // 4, MAX_TOKENS), node)
        self.asked.append(one)
        return one, raw

    async def _ask(self, one: Asked, raw: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", one.node.port, limit=1 << 20)
        leaves = self._random.uniform(0.05, 1.5) if self._random.random() < 0.15 else None
        try:
            head = (
                f"POST {PATHS[one.surface]} HTTP/1.1\r\nhost: lynkr\r\nconnection: close\r\n"
                f"content-type: application/json\r\nx-api-key: {self._keys[one.key]}\r\n"
                f"x-client-request-id: torture-{one.number}\r\n"
                f"content-length: {len(raw)}\r\n\r\n"
            )
            writer.write(head.encode() + raw)
            try:
                async with asyncio.timeout(leaves):
                    answer = await reader.read(-1)
            except TimeoutError:
                if leaves is None:
                    raise
                one.hung_up = True
                return
        finally:
            writer.transport.abort()
        self._judge(one, answer)

    @staticmethod
    def _judge(one: Asked, answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head:
            return
        one.status = int(head.split(b" ", 2)[1])
        one.final = b"x-should-retry: false" in head.lower()
        if one.status != 200:
            return
        if b"transfer-encoding: chunked" in head.lower():
            whole = body.endswith(b"0\r\n\r\n")
        else:
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            whole = len(body) == length
        one.complete = whole and (not one.streamed or is_complete(one.surface, body))
