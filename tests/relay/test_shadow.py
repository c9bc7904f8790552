"""A candidate policy judges beside the live one: nobody is served by it, and what it would have done is kept."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.fakes.gateway import Gateway

TARGETS = {"REASONING": ["resp/gpt-4o"]}


@pytest.fixture
def team(lynkr: Gateway) -> Iterator[int]:
    from accounts.models import Team
    from routing.models import ShadowPolicy

    yield Team.objects.get(slug="acme").pk
    ShadowPolicy.objects.all().delete()
    lynkr.reload()


def shadow(lynkr: Gateway, team: int, share: int = 100) -> int:
    from routing.models import ShadowPolicy

    row = ShadowPolicy.objects.create(
        team_id=team,
        share=share,
        content={"pinned_tier": "REASONING", "tier_map": TARGETS},
    )
    lynkr.reload()
    return row.pk


def ask(lynkr: Gateway, model: str = "auto") -> dict:  # type: ignore[type-arg]
    answer = httpx.post(
        f"{lynkr.base_url}/v1/chat/completions",
        json={"model": model, "messages": [{"role": "user", "content": "Write a function that adds two numbers"}]},
        headers={"authorization": f"Bearer {lynkr.key}"},
        timeout=20,
    )
    assert answer.status_code == 200, answer.text
    id_ = answer.headers["x-lynkr-request-id"].removeprefix("req_")
    return lynkr.wait_for_row("SELECT * FROM gateway_operation WHERE id = %s AND status <> 'open'", id_, 8)


def test_it_is_judged_but_never_served_by(lynkr: Gateway, team: int) -> None:
    row_id = shadow(lynkr, team)
    row = ask(lynkr)
    found = row["features"]["shadow"]
    assert (found["id"], found["tier"], found["target"]) == (row_id, "REASONING", "resp/gpt-4o")
    assert found["live"] == row["tier"] != "REASONING"
    assert row["account"] == "anth"
    usage = row["input_tokens"], row["output_tokens"]
    assert float(found["cost"]) == pytest.approx((usage[0] * 2.5 + usage[1] * 10) / 1e6)


def test_a_model_that_was_named_is_none_of_its_business(lynkr: Gateway, team: int) -> None:
    shadow(lynkr, team)
    assert "shadow" not in ask(lynkr, "anth/claude-sonnet-4-5")["features"]
    assert "shadow" not in ask(lynkr, "complex")["features"]


def test_a_share_of_nothing_judges_nothing(lynkr: Gateway, team: int) -> None:
    shadow(lynkr, team, share=0)
    assert "shadow" not in ask(lynkr)["features"]
