"""A budget's pattern that can match nothing is refused at every door, in words."""

from __future__ import annotations

import pytest

from accounts.models import Budget
from accounts.patterns import problem_with
from gateway.configuration import writing
from gateway.configuration.nodes import Invalid
from tests.accounts import world as worlds
from tests.accounts.world import World, call

BAD = [
    "[z-a",
    "claude-[",
    "[]",
    "x[!]",
    "[z-a]*",
    "gpt-[9-0]",
    "[az-b]",
    " claude-*",
    "claude-*, gpt-*",
    "a\x01",
    "x[]y",
    "openai/",
    "/claude-*",
    "claude-*\u200b",
]


@pytest.fixture
def world(db: str) -> World:
    return worlds.make()


@pytest.mark.parametrize(
    "pattern", ["", "*", "claude-*", "[a-f]*", "gpt-[!5]*", "x/[[]1m]", "o[13]-?", "[a-]*", "*[1m]"]
)
def test_what_may_match_is_taken(pattern: str) -> None:
    assert problem_with(pattern) == ""


@pytest.mark.parametrize("pattern", BAD)
def test_what_matches_nothing_has_a_problem(pattern: str) -> None:
    assert problem_with(pattern)


@pytest.mark.parametrize(("pattern", "words"), [("[z-a", "not closed"), ("[]", "empty"), ("a,b", "one pattern")])
def test_api_portal_admin_and_apply_refuse_it(world: World, pattern: str, words: str) -> None:
    count = Budget.objects.count()
    answer = call(
        world.session("root"),
        "POST",
        "/budgets",
        {"user": "bob", "window": "day", "limit": 1, "model_pattern": pattern},
    )
    [field] = answer.json()["error"]["fields"]
    assert (answer.status_code, field["field"], words in field["message"]) == (422, "model_pattern", True)
    form = {"act": "make", "whose": "user:bob", "window": "day", "limit": "1", "model_pattern": pattern}
    answer = world.session("alice").post("/portal/teams/acme/budgets/", form)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    form = {
        "user": str(world.users["bob"].pk), "window": "day", "limit": "1", "model_pattern": pattern, "time_zone": "UTC",
        "soft_action": "notify", "is_active": "on", "increases-TOTAL_FORMS": "0", "increases-INITIAL_FORMS": "0",
    }  # fmt: skip
    answer = world.session("root").post("/admin/accounts/budget/add/", form)
    assert (answer.status_code, words in answer.content.decode()) == (200, True)
    tree = {"teams": [{"slug": "acme", "budgets": [{"window": "day", "limit": 1, "models": pattern}]}]}
    with pytest.raises(Invalid, match=words):
        writing.apply(tree)
    assert Budget.objects.count() == count


def test_one_from_before_can_still_be_lowered(world: World) -> None:
    row = Budget.objects.create(user=world.users["bob"], window="day", limit=7, model_pattern="[z-a")
    assert call(world.session("root"), "PATCH", f"/budgets/{row.pk}", {"limit": 1}).status_code == 200
