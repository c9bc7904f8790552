"""What the answer cache keeps and finds, as plain values. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer to be kept. `scope`: who may have it, a hard filter ("team:3/user:12", "team:3", "organisation"; SEM-1).
    `exact`: 32 bytes over all of the request. `context` (32 bytes) and `ask`: everything but the ask, and the ask: None and
    "" for an answer that only the same request may have. `answer`: the bytes of `caching.stored`. `target`: "account/model".
    `policy`: the version of the policy it was given under. Tokens and USD are what the answer took; `cost` None: its price
    was unknown. `seconds`: how long it may be served. `tags`: words of the caller's to invalidate by.
    `most`: entries the team may keep; the oldest go first."""

    scope: str
    team_id: int
    user_id: int | None
    exact: bytes
    answer: bytes
    target: str
    seconds: int
    context: bytes | None = None
    ask: str = ""
    policy: str = ""
    tier: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: Decimal | None = None
    tags: tuple[str, ...] = ()
    most: int = 50_000


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry that was found. `age` in seconds. `ask` "" unless it was found by nearness; `similarity` (cosine) is 1.0 for
    the same request. `wrong`: it was, for somebody: it is served to nobody, nor is
    what is farther off than it."""

    id: str
    answer: bytes
    target: str
    age: float
    tier: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: Decimal | None = None
    ask: str = ""
    similarity: float = 1.0
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A near match and what became of it: one row of `caching_check`. `mode`: "served", "shadow" (only looked for),
    "proving" (before a policy's proof). Answers are texts; `fresh_answer` "": nobody asked again, and it does not
    count. `verdict`: "" (not known),
    "same", "different", "unsure", by `judged_by` ("comparison", "judge"). `budget`: the share of wrong ones the team
    bears."""

    id: str
    scope: str
    team_id: int
    user_id: int | None
    entry_id: str
    mode: str
    kept_ask: str
    ask: str
    kept_answer: str
    similarity: float
    gate: str
    budget: float
    why: str = ""
    fresh_answer: str = ""
    verdict: str = ""
    judged_by: str = ""
    cost: Decimal | None = None
