"""A real browser before a real gateway whose books are full. Chromium is Debian's (``apt-get install chromium``); without one
these tests are skipped. A browser for each test: Playwright lives in the event loop of the test, Django's ORM does not."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright

from tests.conftest import dedicated_database
from tests.fakes.gateway import Gateway, running

PASSWORD = "correct horse battery"
PATHS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def chromium() -> str:
    found = next((path for name in PATHS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def site(chromium: str, _template: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    from tests.accounts import world  # models: not before Django is set up
    from tests.portal import traffic

    folder = Path(tmp_path_factory.mktemp("browser"))
    with dedicated_database("browser") as url:
        people = world.make()
        traffic.fill(people)
        for name in ("root", "alice", "bob", "charlie"):
            people.users[name].set_password(PASSWORD)
            people.users[name].save()
        with running(url, folder) as gateway:
            yield gateway


class Visit:
    """Somebody signed in. `strange`: addresses asked for on any other host, complaints of the console, failed scripts."""

    def __init__(self, page: Page, site: Gateway) -> None:
        self.page, self.site = page, site
        self.strange: list[str] = []
        self._home = urlsplit(site.base_url).netloc
        page.on("request", lambda request: self._asked(request.url))
        page.on("console", lambda line: self._said(line.type, line.text))
        page.on("pageerror", lambda problem: self.strange.append(str(problem)))

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self._home:
            self.strange.append(url)

    def _said(self, kind: str, text: str) -> None:
        """An answer of 4xx is said on the console too; tests look at it themselves."""
        if kind in ("error", "warning") and "Failed to load resource" not in text:
            self.strange.append(text)

    async def go(self, path: str) -> int:
        """The status of the answer."""
        answer = await self.page.goto(self.site.base_url + path, wait_until="load")
        assert answer is not None
        return answer.status

    async def sign_in(self, name: str) -> None:
        await self.go("/portal/login/")
        await self.page.fill("input[name=username]", name)
        await self.page.fill("input[name=password]", PASSWORD)
        await self.page.click("main form button")
        await self.page.wait_for_load_state("load")

    async def text(self) -> str:
        return await self.page.inner_text("body")


Begin = Callable[..., Awaitable[Visit]]


@pytest_asyncio.fixture
async def visit(chromium: str, site: Gateway) -> AsyncIterator[Begin]:
    """``await visit(name, dark=False, width=1280, scripts=True)``; at the end nothing strange may have been seen."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        visits: list[Visit] = []

        async def begin(name: str, dark: bool = False, width: int = 1280, scripts: bool = True) -> Visit:
            context = await browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme="dark" if dark else "light",
                java_script_enabled=scripts,
            )
            context.set_default_timeout(10_000)
            visits.append(Visit(await context.new_page(), site))
            await visits[-1].sign_in(name)
            return visits[-1]

        yield begin
        await browser.close()
    assert [strange for one in visits for strange in one.strange] == []
