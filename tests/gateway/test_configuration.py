"""`manage.py apply` and `manage.py export`."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiKey, Budget, Membership, Team, User
from gateway.models import ProviderAccount, ProviderSecret
from gateway.snapshot import build
from routing.models import CatalogueModel, PriceOverride, RoutingPolicy, TierMap, TierMapVersion

CANARY = "sk-canary-0123456789abcdef"
FULL = f"""
providers:
  - {{name: my-openai, vendor: openai, base_url: "http://127.0.0.1:9/v1", secret: "{CANARY}"}}
  - name: azure
    vendor: azure
    secrets: [{{secret: second-canary-123456, weight: 3, label: paid}}, third-canary-1234567]
    weight: 2
    teams: [acme]
    options: {{api_version: v1}}
    deadlines: {{connect: 3, idle: 60.5}}
  - {{name: old, vendor: Ollama, enabled: false}}
teams:
  - slug: acme
    name: Acme
    cost_center: CC-1
    members:
      - {{user: lead-1, role: lead}}
      - {{user: dev-1, role: member, limits: {{parallel_requests: 4}}}}
      - {{user: ci, service: true}}
    tiers: {{SIMPLE: [my-openai/gpt-4o-mini], MEDIUM: [my-openai/gpt-4o], COMPLEX: [my-openai/b, azure/c/d]}}
    policy: {{auto_names: [auto, "claude-*"], fallback: false, pinned_tier: SIMPLE, sticky: false, capture_content: true}}
    budgets: [{{window: month, limit: 100, soft: 80}}, {{window: day, limit: 5.25, user: dev-1}}]
    limits: {{requests_per_minute: 600, max_session_steps: 50}}
    prices: [{{model: my-model, input: 0.1, output: 0.2, cache_write_1h: 0.000001}}]
keys:
  - {{name: dev-1-laptop, team: acme, user: dev-1, limits: {{tokens_per_minute: 90000}}}}
  - {{name: bot, team: acme, models: ["gpt-*", simple], scopes: [chat], expires_at: 2027-01-31}}
prices: [{{model: my-model, input: 0.5, output: 1.5}}, {{model: "local-*", free: true}}]
models: [{{provider: my-openai, model: gpt-4o, alias: big, context_window: 1000, max_output_tokens: 10, vision: false}}]
defaults: {{tiers: {{SIMPLE: [azure/x]}}, policy: {{auto_names: [auto]}}}}
"""


def _apply(folder: Path, text: str, *arguments: str) -> tuple[str, str]:
    file = folder / "lynkr.yaml"
    file.write_text(text)
    out, err = io.StringIO(), io.StringIO()
    call_command("apply", str(file), *arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def _export() -> str:
    out = io.StringIO()
    call_command("export", stdout=out, no_color=True)
    return out.getvalue()


def _refused(folder: Path, text: str) -> str:
    with pytest.raises(CommandError) as refusal:
        _apply(folder, text)
    return str(refusal.value)


def test_a_whole_file_becomes_rows(db: str, tmp_path: Path) -> None:
    _apply(tmp_path, FULL)
    account = ProviderAccount.objects.get(name="azure")
    assert (account.vendor, account.weight, account.idle_seconds, account.total_seconds) == (
        "azure-openai",
        2,
        60.5,
        None,
    )
    assert [secret.weight for secret in build().accounts["azure"].secrets] == [3, 1]
    assert [team.slug for team in account.teams.all()] == ["acme"]
    assert ProviderAccount.objects.get(name="old").enabled is False
    assert User.objects.get(username="ci").is_service
    assert not User.objects.get(username="dev-1").has_usable_password()
    assert Membership.objects.get(user__username="lead-1").role == "lead"
    assert Budget.objects.get(team__slug="acme").limit == 100
    assert Budget.objects.get(user__username="dev-1").limit == Decimal("5.25")
    bot = ApiKey.objects.get(name="bot")
    assert (bot.model_allowlist, bot.scopes) == (["gpt-*", "simple"], ["chat"])
    assert bot.expires_at == dt.datetime(2027, 1, 31, tzinfo=dt.UTC)
    assert PriceOverride.objects.get(team=None, model="my-model").input == Decimal("0.5")
    assert PriceOverride.objects.get(team__slug="acme").input == Decimal("0.1"), "not a binary fraction"
    assert CatalogueModel.objects.get().context_window == 1000
    acme = next(team for team in build().teams.values() if team.slug == "acme")
    assert [str(ref) for ref in acme.tier_map.targets[2]] == ["my-openai/b", "azure/c/d"]
    assert acme.policy.pinned_tier == 0
    assert not acme.policy.sticky


def test_applying_again_changes_nothing(db: str, tmp_path: Path) -> None:
    _apply(tmp_path, FULL)
    epoch, versions = build().epoch, TierMapVersion.objects.count()
    out, _ = _apply(tmp_path, FULL, "--prune")
    assert out == "nothing to change\n"
    assert build().epoch == epoch, "nothing was written at all"
    assert TierMapVersion.objects.count() == versions == 2


def test_an_export_applies_without_a_change_and_again_exports_the_same(db: str, tmp_path: Path) -> None:
    _apply(tmp_path, FULL)
    text = _export()
    out, _ = _apply(tmp_path, text, "--prune")
    assert not [line for line in out.splitlines() if line[:1] in "+~-"]
    assert _export() == text
    assert ProviderSecret.objects.count() == 3


def test_an_export_makes_the_same_on_an_empty_lynkr(db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _apply(tmp_path, FULL)
    text = _export()
    for model in (ApiKey, TierMap, TierMapVersion, RoutingPolicy, Team, User, CatalogueModel, PriceOverride, Budget):
        model.objects.all().delete()
    ProviderAccount.objects.all().delete()
    assert "MY_OPENAI_SECRET is not set" in _refused(tmp_path, text)
    for name in ("MY_OPENAI_SECRET", "AZURE_SECRET", "AZURE_SECRET_1"):
        monkeypatch.setenv(name, f"value of {name}")
    _apply(tmp_path, text)
    assert _export() == text
    assert build().accounts["my-openai"].secrets[0].value == "value of MY_OPENAI_SECRET"


def test_no_secret_is_in_a_diff_an_export_or_an_error(db: str, tmp_path: Path) -> None:
    """LEK-1, LEK-7."""
    out, err = _apply(tmp_path, FULL)
    changed, _ = _apply(tmp_path, FULL.replace(CANARY, "sk-other-canary-9999"))
    refusal = _refused(tmp_path, FULL.replace("vendor: openai", "vendor: nobody"))
    torn = _refused(tmp_path, FULL + f"\n  broken: [{CANARY}")
    for text in (out, err, changed, _export(), refusal, torn):
        assert "canary" not in text
    assert "my-openai secret" in changed


def test_all_problems_are_listed_with_their_place_and_nothing_is_written(db: str, tmp_path: Path) -> None:
    """BUD-9: unknown fields are refused."""
    refusal = _refused(
        tmp_path,
        """
providers: [{name: "my openai", vendor: opnai, secert: x}, {name: z, vendor: ollama, base_url: "ftp://x"}]
teams:
  - slug: acme
    tiers: {SIMPEL: [z/b], MEDIUM: [nope/x, y]}
    budgets: [{window: year, limit: -1}, {window: day, limit: 1, soft: 2}]
    members: [{user: a, role: boss}, {user: a}]
    prices: [{model: m}]
keys: [{name: k, team: acm, scopes: [everything]}, {name: j, team: acme, user: stranger}]
kyes: []
""",
    )
    for problem in (
        "kyes: unknown field; did you mean keys?",
        "providers[0].secert: unknown field; did you mean secret?",
        "providers[0].name:",
        "providers[0].vendor: no vendor is called opnai; did you mean openai?",
        "providers[1].base_url:",
        "teams[0].tiers.SIMPEL: unknown field; did you mean SIMPLE?",
        "teams[0].tiers.MEDIUM[0]: no provider is called nope",
        "teams[0].tiers.MEDIUM[1]: must be written provider/model",
        "teams[0].budgets[0].window:",
        "teams[0].budgets[0].limit:",
        "teams[0].budgets[1].soft: must not be above the limit",
        "teams[0].members[0].role:",
        "teams[0].members: a is there twice",
        "teams[0].prices[0].input: is required unless free: true",
        "keys[0].team: no team is called acm; did you mean acme?",
        "keys[0].scopes:",
        "keys[1].user: no user is called stranger",
    ):
        assert problem in refusal
    assert not ProviderAccount.objects.exists()
    assert not Team.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "providers: 3",
        "providers: [3]",
        "teams: [{slug: a, slug: b}]",
        "providers: [{name: a, vendor: openai, secret: x, secret_env: Y}]",
        "providers: [{name: a, vendor: openai, options: []}]",
        'providers: [{name: a, vendor: openai, base_url: "https://user:pass@host/v1"}]',
        "providers: [{name: a, vendor: openai, deadlines: {total: 0}}]",
        "prices: [{model: m, input: yes, output: 1}]",
        "prices: [{model: m, input: .nan, output: 1}]",
        "keys: [{name: k, team: t, expires_at: tomorrow}]",
        "a: &a [*a]",
        "\u0001",
        "x: !!python/object:os.system {}",
    ],
)
def test_odd_files_are_refused_in_words(db: str, tmp_path: Path, text: str) -> None:
    assert "was not applied" in _refused(tmp_path, text)


def test_a_dry_run_says_what_would_change_and_changes_nothing(db: str, tmp_path: Path) -> None:
    out, _ = _apply(tmp_path, FULL, "--dry-run")
    assert "+ team acme" in out
    assert not Team.objects.exists()
    out, _ = _apply(tmp_path, FULL, "--dry-run", "--print-keys", "json")
    assert json.loads(out) == {}


def test_keys_made_are_printed_once_as_json_and_work(db: str, tmp_path: Path) -> None:
    out, err = _apply(tmp_path, FULL, "--print-keys", "json")
    made: dict[str, Any] = json.loads(out)
    assert set(made) == {"dev-1-laptop", "bot"}
    assert "+ team acme" in err
    assert made["bot"][:12] in {caller.key_prefix for caller in build().callers.values()}
    again, _ = _apply(tmp_path, FULL, "--print-keys", "json")
    assert json.loads(again) == {}


def test_a_changed_tier_is_a_version_with_its_reason(db: str, tmp_path: Path) -> None:
    _apply(tmp_path, FULL)
    out, _ = _apply(tmp_path, FULL.replace("[my-openai/b, azure/c/d]", "[azure/e]"), "--reason", "cheaper")
    assert "~ tier map of acme COMPLEX: my-openai/b, azure/c/d -> azure/e" in out
    versions = TierMapVersion.objects.filter(tier_map__team__slug="acme").order_by("number")
    assert [(row.number, row.reason) for row in versions] == [(1, "apply"), (2, "cheaper")]
    assert versions[0].content["COMPLEX"] == ["my-openai/b", "azure/c/d"]


def test_what_a_file_does_not_mention_stays_unless_pruned(db: str, tmp_path: Path) -> None:
    _apply(tmp_path, FULL)
    small = "teams: [{slug: acme, members: [{user: dev-1}]}]\nkeys: []\nproviders: []\nprices: []\nmodels: []\n"
    assert _apply(tmp_path, small)[0] == "nothing to change\n"
    out, _ = _apply(tmp_path, small, "--prune")
    assert "- key bot of acme, revoked" in out
    assert build().callers == {}
    assert list(Membership.objects.values_list("user__username", flat=True)) == ["dev-1"]
    assert not ProviderAccount.objects.filter(name="old").exists()
    assert not ProviderAccount.objects.get(name="azure").enabled, "a tier map names it still"
    assert TierMap.objects.count() == 2
    assert PriceOverride.objects.get().team is not None
    assert "is revoked and stays so" in _apply(tmp_path, FULL)[0]


def test_limits_of_a_file_are_in_force_and_those_it_leaves_out_are_lifted(db: str, tmp_path: Path) -> None:
    """BUD-9: an unknown limit is refused, never ignored."""
    from gateway.snapshot.rows import build

    _apply(tmp_path, FULL)
    snapshot = build()
    (team,) = snapshot.teams.values()
    assert [(one.kind, one.requests) for one in team.limits] == [("team", 600)]
    assert (team.max_session_steps, team.max_session_tool_calls) == (50, None)
    laptop, bot = (
        next(one for one in snapshot.callers.values() if one.key_name == name) for name in ("dev-1-laptop", "bot")
    )
    assert [(one.kind, one.name, one.tokens, one.parallel) for one in laptop.limits] == [
        ("key", "dev-1-laptop", 90_000, None),
        ("user", "dev-1", None, 4),
    ]
    assert bot.limits == ()
    _apply(tmp_path, "teams: [{slug: acme, limits: {tokens_per_minute: 5}, members: [{user: dev-1, limits: {}}]}]")
    snapshot = build()
    (team,) = snapshot.teams.values()
    assert [(one.requests, one.tokens) for one in team.limits] == [(None, 5)]
    assert team.max_session_steps is None
    assert {one.kind for caller in snapshot.callers.values() for one in caller.limits} == {"key"}
    refusal = _refused(tmp_path, "teams: [{slug: acme, limits: {request_per_minute: 5, tokens_per_minute: 0}}]")
    assert "teams[0].limits.request_per_minute: unknown field; did you mean requests_per_minute?" in refusal
    assert "teams[0].limits.tokens_per_minute: must be a whole number from 1" in refusal
