"""What goes wrong in the invented organisation: providers' bad hours, callers who leave, limits that are reached."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Trouble:
    """How a call ended. `part`: of the answer that came, 0..1."""

    status: str = "settled"
    code: str = ""
    message: str = ""
    upstream_status: int | None = None
    after_ms: int = 0
    part: float = 1.0


@dataclass(frozen=True, slots=True)
class Refusal:
    status: int
    code: str
    message: str


# (account, days ago, from this hour, for so many, share that fails, what they answer)
_BAD_HOURS = (
    ("anthropic", 61, 14.0, 2.2, 0.6, 529),
    ("openai", 38, 9.0, 1.0, 0.5, 503),
    ("anthropic", 19, 15.5, 0.8, 0.75, 529),
    ("bedrock-eu", 11, 8.0, 3.0, 0.35, 429),
    ("gemini", 4, 12.0, 1.5, 0.5, None),
    ("ollama-blr", 6, 4.0, 6.0, 0.9, None),
    ("anthropic", 2, 14.2, 1.1, 0.5, 529),
)
_USUAL = 0.006
_DONE = Trouble()


def answer(account: str, at: dt.datetime, now: dt.datetime, streamed: bool, rng: Random) -> Trouble:
    """What a call to `account` at `at` meets; `now` is when the demo is made."""
    share, said = _USUAL, rng.choice((529, 503, None))
    ago = (now.date() - at.date()).days
    hour = at.hour + at.minute / 60
    for name, days, start, lasts, bad, code in _BAD_HOURS:
        if name == account and days == ago and start <= hour < start + lasts:
            share, said = bad, code
    chance = rng.random()
    if chance < share:
        return _failure(account, said, rng)
    if chance < share + 0.004:
        text = f"The provider account '{account}' refused the request: prompt is too long."
        return Trouble("rejected", "context_length_exceeded", text, 400, 180 + rng.randrange(300))
    if streamed and chance < share + 0.007:
        return Trouble(
            "truncated", "upstream_broken", "The provider's answer was cut off.", None, 0, rng.uniform(0.1, 0.8)
        )
    if streamed and chance < share + 0.032:
        return Trouble("interrupted", part=rng.uniform(0.05, 0.9))
    return _DONE


def _failure(account: str, said: int | None, rng: Random) -> Trouble:
    if said is None:
        text = f"The provider account '{account}' did not answer in time."
        return Trouble(FAILED, "upstream_timeout", text, None, 10_000 + rng.randrange(400))
    if said == 429:
        text = f"The provider account '{account}' limits this gateway's account."
        return Trouble(FAILED, "rate_limit_exceeded", text, said, 90 + rng.randrange(200))
    text = f"The provider account '{account}' is overloaded."
    return Trouble(FAILED, "upstream_unavailable", text, said, 150 + rng.randrange(2_500))


def refusal(at: dt.datetime, now: dt.datetime, caught: bool, rng: Random) -> Refusal | None:
    """What Lynkr itself says no to. `caught`: the team's budget is nearly gone."""
    chance = rng.random()
    recent = now - at < dt.timedelta(days=2)
    if caught and recent and chance < 0.12:
        return Refusal(429, "budget_exceeded", "The rolling month budget of the team is spent.")
    if chance < 0.003:
        return Refusal(429, "rate_limited", "The team's limit of requests a minute is reached; try again in 4 seconds.")
    if chance < 0.0042:
        return Refusal(403, "model_not_allowed", "This key may not use any target of its team's tiers.")
    return None
