"""Explain, what-if, candidate, and the preview of an edit, walked in a browser."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import use_database
from tests.fakes.gateway import Gateway

from .conftest import Begin

TREE = {
    "providers": [{"name": "cloud", "vendor": "openai", "base_url": "http://127.0.0.1:9/v1", "secret": "sk-x"}],
    "defaults": {
        "tiers": {
            "SIMPLE": ["cloud/gpt-4o-mini"],
            "MEDIUM": ["cloud/gpt-4.1"],
            "COMPLEX": ["cloud/gpt-4o", "cloud/nobody-knows"],
            "REASONING": ["cloud/o3"],
        },
        "policy": {"auto_names": ["auto"]},
    },
}
HARD = "Prove step by step that our payment migration cannot lose a row, and write the rollback for production."


@pytest.fixture(scope="module")
def routed(site: Gateway) -> Gateway:
    """Some hundred requests, judged by a live policy and a candidate."""
    from django.utils import timezone

    from accounts.models import Team
    from gateway.configuration.writing import apply
    from gateway.models import Operation
    from lynkr_site.ids import uuid7
    from routing.models import ShadowPolicy

    use_database(site.database_url)
    apply(TREE)
    acme = Team.objects.get(slug="acme")
    shadow = ShadowPolicy.objects.create(team=acme, content={"simple_up_to": 35}, reason="less to MEDIUM")
    ShadowPolicy.objects.update(started_at=timezone.now() - dt.timedelta(days=9))
    models = {"SIMPLE": "gpt-4o-mini", "MEDIUM": "gpt-4.1", "COMPLEX": "gpt-4o", "REASONING": "o3"}
    rows = []
    for number in range(240):
        at = timezone.now() - dt.timedelta(minutes=7 * number)
        tier = ("SIMPLE", "MEDIUM", "SIMPLE", "COMPLEX", "MEDIUM", "REASONING")[number % 6]
        other = "SIMPLE" if tier == "MEDIUM" and number % 4 == 0 else tier
        values: dict[str, Any] = {
            "words": 20 + 50 * ("SIMPLE", "MEDIUM", "COMPLEX", "REASONING").index(tier),
            "tools": 12,
        }
        if tier == "REASONING":
            values |= {"reasoning": 3, "domains": 2}
        judged = {"id": shadow.pk, "tier": other, "live": tier, "score": 30, "cost": "0.011", "target": "cloud/x"}
        rows.append(
            Operation(
                id=uuid7(), day=at.date(), started_at=at, team_id=acme.pk, surface="anthropic", tier=tier, score=33,
                account="cloud", model=models[tier], status="completed", requested_model="auto", attempts=0,
                decision={"mode": "auto"}, features={"values": values, "shadow": judged}, input_tokens=9_000,
                output_tokens=800, cost_usd=Decimal("0.0184"),
            )
        )  # fmt: skip
    Operation.objects.bulk_create(rows)
    time.sleep(1.5)  # a change is in force within a second
    return site


@pytest.mark.parametrize("dark", [False, True])
async def test_a_lead_explains_a_text(visit: Begin, routed: Gateway, dark: bool) -> None:
    seen = await visit("alice", dark=dark)
    assert await seen.go("/portal/explain/?team=acme") == 200
    await seen.page.fill("textarea[name=text]", HARD)
    await seen.page.click("main form button")
    await seen.page.wait_for_load_state("load")
    text = await seen.text()
    assert "What was seen in the ask" in text
    assert "What it would cost at each tier" in text
    bar = await seen.page.locator(".lk-scorebar").bounding_box()
    assert bar is not None
    assert bar["width"] > 300


@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 1280), (False, 420)])
async def test_a_lead_looks_at_what_if_and_the_candidate(visit: Begin, routed: Gateway, dark: bool, width: int) -> None:
    seen = await visit("alice", dark=dark, width=width)
    assert await seen.go("/portal/teams/acme/what-if/?simple=40&medium=60") == 200
    assert "Change their model" in await seen.text()
    assert await seen.go("/portal/shadow/acme/") == 200
    text = await seen.text()
    assert "Agreement" in text
    assert "Make it live" not in text
    wide = await seen.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


async def test_an_administrator_previews_a_policy_and_goes_back_to_editing(visit: Begin, routed: Gateway) -> None:
    seen = await visit("root")
    assert await seen.go("/admin/routing/routingpolicy/") == 200
    await seen.page.click("th a:has-text('default policy')")
    await seen.page.wait_for_load_state("load")
    await seen.page.select_option("select[name=pinned_tier]", "SIMPLE")
    await seen.page.click("text=Preview the cost")
    await seen.page.wait_for_load_state("load")
    text = await seen.text()
    assert "Nothing is saved yet" in text
    await seen.page.click("text=Back to editing")
    await seen.page.wait_for_load_state("load")
    assert await seen.page.input_value("select[name=pinned_tier]") in ("SIMPLE", "")
    assert await seen.go("/admin/routing/policyversion/") == 200
