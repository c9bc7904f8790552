"""The snapshot: what is in it, and how soon a change is in force."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import keys
from accounts.models import ApiKey, Membership, Team, User, pepper
from gateway.chat.usage import Usage
from gateway.configuration.writing import apply
from gateway.models import ProviderAccount, ProviderSecret
from gateway.ports import Snapshot
from gateway.pricing import PriceTable, cost
from gateway.snapshot import SnapshotHolder, build
from routing.models import PriceOverride, TierTarget
from routing.tiers import TargetRef, Tier
from tests.gateway import small_world


@pytest.fixture
def holder(db: str) -> Iterator[SnapshotHolder]:
    found = SnapshotHolder()
    yield found
    found.stop()


def _until(condition: Callable[[], bool], seconds: float = 5.0) -> float:
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, "it did not happen in time"
        time.sleep(0.005)
    return time.monotonic() - begin


def _digest(text: str) -> bytes:
    return keys.digest(text, pepper())


def test_a_key_is_found_by_its_digest_with_its_team_and_user(db: str) -> None:
    made = small_world.make()
    caller = build().callers[_digest(made.keys["laptop"])]
    assert (caller.key_name, caller.team_slug, caller.username) == ("laptop", "acme", "bob")
    assert caller.expires_at is None
    assert build().callers[_digest(made.keys["robot"])].user_id is None


def test_the_number_of_queries_does_not_grow_with_the_rows(db: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            build()
        return len(captured)

    small_world.make()
    before = queries()
    for number in range(5):
        Team.objects.create(slug=f"team-{number}")
        for other in range(20):
            ApiKey.mint(name=f"k{other}", team=Team.objects.get(slug=f"team-{number}"))[0].save()
    assert queries() == before <= 21


@pytest.mark.parametrize(
    "end",
    [
        lambda key: ApiKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now()),
        lambda key: ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1)),
        lambda key: ApiKey.objects.filter(pk=key.pk).update(grace_until=timezone.now() - dt.timedelta(seconds=1)),
        lambda key: User.objects.filter(username="bob").update(is_active=False),
        lambda key: Team.objects.filter(slug="acme").update(is_active=False),
        lambda key: Membership.objects.filter(user__username="bob").delete(),
        lambda key: User.objects.filter(username="bob").delete(),
    ],
    ids=["revoked", "expired", "rotated away", "user inactive", "team inactive", "member no more", "user deleted"],
)
def test_a_key_ends_with_what_it_hangs_on_within_a_second(
    holder: SnapshotHolder, end: Callable[[ApiKey], object]
) -> None:
    """SSO-4, SSO-11, SSO-13: over LISTEN/NOTIFY, well before the safety net polls."""
    made = small_world.make()
    holder._poll_seconds = 60
    assert holder.start(5)
    digest = _digest(made.keys["laptop"])
    assert digest in holder.current.callers
    end(ApiKey.objects.get(name="laptop"))
    assert _until(lambda: digest not in holder.current.callers) < 1.0


def test_a_sign_in_does_not_rebuild_anything(db: str) -> None:
    small_world.make()
    before = build().epoch
    user = User.objects.get(username="bob")
    user.last_login = timezone.now()
    user.save(update_fields=["last_login"])
    assert build().epoch == before


def test_a_change_is_seen_though_the_listening_connection_died(holder: SnapshotHolder) -> None:
    made = small_world.make()
    holder.start(5)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lynkr config'")
    ApiKey.objects.update(revoked_at=timezone.now())
    _until(lambda: _digest(made.keys["laptop"]) not in holder.current.callers)


def test_a_missed_notification_is_made_up_for_by_the_poll(holder: SnapshotHolder) -> None:
    made = small_world.make()
    holder._poll_seconds = 0.1
    holder.start(5)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_apikey DISABLE TRIGGER bump_config_epoch")
        cursor.execute("UPDATE accounts_apikey SET revoked_at = now()")
        cursor.execute("UPDATE gateway_config_epoch SET epoch = epoch + 1")
    _until(lambda: _digest(made.keys["laptop"]) not in holder.current.callers)


def test_a_slow_read_never_brings_a_revoked_key_back(db: str) -> None:
    """SSO-12: the read that began first ends last."""
    made = small_world.make()
    began, go_on = threading.Event(), threading.Event()
    slow = threading.local()

    def load() -> Snapshot:
        found = build()
        if getattr(slow, "here", False):
            began.set()
            assert go_on.wait(5)
        return found

    holder = SnapshotHolder(load=load)
    swapped = []

    def read_slowly() -> None:
        slow.here = True
        swapped.append(holder.refresh())
        connection.close()

    thread = threading.Thread(target=read_slowly)
    thread.start()
    assert began.wait(5)
    ApiKey.objects.update(revoked_at=timezone.now())
    assert holder.refresh()
    go_on.set()
    thread.join()
    assert swapped == [False]
    assert _digest(made.keys["laptop"]) not in holder.current.callers


def test_the_old_snapshot_serves_while_postgres_is_away(db: str) -> None:
    made = small_world.make()
    away = threading.Event()

    def load() -> Snapshot:
        if away.is_set():
            raise psycopg.OperationalError("gone")
        return build()

    holder = SnapshotHolder(load=load)
    try:
        assert holder.start(5)
        away.set()
        with pytest.raises(psycopg.OperationalError):
            holder.reload(5)
        assert holder.ready
        assert _digest(made.keys["laptop"]) in holder.current.callers
        away.clear()
        assert holder.reload(5) == holder.current.epoch
    finally:
        holder.stop()


def test_reload_answers_with_the_epoch_in_force(holder: SnapshotHolder) -> None:
    holder.start(5)
    small_world.make()
    assert holder.reload() == build().epoch
    assert len(holder.current.callers) == 3


def test_a_team_without_tiers_or_policy_has_the_organisations(db: str) -> None:
    small_world.make()
    apply({"defaults": {"tiers": {"MEDIUM": ["cloud/gpt-4o"]}, "policy": {"auto_names": ["magic"]}}})
    teams = {team.slug: team for team in build().teams.values()}
    assert teams["outside"].tier_map.targets == {Tier.MEDIUM: (TargetRef("cloud", "gpt-4o"),)}
    assert teams["acme"].tier_map.targets[Tier.REASONING] == (TargetRef("cloud", "gpt-4o"), TargetRef("cloud", "o3"))
    assert teams["acme"].policy.auto_names == ("magic",)
    assert teams["acme"].tier_map.version == "acme:1"


def test_a_team_may_name_its_targets_and_the_catalogue(db: str) -> None:
    small_world.make()
    apply(
        {
            "providers": [{"name": "local", "vendor": "ollama"}],
            "models": [
                {"provider": "local", "model": "tiny", "alias": "fast", "context_window": 4096},
                {"provider": "cloud", "model": "gpt-4o", "max_output_tokens": 77},
            ],
            "teams": [{"slug": "acme", "tiers": {"COMPLEX": ["local/gpt-4o"]}}],
        }
    )
    models = next(team for team in build().teams.values() if team.slug == "acme").models
    assert models["fast"].target == TargetRef("local", "tiny")
    assert models["fast"].context_window == 4096
    assert models["gpt-4o"].target == TargetRef("cloud", "gpt-4o"), "the catalogue comes before the tier order"
    assert models["local/gpt-4o"].target == TargetRef("local", "gpt-4o")
    assert models["gpt-4o"].max_output_tokens == 77
    assert models["gpt-4o"].context_window == models["cloud/gpt-4o"].context_window == 128_000, "from the price file"
    assert "nothing" not in models


def test_disabled_accounts_and_secrets_are_not_there(db: str) -> None:
    small_world.make()
    apply({"providers": [{"name": "cloud", "vendor": "openai", "secrets": [small_world.SECRET, "second-secret-123"]}]})
    assert [secret.value for secret in build().accounts["cloud"].secrets] == [small_world.SECRET, "second-secret-123"]
    ProviderSecret.objects.order_by("id").update(enabled=False)
    assert build().accounts["cloud"].secrets == ()
    ProviderAccount.objects.update(enabled=False)
    found = build()
    assert found.accounts == {}
    assert all(not team.tier_map.targets for team in found.teams.values())
    assert TierTarget.objects.exists()


def test_no_secret_shows_in_a_repr(db: str) -> None:
    small_world.make()
    assert small_world.SECRET not in repr(build().accounts)


def test_price_overrides_win_from_the_particular_to_the_general(db: str) -> None:
    small_world.make()
    acme = Team.objects.get(slug="acme")
    PriceOverride.objects.create(model="my-*", input=1, output=1)
    PriceOverride.objects.create(model="my-model", input=2, output=2)
    PriceOverride.objects.create(team=acme, model="my-*", input=3, output=3)
    PriceOverride.objects.create(model="gift", is_free=True)

    def paid(prices: PriceTable, model: str) -> Decimal | None:
        return cost(prices.price("openai-compatible", model), Usage(input=1_000_000, output=0))

    found = build()
    assert paid(found.prices, "my-model") == 2
    assert paid(found.prices, "My-other") == 1
    assert paid(found.teams[acme.id].prices, "my-model") == 3
    assert paid(found.prices, "gift") == 0
    assert paid(found.prices, "nobody-knows") is None
    assert paid(found.teams[acme.id].prices, "nobody-knows") is None
