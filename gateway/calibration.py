"""How many of a model's tokens one of our tokenizer's is, learned from what providers bill (CCD-3).

Claude's and Gemini's tokenizers are not public. Every answer tells the true size of its prompt, so some requests are counted
in the background after they are served, and the ratio is kept per model.
"""

from __future__ import annotations

from routing.tiers import TargetRef

FIRST = 5
EVERY = 50
WEIGHT = 0.2
LEAST_TOKENS = 200
BOUNDS = (0.4, 3.0)


class Scales:
    """`of(target)` times our count is the provider's; 1 until something is known."""

    def __init__(self) -> None:
        self._scales: dict[TargetRef, float] = {}
        self._seen: dict[TargetRef, int] = {}

    def of(self, target: TargetRef) -> float:
        return self._scales.get(target, 1.0)

    def wants(self, target: TargetRef) -> bool:
        """Whether this answer of `target` should be counted: the first few, then one in fifty."""
        seen = self._seen.get(target, 0)
        self._seen[target] = seen + 1
        return seen < FIRST or seen % EVERY == 0

    def learn(self, target: TargetRef, counted: int, billed: int) -> None:
        """`counted`: our tokens of a prompt; `billed`: the provider's, cached ones included. Small prompts say little."""
        if counted < LEAST_TOKENS or billed <= 0:
            return
        ratio = min(max(billed / counted, BOUNDS[0]), BOUNDS[1])
        known = self._scales.get(target)
        self._scales[target] = ratio if known is None else known + WEIGHT * (ratio - known)
