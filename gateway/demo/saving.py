"""What the passes take out of the invented sessions: receipts are `gateway.receipts`', and sessions held out are sent whole.

Pure; all chance is a `Random` of the session's own, so that the rest of the demo is the same with and without.
"""

from __future__ import annotations

from random import Random

from gateway.chat.usage import Usage
from gateway.compress import VERSION
from gateway.passing import HELD_OUT
from gateway.pricing import Price
from gateway.receipts import Passed
from routing.passes import Passes

# A tool's results: how often of a hundred, and the share of their tokens that a pass takes out.
_RESULTS = (
    ("pytest", 16, 0.86), ("js-tests", 7, 0.8), ("log", 8, 0.74), ("install", 6, 0.88), ("grep", 14, 0.42),
    ("git-log", 6, 0.4), ("git-status", 5, 0.35), ("paths", 7, 0.48), ("toon", 7, 0.38), ("lint", 6, 0.55),
    ("table", 3, 0.36), ("", 30, 0.0),
)  # fmt: skip


class Saving:
    """One session's. `name` as `gateway.pins.name_of` makes them: its first digits draw who is held out."""

    def __init__(self, session: str, passes: Passes) -> None:
        self._rng = Random(session)  # noqa: S311 (invented results)
        name = f"{self._rng.getrandbits(144):036x}"
        self.held_out = int(name[:8], 16) % 100 < passes.hold_out
        words = passes.in_words()
        self._passed = Passed(name, HELD_OUT if self.held_out else f"v{VERSION} {words}", passes, self.held_out)
        self._taken = 0
        self._old: dict[str, tuple[int, int]] = {}
        self._new: dict[str, tuple[int, int]] = {}

    def grow(self, tokens: int, room: int) -> int:
        """What the next prompt is longer by when sent, of a turn that adds `tokens` with the passes; 0 where the client would
        pass `room`, the tokens of a context that are free."""
        name, _, share = self._rng.choices(_RESULTS, [often for _, often, _ in _RESULTS])[0]
        result = int(tokens * self._rng.uniform(0.55, 0.95))
        if not name:
            return tokens if tokens <= room - self._taken else 0
        before = int(result / (1 - min(0.92, share * self._rng.uniform(0.8, 1.1))))
        if tokens - result + before > room - self._taken:
            return 0
        if self.held_out:
            return tokens - result + before
        self._taken += before - result
        known = self._new.get(name, (0, 0))
        self._new[name] = (known[0] + before, known[1] + result)
        return tokens

    def of(self, price: Price | None, usage: Usage) -> Passed:
        """The receipts of a request that was answered; what it sent new is old from then on."""
        passed = Passed(self._passed.name, self._passed.words, self._passed.passes, self.held_out)
        for sent, new in ((self._old, False), (self._new, True)):
            for name, (before, after) in sent.items():
                passed.add(name, before, after, new=new)
        for name, (before, after) in self._new.items():
            known = self._old.get(name, (0, 0))
            self._old[name] = (known[0] + before, known[1] + after)
        self._new = {}
        if price is not None:
            passed.price(price.rates_for(usage.prompt or 0), usage)
        return passed
