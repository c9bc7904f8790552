"""An account that is some teams' alone cannot be reached by others, by whatever name; allowlists match catalogue names."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from accounts.models import ApiKey, Team, User
from gateway.models import ProviderAccount
from routing.models import CatalogueModel
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import SURFACES, ask, message_of


@pytest.fixture
def closed(lynkr: Gateway) -> Iterator[None]:
    """`chat` and `oai` are for team "outside" alone; `chat` is in everybody's tiers and has an alias."""
    accounts = ProviderAccount.objects.filter(name__in=["chat", "oai"])
    alias = CatalogueModel.objects.create(account=accounts.get(name="chat"), model="gpt-4o", alias="fast")
    for account in accounts:
        account.teams.set([Team.objects.get(slug="outside")])
    lynkr.reload()
    yield
    for account in accounts:
        account.teams.clear()
    alias.delete()
    lynkr.reload()


def names(lynkr: Gateway, key: str) -> set[str]:
    answer = httpx.get(f"{lynkr.base_url}/v1/models", headers={"x-api-key": lynkr.keys[key]})
    return {row["id"] for row in answer.json()["data"]}


@pytest.mark.parametrize("model", ["chat/gpt-4o", "oai/gpt-4o", "chat/anything", "fast"])
@pytest.mark.parametrize("surface", SURFACES)
def test_another_teams_account_is_as_if_it_were_not(
    lynkr: Gateway, upstream: Upstream, closed: None, surface: str, model: str
) -> None:
    refused = ask(lynkr, surface, model)
    assert refused.status_code == 404
    assert "does not exist or this key may not use it" in message_of(surface, refused.json())
    assert ask(lynkr, surface, model, key="charlie").status_code == 200
    assert len(upstream.chats) == 1


def test_its_tiers_go_on_without_it(lynkr: Gateway, upstream: Upstream, closed: None) -> None:
    upstream.when(lambda received: None)
    assert ask(lynkr, "openai_chat", "simple").headers["x-lynkr-provider"] == "anth"
    assert not {name for name in names(lynkr, "bob") if name.startswith(("chat/", "oai/"))} | (
        {"fast"} & names(lynkr, "bob")
    )
    assert {"fast", "chat/gpt-4o"} <= names(lynkr, "charlie")


def test_embeddings_find_no_other_way_in(lynkr: Gateway, closed: None) -> None:
    def status(key: str, model: str) -> int:
        headers = {"authorization": f"Bearer {lynkr.keys[key]}"}
        body = {"model": model, "input": "x"}
        return httpx.post(f"{lynkr.base_url}/v1/embeddings", json=body, headers=headers).status_code

    assert status("bob", "chat/text-embedding-3-small") == 404
    assert status("charlie", "chat/text-embedding-3-small") == 200


def test_a_change_is_in_force_without_a_restart(lynkr: Gateway, closed: None) -> None:
    assert ask(lynkr, "openai_chat", "chat/gpt-4o").status_code == 404
    ProviderAccount.objects.get(name="chat").teams.clear()
    lynkr.reload()
    assert ask(lynkr, "openai_chat", "chat/gpt-4o").status_code == 200


def test_a_keys_allowlist_matches_names_of_the_catalogue(lynkr: Gateway, upstream: Upstream) -> None:
    alias = CatalogueModel.objects.create(
        account=ProviderAccount.objects.get(name="chat"), model="gpt-4o", alias="quick"
    )
    team, bob = Team.objects.get(slug="acme"), User.objects.get(username="bob")
    key, lynkr.keys["quick"] = ApiKey.mint(name="quick", team=team, user=bob, model_allowlist=["quick"])
    key.save()
    lynkr.reload()
    try:
        assert ask(lynkr, "openai_chat", "quick", key="quick").status_code == 200
        assert ask(lynkr, "openai_chat", "anth/claude-sonnet-4-5", key="quick").status_code == 404
        assert names(lynkr, "quick") == {"quick"}
    finally:
        key.delete()
        alias.delete()
        lynkr.reload()
