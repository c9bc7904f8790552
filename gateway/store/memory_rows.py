"""Rows of the answer cache: the statements of requests, what is sealed in a row, and vectors as text.

Each statement is sent in one message with the scope, the role and its limit of time, which hold for that message alone
(an implicit transaction): nothing is left on the connection, so a pooler in front may hand it to anybody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from caching.entry import Entry, Kept
from gateway import secrets

ROLE = "lynkr_cache"  # caching/migrations/0002

_AS = """SELECT set_config('statement_timeout', %(limit)s, true), set_config('lynkr.scope', %(scope)s, true){also};
"""
_ROLE = f", set_config('role', '{ROLE}', true)"
_INDEXED = ", set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', '100', true)"

_COLUMNS = """id, exact, created_at, answer, target, extract(epoch FROM now() - created_at)::float8 AS age, tier,
    input_tokens, output_tokens, cost_usd, quarantined_at IS NOT NULL AS wrong"""
_LIVE = "expires_at > now() AND quarantined_at IS NULL"

_FIND = f"""SELECT {_COLUMNS}, NULL AS ask, 0 AS distance FROM caching_entry
WHERE scope = %(scope)s AND exact = %(exact)s AND {_LIVE}"""  # noqa: S608 (columns of ours)
_NEAR = f"""SELECT * FROM (
    SELECT {_COLUMNS}, ask_sealed AS ask, vector{{cast}} <=> %(vector)s::halfvec{{length}} AS distance FROM caching_entry
    WHERE scope = %(scope)s AND context = %(context)s AND embedder = %(embedder)s AND dimension = %(dimension)s
        AND expires_at > now()
    ORDER BY distance LIMIT %(most)s
) AS nearest WHERE distance <= %(farthest)s ORDER BY distance"""  # noqa: S608
_ANY = """SELECT EXISTS (SELECT FROM caching_entry
    WHERE scope = %(scope)s AND context = %(context)s AND vector IS NOT NULL AND expires_at > now())"""
_KEEP = """INSERT INTO caching_entry AS kept (id, team_id, user_id, scope, exact, context, ask_sealed, answer, target, tier,
    policy, tags, input_tokens, output_tokens, cost_usd, embedder, dimension, vector, created_at, expires_at, hits, bytes,
    most)
VALUES (%(id)s, %(team_id)s, %(user_id)s, %(scope)s, %(exact)s, %(context)s, %(ask)s, %(answer)s, %(target)s, %(tier)s,
    %(policy)s, %(tags)s::text[], %(input_tokens)s, %(output_tokens)s, %(cost)s, %(embedder)s, %(dimension)s,
    %(vector)s::halfvec, now() - make_interval(secs => %(waited)s),
    now() + make_interval(secs => %(seconds)s - %(waited)s), 0, %(bytes)s, %(most)s)
ON CONFLICT (scope, exact) DO UPDATE SET (team_id, user_id, context, ask_sealed, answer, target, tier, policy, tags,
    input_tokens, output_tokens, cost_usd, embedder, dimension, vector, created_at, expires_at, bytes, most, quarantined_at)
= (EXCLUDED.team_id, EXCLUDED.user_id, EXCLUDED.context, EXCLUDED.ask_sealed, EXCLUDED.answer, EXCLUDED.target,
    EXCLUDED.tier, EXCLUDED.policy, EXCLUDED.tags, EXCLUDED.input_tokens, EXCLUDED.output_tokens, EXCLUDED.cost_usd,
    EXCLUDED.embedder, EXCLUDED.dimension, EXCLUDED.vector, EXCLUDED.created_at, EXCLUDED.expires_at, EXCLUDED.bytes,
    EXCLUDED.most, NULL)
WHERE kept.quarantined_at IS NULL OR kept.expires_at <= now()"""
_HIT = """UPDATE caching_entry AS kept SET hits = hits + hit.number, last_hit_at = now()
FROM unnest(%(ids)s::uuid[], %(numbers)s::int[]) AS hit (id, number) WHERE kept.id = hit.id AND kept.scope = %(scope)s"""
_QUARANTINE = """UPDATE caching_entry SET quarantined_at = now()
WHERE id = %(id)s AND scope = %(scope)s AND quarantined_at IS NULL"""
_UNREADABLE = "DELETE FROM caching_entry WHERE id = %(id)s AND scope = %(scope)s AND created_at = %(created_at)s"

Values = Mapping[str, Any]


class Statements:
    """The statements, with or without the role."""

    def __init__(self, *, role: bool) -> None:
        first = _AS.format(also=_ROLE if role else "")
        self.find = first + _FIND
        self.any = first + _ANY
        self.keep = first + _KEEP
        self.hit = first + _HIT
        self.quarantine = first + _QUARANTINE
        self.unreadable = first + _UNREADABLE
        self._first, self._indexed = first, _AS.format(also=(_ROLE if role else "") + _INDEXED)

    def near(self, dimension: int, *, indexed: bool) -> str:
        """`indexed`: through the index of a large group, whose expression it repeats; else every row is looked at."""
        if not indexed:
            return self._first + _NEAR.format(cast="", length="")
        return self._indexed + _NEAR.format(cast=f"::halfvec({dimension:d})", length=f"({dimension:d})")


def as_text(vector: Sequence[float] | None) -> str | None:
    """At length 1, as pgvector reads it; None for what has no direction (empty, all 0, not finite)."""
    if vector is None:
        return None
    numbers = [float(number) for number in vector]
    length = math.sqrt(sum(number * number for number in numbers))
    if not math.isfinite(length) or length == 0.0:
        return None
    return "[" + ",".join(["%.5g" % (number / length) for number in numbers]) + "]"


def bound_to(kind: str, scope: str, key: bytes) -> bytes:
    """What is sealed as `kind` in the row of `scope` and `key` opens as nothing else and nowhere else."""
    return b"\0".join((b"lynkr cache", kind.encode(), scope.encode("utf-8", "surrogatepass"), key))


def seal_text(text: str, kind: str, scope: str, key: bytes) -> bytes:
    return secrets.seal_bytes(text.encode("utf-8", "surrogatepass"), bound_to(kind, scope, key))


def open_text(sealed: bytes | memoryview, kind: str, scope: str, key: bytes | memoryview) -> str:
    """Raises `secrets.CannotOpen`."""
    return secrets.open_bytes(bytes(sealed), bound_to(kind, scope, bytes(key))).decode("utf-8", "surrogatepass")


def values_of(entry: Entry, id_: str, tag: str, vector: Sequence[float] | None, waited: float = 0.0) -> dict[str, Any]:
    """For `Statements.keep`. `waited`: seconds since the answer was given. An ask without a vector is kept for later, when it
    is embedded (memory_upkeep.reembed)."""
    scope, exact = entry.scope, entry.exact
    answer = secrets.seal_bytes(entry.answer, bound_to("answer", scope, exact))
    ask = seal_text(entry.ask, "ask", scope, exact) if entry.ask and entry.context is not None else None
    text = as_text(vector) if ask is not None else None
    dimension = len(vector) if text is not None and vector is not None else None
    return {
        "id": id_,
        "team_id": entry.team_id,
        "user_id": entry.user_id,
        "scope": scope,
        "exact": exact,
        "context": entry.context if ask is not None else None,
        "ask": ask,
        "answer": answer,
        "target": entry.target[:300],
        "tier": entry.tier[:10],
        "policy": entry.policy[:60],
        "tags": [tag[:80] for tag in entry.tags if "\0" not in tag],
        "input_tokens": entry.input_tokens,
        "output_tokens": entry.output_tokens,
        "cost": entry.cost,
        "embedder": tag if dimension else "",
        "dimension": dimension,
        "vector": text,
        "seconds": float(entry.seconds),
        "waited": waited,
        "bytes": len(answer) + len(ask or b"") + 2 * (dimension or 0),
        "most": entry.most,
    }


def kept_of(row: Sequence[Any], scope: str) -> Kept:
    """Raises `secrets.CannotOpen`."""
    id_, exact, _created, answer, target, age, tier, taken, given, cost, wrong, ask, distance = row
    return Kept(
        id=str(id_),
        answer=secrets.open_bytes(answer, bound_to("answer", scope, exact)),
        target=target,
        age=max(0.0, age),
        tier=tier,
        input_tokens=taken,
        output_tokens=given,
        cost=cost,
        ask=open_text(ask, "ask", scope, exact) if ask is not None else "",
        similarity=min(1.0, 1.0 - distance),
        wrong=wrong,
    )
