"""What a model must be able to do holds for every step: to see pictures, and to hold the prompt."""

from __future__ import annotations

import pytest

from gateway.chat.request import ChatRequest, Image, Message, Text, ToolResult
from gateway.deciding import IMAGE_TOKENS, Needs, fits, fitting_steps, needs_of
from gateway.wire.profile import Profile
from routing.decision import Step
from routing.tiers import TargetRef, Tier


def request(*blocks: object) -> ChatRequest:
    return ChatRequest("anthropic", "auto", (Message("user", blocks),))  # type: ignore[arg-type]


def test_a_picture_counts_as_a_picture_and_not_by_its_bytes() -> None:
    picture = Image("image/png", data="A" * 4_000_000)
    needs = needs_of(request(Text("what is this?"), picture), 1_000_050)
    assert needs.images
    assert needs.tokens == 50 + IMAGE_TOKENS


def test_a_picture_in_a_tool_result_needs_a_model_that_sees() -> None:
    assert needs_of(request(ToolResult("1", (Image("image/png", data="AAAA"),))), 100).images


@pytest.mark.parametrize(
    ("needs", "fit"),
    [(Needs(False, 10), True), (Needs(True, 10), False), (Needs(False, 1001), False), (Needs(False, 1000), True)],
)
def test_a_model_fits_by_what_is_known_of_it(needs: Needs, fit: bool) -> None:
    assert fits(Profile("m", vision=False, context_window=1000), needs) is fit


def test_no_later_step_is_left_that_could_not_serve() -> None:
    blind, seeing = Step(TargetRef("a", "blind"), Tier.SIMPLE), Step(TargetRef("a", "seeing"), Tier.COMPLEX)
    profiles = {blind.target: Profile("m", vision=False), seeing.target: Profile("m", vision=True)}
    assert fitting_steps([blind, seeing, blind], Needs(True, 10), profiles.get) == [seeing]
