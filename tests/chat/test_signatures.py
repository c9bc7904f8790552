"""Signatures that cross dialects come back to their maker and nobody else (THK-3, THK-6, CDX-8)."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.chat.request import Origin
from gateway.chat.signatures import seal, unseal

text = st.text(max_size=60)


@given(st.builds(Origin, text, text, text), text)
def test_a_sealed_signature_opens_to_what_went_in(origin: Origin, signature: str) -> None:
    sealed = seal(origin, signature)
    assert unseal(sealed) == (origin, signature)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", sealed)


@given(text)
def test_a_foreign_text_stays_as_it_is(signature: str) -> None:
    assert unseal(signature) == (None, signature)


def test_a_damaged_seal_is_nobodys() -> None:
    sealed = seal(Origin("anthropic", "m"), "abc")
    assert unseal(sealed[:-4])[0] is None
    assert unseal("lynkr1-" + "!" * 8)[0] is None
