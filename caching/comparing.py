"""Whether two answers, a kept one and a fresh one, say the same. No I/O.

Models that sample word an answer differently each time, so many pairs are "unsure". "different" is said only where facts
contradict: it counts against a team's budget (`caching.bounds`), and a budget of 0.5% bears no loose verdicts. "same" is said
where the facts agree and most words do; a wrong "same" would hide a wrong hit.
"""

from __future__ import annotations

from .agreeing import agree
from .contradicting import contradict
from .facts import MOST_NUMBERS, Facts
from .verdicts import Verdict, prompt_for_band, prompt_for_judge, read_band, read_verdict, settled

__all__ = ["Verdict", "compare", "prompt_for_band", "prompt_for_judge", "read_band", "read_verdict", "settled"]

LEAST_COSINE = 0.8
MOST_WORDS = 1_500


def compare(kept: str, fresh: str, cosine: float | None = None, *, ask: str = "") -> Verdict:
    """`cosine`, of embeddings of the two answers, can only make a "same" "unsure": near vectors do not show that the facts
    agree. `ask`, where it is known: answers to an open one ("suggest a name") may differ and both be right, and words of the
    ask in one answer only mean nothing. Usual answers take 0.3 ms, hostile ones up to 100:
    not on an event loop."""
    if not kept.strip() or not fresh.strip():
        return "unsure"
    if kept.strip() == fresh.strip():
        return "same"
    one, other = Facts(kept), Facts(fresh)
    if max(len(one.words), len(other.words)) > MOST_WORDS or max(len(one.numbers), len(other.numbers)) == MOST_NUMBERS:
        return "unsure"
    contradicts = contradict(one, other, ask)
    if contradicts:
        return "different"
    if contradicts is None or one.clipped or other.clipped or not agree(one, other, ask):
        return "unsure"
    return "unsure" if cosine is not None and cosine < LEAST_COSINE else "same"
