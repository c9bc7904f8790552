"""One call to the account that makes vectors, and what its answer must be to be believed (SEM-8)."""

from __future__ import annotations

import asyncio
import hashlib
import math
from array import array
from collections.abc import Mapping, Sequence

import httpx

from gateway.chat.errors import GatewayError, UpstreamError, UpstreamTimeout
from gateway.providers.account import Account, Secret
from gateway.providers.registry import vendor as vendor_of
from gateway.providers.upstream import Upstream
from gateway.providers.vendor import Call
from gateway.wire.fields import dump, load

from . import calling, metrics
from .ports import Embedding

ANSWER_BYTES = 16 * 1024 * 1024
LARGEST_DIMENSION = 16_000  # that Postgres keeps
LONG_ANSWER = 64 * 1024  # bytes from which on reading it would hold up the event loop
TAG_CHARACTERS = 120
REFUSALS = (400, 413, 422)  # what is said to a text, not to the account


class NoVectors(Exception):
    """`word`: why, from a small set, without any text of the provider's. `refused`: the texts may be the reason."""

    def __init__(self, word: str, refused: bool = False) -> None:
        super().__init__(word)
        self.word, self.refused = word, refused


def maker_of(account: Account, embedding: Embedding) -> str:
    """What tells the model from every other: where it is, what it is called there, and the dimension asked of it."""
    vendor = vendor_of(account.vendor)
    served = vendor.profile(account, embedding.model).model
    parts = (account.name, vendor.name, vendor.base_url(account), embedding.model, served, str(embedding.dimension))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def tag_of(maker: str, embedding: Embedding, dimension: int) -> str:
    """Readable, and another for every other model, address or dimension."""
    end = f"@{dimension}#{maker[:12]}"
    return f"{embedding.account}/{embedding.model}"[: TAG_CHARACTERS - len(end)] + end


async def ask(
    account: Account, embedding: Embedding, secret: Secret | None, upstream: Upstream, texts: Sequence[str]
) -> list[array[float]]:
    """A vector of length 1 for each text, all of one dimension. Raises NoVectors, and nothing else. Has no deadline but that
    of connecting."""
    vendor = vendor_of(account.vendor)
    try:
        if not vendor.offers(account, embedding.model, "embeddings"):
            raise NoVectors("not offered")
        asked: dict[str, object] = {"model": embedding.model, "input": list(texts)}
        if embedding.dimension is not None:
            asked["dimensions"] = embedding.dimension
        call = Call(
            "POST",
            vendor.url(account, embedding.model, "openai_chat", "embeddings", stream=False),
            vendor.headers(account, secret, "openai_chat", {}),
            dump(vendor.embeddings_body(account, embedding.model, asked)),
        )
        status, raw = await _answer(account, secret, call, upstream)
    except (NoVectors, asyncio.CancelledError):
        raise
    except UpstreamTimeout as error:
        raise NoVectors("timeout") from error
    except UpstreamError as error:
        raise NoVectors("unreachable") from error
    except GatewayError as error:
        raise NoVectors("misconfigured") from error
    except httpx.HTTPError as error:
        raise NoVectors("cut off") from error
    except Exception as error:
        metrics.defect(error)
        raise NoVectors("defect") from error
    if not 200 <= status < 300:
        raise NoVectors(f"status {status // 100}xx", refused=status in REFUSALS)
    if len(raw) > LONG_ANSWER:
        vectors, tokens = await asyncio.to_thread(read, raw, len(texts), embedding.dimension)
    else:
        vectors, tokens = read(raw, len(texts), embedding.dimension)
    if tokens:
        metrics.EMBEDDING_TOKENS.labels(account.name).inc(tokens)
    return vectors


async def _answer(account: Account, secret: Secret | None, call: Call, upstream: Upstream) -> tuple[int, bytes]:
    """The body of a success only: what an error says may hold the texts or a key (LEK-4)."""
    response = await calling.dispatch(vendor_of(account.vendor), account, secret, call, upstream, stream=False)
    try:
        return response.status, await response.read(ANSWER_BYTES) if 200 <= response.status < 300 else b""
    finally:
        response.close()


def read(raw: bytes, count: int, dimension: int | None) -> tuple[list[array[float]], int]:
    """The vectors in the order of the texts, and the tokens the provider counted (0: it does not say). Raises NoVectors for
    whatever is not `count` vectors of one dimension (`dimension`, if given), finite and with a direction."""
    try:
        body = load(raw)
    except ValueError as error:
        raise NoVectors("not JSON") from error
    rows = body.get("data") if isinstance(body, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise NoVectors("shape")
    if len(rows) != count:
        raise NoVectors("count")
    places = [row.get("index", place) for place, row in enumerate(rows)]
    if any(type(place) is not int for place in places) or sorted(places) != list(range(count)):
        raise NoVectors("order")
    made = dict(zip(places, (_unit(row.get("embedding")) for row in rows), strict=True))
    if len({len(vector) for vector in made.values()}) > 1 or (dimension or len(made[0])) != len(made[0]):
        raise NoVectors("dimension")
    usage = body.get("usage")
    tokens = usage.get("prompt_tokens", usage.get("total_tokens")) if isinstance(usage, Mapping) else None
    return [made[place] for place in range(count)], tokens if type(tokens) is int and tokens > 0 else 0


def _unit(given: object) -> array[float]:
    """Of length 1, in 4 bytes a number."""
    if not isinstance(given, list) or not 1 <= len(given) <= LARGEST_DIMENSION:
        raise NoVectors("shape")
    if any(type(number) is not float and type(number) is not int for number in given):
        raise NoVectors("not finite")
    try:
        length = math.sqrt(sum(number * number for number in given))
        if not math.isfinite(length):
            raise NoVectors("not finite")
        if length == 0.0:
            raise NoVectors("zero")
        return array("f", [number / length for number in given])
    except OverflowError as error:
        raise NoVectors("not finite") from error
