"""The same ask is judged the same, whatever client it comes from and in whatever dialect."""

from __future__ import annotations

import pytest

from routing.ask import ask_of

from .routing.asks import labelled, lookalikes, risky
from .routing.envelopes import ENVELOPES, Envelope
from .routing.judging import DIALECTS, bare, same, verdict
from .routing.report import sample

# A failing test prints texts, so those held back are not used here: `make eval` judges them too, and prints counts.
ASKS = sample(("tuning",))


def test_enough_asks_are_put_into_envelopes() -> None:
    assert len(ASKS) >= 60
    assert len(ENVELOPES) >= 8


@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.__name__)
def test_the_envelope_of_a_client_leaves_the_score_as_it_is(envelope: Envelope) -> None:
    for ask in ASKS:
        alone, wrapped = bare(ask.text, "anthropic"), envelope(ask.text)
        assert ask_of(wrapped).text == ask_of(alone).text, ask.id
        assert same(verdict(wrapped), verdict(alone)), ask.id


def test_every_dialect_is_judged_alike() -> None:
    for ask in (*labelled("tuning"), *lookalikes(), *risky()):
        first, *others = (verdict(bare(ask.text, name)) for name in DIALECTS)
        assert all(same(first, other) for other in others), ask.id
