"""LEK-1 to LEK-10: known secrets and known content go through a real gateway by every door, with debug logs on; then every
place is searched for them.

Content may be where its owner asked for it: in the model's own answer, and in the stored conversation of a Responses request
with `store`. Nothing else keeps it: `capture_content` is off, as it is from the start.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import dedicated_database
from tests.fakes.upstream import Upstream, refusing_address

from . import canary_doors
from .calls import PATHS
from .canaries import Canaries, look_in_database, look_in_files
from .canary_world import World, opened

STORED = {"gateway_storedresponse.items": ("stored content",)}


@pytest.fixture(scope="module")
def world(_template: None, _upstream: Upstream, tmp_path_factory: Any) -> Iterator[World]:
    """Everything has been said to it."""
    _upstream.reset()
    _upstream.strict = False
    address, held = refusing_address()
    folder = Path(tmp_path_factory.mktemp("canaries"))
    with held, dedicated_database("canaries") as url, opened(folder, url, _upstream, address) as made, made.client:
        for door in canary_doors.DOORS:
            door(made)
        _await_books(made)
        yield made
    _upstream.reset()
    _upstream.strict = True


def _await_books(world: World) -> None:
    until = time.monotonic() + 10
    while world.lynkr.rows("SELECT 1 FROM gateway_attempt WHERE status = 'open' LIMIT 1") and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(1)


@pytest.fixture
def canaries(world: World) -> Canaries:
    return world.canaries


def test_answers_and_their_headers_hold_none(world: World) -> None:
    """LEK-3, LEK-4, LEK-8: 401, 403, 404, refusals of providers that quote our key, broken streams."""
    assert world.answers > 250
    assert {one for one in world.canaries.found if one.startswith(("body", "headers"))} == set()


def test_the_log_holds_none(world: World, canaries: Canaries) -> None:
    """LEK-1, LEK-2, LEK-6, LEK-7: at level debug."""
    said = world.lynkr.log.read_text()
    assert len(said.splitlines()) > 100  # it logs at all
    canaries.look("log", said)
    assert {one for one in canaries.found if one.startswith("log")} == set()


def test_no_page_of_the_admin_shows_one(world: World, canaries: Canaries) -> None:
    """LEK-1: each list and form, as a superuser sees it."""
    shown = set()
    for what, address in canary_doors.admin_pages(world):
        answer = world.ask("GET", address)
        assert answer.status_code == 200, address
        shown.add(what)
    assert {"gateway.operation", "gateway.provideraccount", "accounts.apikey", "accounts.notificationchannel"} <= shown
    assert {one for one in canaries.found if "GET /admin" in one} == set()


def test_metrics_hold_none(world: World, canaries: Canaries) -> None:
    """LEK-5: what is exported names accounts and kinds, nothing more."""
    token = {"authorization": f"Bearer {canaries.texts['metrics token']}"}
    answer = world.ask("GET", "/metrics", headers=token)
    assert "lynkr_operations_total" in answer.text
    assert {one for one in canaries.found if "/metrics" in one} == set()


def test_no_column_of_the_database_holds_one(world: World, canaries: Canaries) -> None:
    """LEK-7: sealed is sealed, a key is a digest, a provider's complaint is kept without our words in it."""
    assert look_in_database(canaries, world.url, STORED) > 1000
    assert {one for one in canaries.found if re.match(r"\w+\.\w+: ", one)} == set()
    held = world.lynkr.rows("SELECT items FROM gateway_storedresponse")
    assert world.lynkr.rows("SELECT 1 FROM gateway_keptanswer WHERE answer IS NOT NULL"), "answers were kept, sealed"
    assert any(canaries.texts["stored content"] in row["items"] for row in held), "the search would find it"


def test_commands_show_none(world: World, canaries: Canaries) -> None:
    """LEK-1: the exported configuration names variables instead of secrets."""
    assert "secret_env" in world.command("export")
    assert "providers" in world.command("doctor")
    assert {one for one in canaries.found if one.startswith("manage.py")} == set()


def test_the_journal_of_a_killed_process_holds_none(world: World, canaries: Canaries) -> None:
    """LEK-7: runs last, for it kills the gateway with calls on their way."""
    headers = {"x-api-key": world.lynkr.keys["bob"]}
    sent = canary_doors.conversation(world, "anthropic", "anth/claude-sonnet-4-5")
    for _ in range(5):
        world.ask("POST", PATHS["anthropic"], json=sent, headers=headers, allowed=canary_doors.OWN_CONTENT)
    world.lynkr.process.kill()
    world.lynkr.process.wait()
    assert list(world.data.rglob("journal/*"))
    assert look_in_files(canaries, world.data) > 0
    assert {one for one in canaries.found if one.startswith("file")} == set()
