"""Walks through the portal as administrator, lead, member and outsider. `visit` sees to it that no page asks another host for
anything, breaks the policy, or has a script that fails."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Begin

THEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
PAGES = (
    "/portal/teams/", "/portal/teams/acme/", "/portal/teams/acme/?by=user&period=7d", "/portal/teams/acme/members/",
    "/portal/teams/acme/keys/", "/portal/teams/acme/budgets/", "/portal/teams/outside/", "/portal/organisation/",
    "/portal/organisation/?by=cost_centre&period=90d", "/portal/teams/acme/requests/", "/portal/me/", "/portal/me/keys/",
    "/portal/me/requests/", "/portal/teams/acme/prompt-cache/",
    "/portal/organisation/prompt-cache/", "/portal/me/setup/", "/portal/nothing/",
)  # fmt: skip
PAINTED = """(canvas) => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return pixels.some((value) => value !== 0);
}"""
CONTRAST = """(elements) => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const rgb = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = (colour) => {
        const [r, g, b] = colour.slice(0, 3).map((v) => v / 255)
            .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (element) => {
        let ground = element;
        while (ground.parentElement && rgb(getComputedStyle(ground).backgroundColor)[3] < 255) ground = ground.parentElement;
        const shades = [element, ground].map((one, place) =>
            light(rgb(getComputedStyle(one)[place ? "backgroundColor" : "color"])));
        return (Math.max(...shades) + 0.05) / (Math.min(...shades) + 0.05);
    };
    const seen = elements.filter((element) => element.checkVisibility() && element.innerText.trim());
    return seen.map((element) => [ratio(element), element.innerText]);
}"""
_WORDS = "h1, h2, h3, p, dt, dd, th, td, .lk-badge, .lk-quiet, .lk-button, nav a, .lk-segments button"


async def _overflow(page: Page) -> int:
    found: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found


@THEMES
@WIDTHS
async def test_the_administrator_sees_everything_and_nothing_sticks_out(visit: Begin, dark: bool, width: int) -> None:
    root = await visit("root", dark=dark, width=width)
    for path in PAGES:
        status = await root.go(path)
        assert status == (404 if "nothing" in path else 200), path
        assert await _overflow(root.page) <= 0, path
        assert await root.page.evaluate("document.documentElement.classList.contains('dark')") is dark
        assert await root.page.locator("h1").count() == 1, path
        for canvas in await root.page.locator("canvas").all():
            assert await canvas.evaluate(PAINTED), path
    await root.go("/portal/organisation/")
    assert "Acme Engineering" in await root.text()
    assert await root.page.locator("[data-chart=bars] canvas").count() == 1
    assert await root.page.locator("nav a", has_text="Admin").get_attribute("href") == "/admin/"


@THEMES
async def test_words_are_dark_enough_on_their_ground(visit: Begin, dark: bool) -> None:
    """WCAG AA: 4.5 to 1."""
    root = await visit("root", dark=dark)
    for path in ("/portal/teams/acme/", "/portal/teams/acme/keys/", "/portal/teams/"):
        await root.go(path)
        measured = await root.page.eval_on_selector_all(_WORDS, CONTRAST)
        assert len(measured) > 30
        assert [one for one in measured if one[0] < 4.5] == [], path


async def test_the_lead_sees_their_team_and_can_follow_its_money(visit: Begin) -> None:
    alice = await visit("alice")
    page = alice.page
    assert await alice.go("/portal/organisation/") == 404
    assert await alice.go("/portal/teams/outside/") == 404
    await alice.go("/portal/teams/")
    assert await page.locator("nav[aria-label=Pages] a").all_inner_texts() != []
    assert "Admin" not in await page.inner_text("nav[aria-label=Pages]")
    await page.click("text=Acme Engineering")
    words = await alice.text()
    for expected in (
        "Spend by day and model",
        "claude-sonnet-4-5",
        "unknown",
        "past the soft limit",
        "over $",
        "days are UTC",
    ):
        assert expected in words
    await page.click("nav[aria-label='Break down by'] >> text=Person")
    assert await page.inner_text("#breakdown") == "By person"
    first = page.locator("section:has(#breakdown) tbody th").first
    by_cost = await first.inner_text()
    await page.click("thead >> text=Person")
    assert await page.locator("th[aria-sort=ascending]").count() == 1
    assert await first.inner_text() != by_cost
    await page.click("button[data-measure=requests]")
    assert "Requests by day and person" in await page.inner_text("#by-day")
    await page.click("nav[aria-label=Period] >> text=7 days")
    assert await page.inner_text("#breakdown") == "By person", "the rest of the address stays"
    await page.click("text=Days…")
    await page.fill("input[name=from]", "2026-01-01")
    await page.fill("input[name=to]", "2026-01-02")
    await page.click("#own-days button:has-text('Show')")
    assert "1 Jan to 2 Jan 2026" in await alice.text()
    assert "No requests in these days" in await alice.text()


async def test_the_csv_that_is_loaded_adds_up_to_the_page(visit: Begin) -> None:
    alice = await visit("alice")
    await alice.go("/portal/teams/acme/?period=90d&by=key")
    shown = await alice.page.get_attribute(".lk-tile dd", "title")
    async with alice.page.expect_download() as loading:
        await alice.page.click("text=CSV")
    download = await loading.value
    text = Path(await download.path()).read_text()  # noqa: ASYNC240
    total = sum(float(line["cost_usd"]) for line in csv.DictReader(io.StringIO(text)))
    assert shown is not None
    assert total == pytest.approx(float(re.sub(r"[^\d.]", "", shown)))
    assert download.suggested_filename.startswith("lynkr-acme-")


async def test_the_member_sees_no_page_of_the_team(visit: Begin) -> None:
    bob = await visit("bob")
    for path in ("/portal/teams/", "/portal/teams/acme/", "/portal/teams/acme/keys/", "/portal/organisation/"):
        assert await bob.go(path) == 404, path
    assert "There is no such page" in await bob.text()


async def test_the_outsider_leads_elsewhere_and_learns_nothing_here(visit: Begin) -> None:
    charlie = await visit("charlie")
    for part in ("", "members/", "keys/", "budgets/", "usage.csv"):
        assert await charlie.go(f"/portal/teams/acme/{part}") == 404
    assert await charlie.go("/portal/teams/outside/") == 200
    assert "As soon as a key of this team is used" in await charlie.text()


async def test_a_lead_makes_a_key_copies_it_and_revokes_it_with_the_keyboard(visit: Begin) -> None:
    alice = await visit("alice")
    page = alice.page
    await alice.go("/portal/teams/acme/keys/")
    await page.focus("button[popovertarget=make-key]")
    await page.keyboard.press("Enter")
    await page.fill("#make-key input[name=name]", "browser")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#key-text")
    text = await page.inner_text("#key-text")
    assert re.fullmatch(r"lyk_\w{46}", text)
    await alice.go("/portal/teams/acme/keys/")
    assert text not in await page.content()
    row = page.locator("tr", has_text="browser")
    await row.locator("text=Revoke").click()
    await page.locator(".lk-pop:popover-open button.lk-button-danger").click()
    await page.wait_for_selector("text=browser is revoked")
    assert await page.locator("tr", has_text="browser").count() == 0


async def test_a_lead_sets_a_budget_and_is_told_when_it_is_too_much(visit: Begin) -> None:
    alice = await visit("alice")
    page = alice.page
    for limit, told in (
        ("99999", "this one would be more"),
        ("7.50", "The budget of user dora is set: 7.5 USD a week"),
    ):
        await alice.go("/portal/teams/acme/budgets/")
        await page.click("button[popovertarget=make-budget]")
        await page.select_option("#make-budget select[name=whose]", "user:dora")
        await page.select_option("#make-budget select[name=window]", "week")
        await page.fill("#make-budget input[name=limit]", limit)
        await page.click("#make-budget button.lk-button-primary")
        await page.wait_for_selector(f"text={told}")


async def test_pages_work_without_scripts(visit: Begin) -> None:
    alice = await visit("alice", scripts=False)
    await alice.go("/portal/teams/acme/?by=user&sort=name")
    words = await alice.text()
    assert "All its figures are in the tables below" in words
    await alice.page.click("text=The figures by day")
    assert await alice.page.locator("details tbody tr").first.is_visible()
    await alice.go("/portal/teams/acme/keys/")
    await alice.page.click("button[popovertarget=make-key]")
    assert await alice.page.locator("#make-key").is_visible()


async def test_the_theme_is_chosen_kept_and_shared_with_the_admin(visit: Begin) -> None:
    root = await visit("root")
    page = root.page
    await root.go("/portal/teams/")
    await page.click("[data-theme=dark]")
    dark = "document.documentElement.classList.contains('dark')"
    assert await page.evaluate(dark)
    await root.go("/portal/organisation/")
    assert await page.evaluate(dark)
    assert await page.get_attribute("[data-theme=dark]", "aria-pressed") == "true"
    await root.go("/admin/")
    assert await page.evaluate(dark)


async def test_the_keyboard_reaches_the_content_first(visit: Begin) -> None:
    alice = await visit("alice")
    await alice.go("/portal/teams/acme/")
    await alice.page.keyboard.press("Tab")
    assert await alice.page.evaluate("document.activeElement.textContent") == "To the content"
    await alice.page.keyboard.press("Enter")
    assert alice.page.url.endswith("#content")
