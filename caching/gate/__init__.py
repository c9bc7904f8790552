"""Whether the answer kept for one ask may be served for another. Pure: no clock, no I/O.

Everything but the ask (system prompt, earlier turns, tools, parameters, code, model) is known to be equal by then."""

from .asked import Asked, asked
from .judging import BALANCED, FLOORS, STRICT, Verdict, judge

__all__ = ["BALANCED", "FLOORS", "STRICT", "Asked", "Verdict", "asked", "judge"]
