"""Versions of tier maps."""

from __future__ import annotations

import pytest

from accounts.models import User
from gateway.models import ProviderAccount
from routing import tier_maps
from routing.models import RoutingPolicy, TierMap


@pytest.fixture
def tier_map(db: str) -> TierMap:
    ProviderAccount.objects.create(name="a", vendor="ollama")
    ProviderAccount.objects.create(name="b", vendor="ollama")
    return TierMap.objects.create()


def test_each_edit_is_a_version_and_no_edit_is_none(tier_map: TierMap) -> None:
    alice = User.objects.create(username="alice")
    assert tier_maps.replace(tier_map, {"SIMPLE": ["a/m", "b/x/y"]}, alice, "first")
    assert not tier_maps.replace(tier_map, {"SIMPLE": ["a/m", "b/x/y"], "MEDIUM": []}, alice, "same")
    assert tier_maps.replace(tier_map, {"SIMPLE": ["b/x/y", "a/m"]}, alice, "order counts")
    versions = [(row.number, row.reason, row.author_id) for row in tier_map.versions.order_by("number")]
    assert versions == [(1, "first", alice.id), (2, "order counts", alice.id)]
    assert tier_maps.content_of(tier_map) == {"SIMPLE": ["b/x/y", "a/m"]}


def test_an_old_version_comes_back_as_a_new_one(tier_map: TierMap) -> None:
    tier_maps.replace(tier_map, {"SIMPLE": ["a/m"]})
    tier_maps.replace(tier_map, {"REASONING": ["b/n"]})
    assert tier_maps.roll_back(tier_map.versions.get(number=1))
    assert tier_maps.content_of(tier_map) == {"SIMPLE": ["a/m"]}
    last = tier_map.versions.first()
    assert (last.number, last.reason) == (3, "back to version 1")


def test_a_version_of_a_provider_that_has_gone_does_not_come_back(tier_map: TierMap) -> None:
    tier_maps.replace(tier_map, {"SIMPLE": ["a/m"]})
    tier_maps.replace(tier_map, {"SIMPLE": ["b/m"]})
    ProviderAccount.objects.get(name="a").delete()
    with pytest.raises(tier_maps.UnknownAccount, match="a"):
        tier_maps.roll_back(tier_map.versions.get(number=1))
    assert tier_maps.content_of(tier_map) == {"SIMPLE": ["b/m"]}


def test_an_edited_policy_is_a_new_version(db: str) -> None:
    policy = RoutingPolicy.objects.create()
    policy.fallback = False
    policy.save()
    assert RoutingPolicy.objects.get().version == 2
