"""A member, a lead and an outsider walk through their own pages."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
import pytest_asyncio

from lynkr_site.ids import uuid7
from tests.browser.conftest import Begin
from tests.browser.test_walks import CONTRAST, PAINTED, THEMES, WIDTHS, _overflow
from tests.fakes.gateway import Gateway


def _request(database_url: str, user: str, status: str = "completed") -> str:
    """A request of `user` in acme, made a moment ago after one failed call; its id."""
    at, id_ = dt.datetime.now(dt.UTC), uuid7()
    with psycopg.connect(database_url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT u.id, t.id FROM accounts_user u, accounts_team t WHERE username = %s AND slug = 'acme'", [user]
        ).fetchone()
        assert row is not None
        place: dict[str, Any] = {"day": at.date(), "started_at": at, "team_id": row[1], "total_ms": 4200}
        used = {"input_tokens": 65, "output_tokens": 204, "cache_read_tokens": 41_000, "cost_usd": Decimal("0.0421")}
        _insert(
            connection, "gateway_operation", id=id_, user_id=row[0], surface="anthropic", client="claude-code",
            requested_model="claude-opus-4-5", tier="COMPLEX", score=63, reason="coding, several steps, files",
            decision='{"mode": "auto", "targets": ["anthropic/claude-opus-4-5", "openai/gpt-5.1"]}', account="openai",
            model="gpt-5.1", status=status, http_status=200, attempts=2, losses='["messages[].thinking.signature"]',
            **place, **used,
        )  # fmt: skip
        for number, (account, model, how) in enumerate(
            (("anthropic", "claude-opus-4-5", "failed"), ("openai", "gpt-5.1", "settled"))
        ):
            _insert(
                connection, "gateway_attempt", id=uuid7(), operation_id=id_, sequence=number, account=account,
                model=model, status=how, upstream_status=529 if how == "failed" else 200, tier="COMPLEX",
                **place, **(used if how == "settled" else {}),
            )  # fmt: skip
    return str(id_)


def _insert(connection: psycopg.Connection[Any], table: str, **values: Any) -> None:
    names = ", ".join(values)
    connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(values))})",  # type: ignore[arg-type]
        list(values.values()),
    )


@pytest_asyncio.fixture
async def bobs(site: Gateway) -> str:
    return await asyncio.to_thread(_request, site.database_url, "bob")


@THEMES
@WIDTHS
async def test_nothing_sticks_out_of_ones_own_pages(visit: Begin, bobs: str, dark: bool, width: int) -> None:
    bob = await visit("bob", dark=dark, width=width)
    for path in ("me/", "me/?period=90d&by=key", "me/keys/?show=all", "me/requests/", "me/setup/", f"requests/{bobs}/"):
        assert await bob.go(f"/portal/{path}") == 200
        assert await _overflow(bob.page) <= 0, path
        assert await bob.page.locator("h1").count() == 1, path
        for canvas in await bob.page.locator("canvas").all():
            assert await canvas.evaluate(PAINTED), path


@THEMES
async def test_words_of_ones_own_pages_are_dark_enough(visit: Begin, bobs: str, dark: bool) -> None:
    """WCAG AA: 4.5 to 1."""
    bob = await visit("bob", dark=dark)
    for path in ("me/", "me/keys/", "me/setup/", f"requests/{bobs}/"):
        await bob.go(f"/portal/{path}")
        words = "h1, h2, h3, p, dt, dd, th, td, pre, li, b, .lk-badge, .lk-tier, .lk-quiet, .lk-button, .lk-begins"
        for ratio, text in await bob.page.locator(words).evaluate_all(CONTRAST):
            assert ratio >= 4.5, (path, text, ratio)


async def test_a_developer_makes_a_key_copies_it_and_uses_it(visit: Begin, site: Gateway) -> None:
    bob = await visit("bob")
    page = bob.page
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.base_url)
    await bob.go("/portal/me/keys/")
    await page.click("text=Make a key")
    await page.fill("#make-key [name=name]", "walked")
    await page.uncheck("#make-key [value=embeddings]")
    await page.click("text=Make the key")
    key = await page.inner_text("#key-text")
    await page.click(".lk-paste-key button")
    await page.locator("text=Copied").wait_for()
    assert await page.evaluate("navigator.clipboard.readText()") == key
    assert await page.locator("#setup-claude-code").is_visible()
    assert not await page.locator("#setup-codex").is_visible()
    await page.click("role=tab[name=Codex]")
    assert f'base_url = "{site.base_url}/v1"' in await page.inner_text("#setup-codex")
    assert f"LYNKR_KEY={key}" in await page.inner_text("#setup-codex")
    await page.keyboard.press("ArrowRight")
    assert await page.locator("#setup-cursor").is_visible()
    assert await _works(site, key)
    await bob.go("/portal/me/keys/")
    assert key not in await page.content()
    row = page.locator("tr", has_text="walked")
    await row.locator("text=Rotate").click()
    await page.click("[id^=rotate-]:popover-open .lk-button-primary")
    fresh = await page.inner_text("#key-text")
    assert "which works until" in await bob.text()
    assert await _works(site, fresh)
    assert await _works(site, key)
    row = page.locator("tr", has_text="walked").filter(has_text="live")
    await row.locator("text=Revoke").click()
    await page.fill("[id^=revoke-]:popover-open [name=because]", "walk is over")
    await page.click("[id^=revoke-]:popover-open .lk-button-danger")
    await page.locator("text=walked is revoked").wait_for()
    assert not await _works(site, fresh, hope=False)


async def _works(site: Gateway, key: str, hope: bool = True) -> bool:
    """Whether the gateway takes it; a change is in force within a second, hopefully after a few tries."""
    async with httpx.AsyncClient() as client:
        for _ in range(30):
            answer = await client.get(f"{site.base_url}/v1/models", headers={"authorization": f"Bearer {key}"})
            if (answer.status_code != 401) is hope:
                return hope
            await asyncio.sleep(0.1)
    return not hope


async def test_a_developer_follows_a_request_to_why(visit: Begin, bobs: str) -> None:
    bob = await visit("bob")
    await bob.go("/portal/me/")
    await bob.page.click("text=All requests")
    await bob.page.click(f"a[href='/portal/requests/{bobs}/']")
    words = re.sub(r"\s+", " ", await bob.text())
    for told in (
        "63 of 100",
        "coding, several steps, files",
        "HTTP 529",
        "openai/gpt-5.1 served",
        "2 calls to providers",
    ):
        assert told in words, told
    assert "messages[].thinking.signature" in words


async def test_the_lead_sees_the_members_request_and_the_outsider_does_not(visit: Begin, bobs: str) -> None:
    alice, charlie = await visit("alice"), await visit("charlie")
    await alice.go("/portal/teams/acme/requests/")
    await alice.page.select_option("select[name=user]", "bob")
    await alice.page.click("button:has-text('Show')")
    await alice.page.click(f"a[href='/portal/requests/{bobs}/']")
    assert urlsplit(alice.page.url).path == f"/portal/requests/{bobs}/"
    assert "Requests of acme" in await alice.text()
    assert await charlie.go(f"/portal/requests/{bobs}/") == 404
    assert await charlie.go("/portal/teams/acme/requests/") == 404
    assert await charlie.go("/portal/me/") == 200
    assert bobs not in await charlie.page.content()


async def test_without_scripts_everything_is_there_to_copy_by_hand(visit: Begin) -> None:
    bob = await visit("bob", scripts=False)
    await bob.go("/portal/me/setup/")
    for word in ("claude-code", "codex", "cursor", "opencode", "python", "typescript", "curl"):
        assert await bob.page.locator(f"#setup-{word} pre").first.is_visible()
    assert not await bob.page.locator("[data-copy]").first.is_visible()


@pytest.fixture(autouse=True)
def _chromium_first(chromium: str) -> None:
    """Skipped before anything is made where there is no browser."""
