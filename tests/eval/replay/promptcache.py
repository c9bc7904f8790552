"""A prompt cache as Anthropic documents it (platform.claude.com/docs/en/build-with-claude/prompt-caching, read 2026-11):
a mark caches all that stands before it; a later request reads the longest cached prefix that ends at one of its own marks
or at most 20 blocks before one; an entry lives 5 minutes after it was last used. Marks are no part of what is cached.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

TTL = 300.0
LOOK_BACK = 20
READ, WRITE = 0.1, 1.25  # of the price of input, for 5 minutes


@dataclass(frozen=True)
class Bill:
    """Tokens of one request by what they are billed as, and its cost in tokens of plain input."""

    read: int
    written: int
    plain: int

    @property
    def cost(self) -> float:
        return self.read * READ + self.written * WRITE + self.plain


def blocks(body: Mapping[str, Any]) -> Iterator[tuple[bytes, bool]]:
    """Each block of the prompt in the order the vendor caches it (tools, system, messages), and whether it is marked."""
    for tool in body.get("tools") or []:
        yield _one("tool", tool)
    system = body.get("system") or []
    for text in [{"type": "text", "text": system}] if isinstance(system, str) else system:
        yield _one("system", text)
    for message in body["messages"]:
        content = message["content"]
        for block in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            yield _one(message["role"], block)


def _one(place: str, block: Mapping[str, Any]) -> tuple[bytes, bool]:
    plain = {name: value for name, value in block.items() if name != "cache_control"}
    return json.dumps([place, plain], ensure_ascii=False).encode(), "cache_control" in block


class PromptCache:
    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self._sizes: dict[bytes, int] = {}
        self._entries: dict[bytes, float] = {}

    def bill(self, body: Mapping[str, Any], now: float) -> Bill:
        digest = blake2b(digest_size=16)
        prefixes: list[bytes] = []
        sizes: list[int] = []
        marks: list[int] = []
        for at, (text, marked) in enumerate(blocks(body)):
            digest.update(len(text).to_bytes(4, "big") + text)
            prefixes.append(digest.digest())
            sizes.append(self._size(text))
            if marked:
                marks.append(at)
        assert len(marks) <= 4
        read = self._read(prefixes, marks, now)
        end = marks[-1] + 1 if marks else 0
        for mark in marks:
            self._entries[prefixes[mark]] = now
        return Bill(sum(sizes[:read]), sum(sizes[read:end]) if end > read else 0, sum(sizes[max(end, read) :]))

    def _read(self, prefixes: list[bytes], marks: list[int], now: float) -> int:
        """How many blocks are read."""
        for mark in reversed(marks):
            for at in range(mark, max(-1, mark - LOOK_BACK), -1):
                used = self._entries.get(prefixes[at])
                if used is not None and now - used < TTL:
                    self._entries[prefixes[at]] = now
                    return at + 1
        return 0

    def _size(self, text: bytes) -> int:
        found = self._sizes.get(text)
        if found is None:
            found = self._sizes[text] = self._count(text.decode())
        return found
