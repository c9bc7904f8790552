"""What the passes save, against sessions that went without: a ratio of sums over sessions and its interval. Pure.

A session is the unit: its requests hang together, and it is what was drawn. Its figures are USD and the tokens the client
sent, so that a long session weighs what it weighs in the bill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

LEAST_SESSIONS = 30
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Session:
    usd: float
    tokens: float


@dataclass(frozen=True, slots=True)
class Arm:
    """`price`: USD a token, as ratio of sums. `variance`: of its logarithm, by the delta method."""

    sessions: int
    price: float
    variance: float


@dataclass(frozen=True, slots=True)
class Net:
    """Shares of what it would have cost; below 0: the passes cost more than they save. `low` to `high`: 95% interval."""

    share: float
    low: float
    high: float

    @property
    def is_loss(self) -> bool:
        """Wholly below nothing."""
        return self.high < 0

    @property
    def is_gain(self) -> bool:
        return self.low > 0


def arm(sessions: Sequence[Session]) -> Arm | None:
    """None: too few to say, or nothing was paid or sent."""
    count = len(sessions)
    usd, tokens = sum(one.usd for one in sessions), sum(one.tokens for one in sessions)
    if count < LEAST_SESSIONS or usd <= 0 or tokens <= 0:
        return None
    price = usd / tokens
    squares = sum((one.usd - price * one.tokens) ** 2 for one in sessions)
    return Arm(count, price, count * squares / (count - 1) / usd**2)


def net(treated: Sequence[Session], held_out: Sequence[Session]) -> Net | None:
    """1 - price of the treated / price of the held out. The interval is made on the logarithm, where a ratio is almost
    normal, with Student's quantile for the smaller arm, which is the one that is unsure. None: not enough yet."""
    one, other = arm(treated), arm(held_out)
    if one is None or other is None:
        return None
    middle = log(one.price / other.price)
    reach = quantile(min(one.sessions, other.sessions) - 1) * sqrt(one.variance + other.variance)
    return Net(1 - exp(middle), 1 - exp(middle + reach), 1 - exp(middle - reach))


def quantile(freedom: int) -> float:
    """Student's for 97.5%, by the first terms of its expansion: within 0.001 from 29 degrees of freedom on."""
    return _Z + (_Z**3 + _Z) / (4 * freedom) + (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / (96 * freedom**2)
