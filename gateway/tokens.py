"""Counting tokens off the event loop with a bundled rank file, so that nothing is downloaded.

One word of 20,000 letters must not hang anybody (the older product's): long runs without a break are cut before they are
encoded, since the encoder's time grows with the square of a piece.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import tiktoken

RANKS = Path(__file__).parent / "data" / "o200k_base.tiktoken.gz"
LONGEST_PIECE = 400
SAMPLE_ABOVE = 2_000_000
_RUN = re.compile(r"\S{400,}|\s{400,}")
_PATTERN = "|".join(
    (
        r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
        r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
        r"""\p{N}{1,3}""",
        r""" ?[^\s\p{L}\p{N}]+[\r\n/]*""",
        r"""\s*[\r\n]+""",
        r"""\s+(?!\S)""",
        r"""\s+""",
    )
)


@cache
def encoding() -> tiktoken.Encoding:
    """o200k. Takes about half a second the first time: never on the event loop."""
    ranks: dict[bytes, int] = {}
    with gzip.open(RANKS, "rb") as file:
        for line in file:
            token, _, rank = line.partition(b" ")
            ranks[base64.b64decode(token)] = int(rank)
    return tiktoken.Encoding("o200k_lynkr", pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens={})


def count_text(text: str) -> int:
    """Tokens of `text`; beyond 2 million characters extrapolated from the first."""
    if len(text) > SAMPLE_ABOVE:
        return round(count_text(text[:SAMPLE_ABOVE]) * len(text) / SAMPLE_ABOVE)
    text = _RUN.sub(lambda run: _cut(run.group()), text)
    return len(encoding().encode_ordinary(text))


def _cut(run: str) -> str:
    return "\n".join(run[start : start + LONGEST_PIECE] for start in range(0, len(run), LONGEST_PIECE))


class Tokens:
    """gateway.ports.TokenCounter on one thread. `scale`: see gateway.counting."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="tokens")

    def warm(self) -> None:
        self._threads.submit(encoding)

    async def count(self, texts: list[str]) -> int:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _count_all, texts)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _count_all(texts: list[str]) -> int:
    return sum(count_text(text) for text in texts if text)
