"""The pages of the answer cache in a browser: a member says what was wrong, the lead sees it, an administrator forgets."""

from __future__ import annotations

import asyncio
import datetime as dt
import re

import pytest
import pytest_asyncio

from tests.browser.conftest import Begin
from tests.browser.test_walks import CONTRAST, THEMES, WIDTHS, _overflow
from tests.conftest import use_database
from tests.fakes.gateway import Gateway

TEAM, WHOLE, MINE = "/portal/teams/acme/answer-cache/", "/portal/organisation/answer-cache/", "/portal/me/answer-cache/"


def _fill(database_url: str) -> None:
    from django.utils import timezone

    from accounts.models import Team, User
    from caching.models import CacheCheck, CacheEntry, CacheStanding
    from gateway.models import UsageDay
    from routing.models import RoutingPolicy
    from tests.accounts.world import World
    from tests.portal.answer_rows import asked, kept, near

    use_database(database_url)
    acme = Team.objects.get(slug="acme")
    users = {user.username: user for user in User.objects.filter(username__in=("root", "alice", "bob"))}
    people = World(acme, acme, users, rows={key.name: key for key in acme.keys.select_related("user") if key.user})
    CacheEntry.objects.all().delete()
    CacheCheck.objects.all().delete()
    RoutingPolicy.objects.filter(team=acme).delete()
    RoutingPolicy.objects.create(
        team=acme,
        cache="semantic",
        cache_scope="team",
        capture_content=True,
        cache_prove=True,
        cache_judge="cloud/mini",
    )
    for word in ("skip:temperature", "skip:tools in flight", "skip:tools in flight", "skip:personal", "miss"):
        asked(people, word)
    for n in range(7):
        kept(people, f"kept-{n}", bytes=3000 * n, last_hit_at=timezone.now())
    for verdict, by in (("same", "comparison"), ("unsure", ""), ("different", "judge"), ("", "")):
        near(people, verdict=verdict, judged_by=by, entry=CacheEntry.objects.first())
    CacheStanding.objects.update_or_create(
        team=acme,
        defaults={
            "since": timezone.now() - dt.timedelta(days=9), "checks": 214, "wrong": 1, "off_since": timezone.now(),
            "off_why": "5 of 40 checked near matches were wrong: 95% sure that it is more than the 0.5% the policy bears",
            "raised_floor": 0.01,
        },
    )  # fmt: skip
    row = UsageDay.objects.filter(team_id=acme.pk).order_by("-day").first()
    assert row is not None
    UsageDay.objects.filter(pk=row.pk).update(cache_lookups=900, cache_hits=310)


@pytest_asyncio.fixture
async def filled(site: Gateway) -> None:
    await asyncio.to_thread(_fill, site.database_url)


@THEMES
@WIDTHS
async def test_nothing_sticks_out_and_words_are_dark_enough(visit: Begin, filled: None, dark: bool, width: int) -> None:
    """WCAG AA: 4.5 to 1."""
    root, bob = await visit("root", dark=dark, width=width), await visit("bob", dark=dark, width=width)
    for who, path in ((root, TEAM), (root, WHOLE), (bob, MINE)):
        assert await who.go(path) == 200
        assert await _overflow(who.page) <= 0, path
        words = (
            "h1, h2, p, dt, dd, th, td, label span, .lk-badge, .lk-note span, .lk-button:enabled, .lk-small, .lk-link"
        )
        for ratio, text in await who.page.locator(words).evaluate_all(CONTRAST):
            assert ratio >= 4.5, (path, text, ratio)


async def test_a_member_says_wrong_and_the_lead_sees_it(visit: Begin, filled: None) -> None:
    bob, alice = await visit("bob"), await visit("alice")
    await bob.go(MINE)
    await bob.page.locator(".lk-matches > li").first.locator("text=Wrong").click()
    await bob.page.locator("text=Noted as wrong").wait_for()
    await alice.go(TEAM)
    await alice.page.click("nav[aria-label=Verdict] >> text=Wrong")
    said = re.sub(r"\s+", " ", await alice.text())
    assert "by a person" in said
    assert "how can I reset it?" in said


async def test_an_administrator_switches_on_again_and_forgets_a_person(visit: Begin, filled: None) -> None:
    root = await visit("root")
    await root.go(TEAM)
    await root.page.click("text=Switch on again >> nth=0")
    await root.page.click("#switch-on:popover-open .lk-button-primary")
    await root.page.locator("text=Near matches are served again").wait_for()
    await root.go(WHOLE)
    await root.page.select_option("select[name=what]", "user")
    await root.page.fill("input[name=word]", "bob")
    await root.page.check("input[type=checkbox]")
    await root.page.click("button[value=forget]")
    await root.page.locator("text=Forgotten: 7 kept answers").wait_for()


@pytest.fixture(autouse=True)
def _chromium_first(chromium: str) -> None:
    """Skipped before anything is made where there is no browser."""
