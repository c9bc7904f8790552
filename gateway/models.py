"""Provider accounts and their secrets; operations and attempts; stored responses and answers kept for a repeat."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models

from gateway import secrets
from gateway.providers import registry
from lynkr_site.ids import uuid7


def address_problem(url: str) -> str:
    """What is wrong with a base URL, or nothing. Credentials in it would end up in logs and diffs (LEK-2)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "must begin with http:// or https:// and name a host"
    if "@" in parts.netloc or any(word in parts.query.lower() for word in ("key=", "token=", "secret=")):
        return "must not hold credentials; give them as secret"
    return ""


class ProviderAccount(models.Model):
    """One address of one vendor, with its keys. `options` are the vendor's own settings (see its file)."""

    name = models.SlugField(max_length=64, unique=True)
    vendor = models.CharField(max_length=40)
    base_url = models.CharField(max_length=500, blank=True, help_text="Empty: the vendor's own address.")
    options = models.JSONField(default=dict, blank=True)
    weight = models.PositiveSmallIntegerField(default=1)
    enabled = models.BooleanField(default=True)
    teams = models.ManyToManyField(
        "accounts.Team",
        blank=True,
        related_name="provider_accounts",
        help_text="Who may use it, by whatever name or tier. Empty: every team.",
    )
    connect_seconds = models.FloatField(null=True, blank=True)
    first_token_seconds = models.FloatField(null=True, blank=True)
    idle_seconds = models.FloatField(null=True, blank=True)
    total_seconds = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        problems: dict[str, Any] = {}
        try:
            self.vendor = registry.canonical(self.vendor)
        except KeyError:
            problems["vendor"] = f"No vendor is called {self.vendor!r}. Known: {', '.join(sorted(registry.names()))}."
        if self.base_url and (problem := address_problem(self.base_url)):
            problems["base_url"] = f"The address {problem}."
        if not isinstance(self.options, dict):
            problems["options"] = 'Must be a JSON object such as {"region": "eu-west-1"}.'
        for name in ("connect_seconds", "first_token_seconds", "idle_seconds", "total_seconds"):
            seconds = getattr(self, name)
            if seconds is not None and not 0 < seconds < float("inf"):
                problems[name] = "Must be above 0; empty for the common value."
        if problems:
            raise ValidationError(problems)


class ProviderSecret(models.Model):
    """A key of an account, encrypted (gateway/secrets.py). Never shown again; `hint` is its last four characters."""

    account = models.ForeignKey(ProviderAccount, on_delete=models.CASCADE, related_name="secrets")
    label = models.CharField(max_length=80, blank=True)
    sealed = models.BinaryField(editable=False)
    hint = models.CharField(max_length=8, blank=True, editable=False)
    weight = models.PositiveSmallIntegerField(default=1)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.account.name} …{self.hint}"

    def seal(self, text: str) -> None:
        """Set the key. Not saved."""
        self.sealed, self.hint = secrets.seal(text), secrets.hint(text)

    def opens_to(self, text: str) -> bool:
        """Whether this already is `text`."""
        try:
            return secrets.open_sealed(self.sealed) == text
        except secrets.CannotOpen:
            return False


class _Usage(models.Model):
    """Tokens (NULL: not reported) and money (NULL: price unknown) of an operation or attempt."""

    input_tokens = models.BigIntegerField(null=True)
    output_tokens = models.BigIntegerField(null=True)
    cache_read_tokens = models.BigIntegerField(null=True)
    cache_write_5m_tokens = models.BigIntegerField(null=True)
    cache_write_1h_tokens = models.BigIntegerField(null=True)
    reasoning_tokens = models.BigIntegerField(null=True)
    cost_usd = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    is_estimate = models.BooleanField(default=False, help_text="Usage is our estimate: the provider never told.")
    first_token_ms = models.IntegerField(null=True)
    total_ms = models.IntegerField(null=True)

    class Meta:
        abstract = True


class Operation(_Usage):
    """One client request. Partitioned by `day` (UTC, from `started_at`); written through the journal only.

    `status`: open (not finished yet) | completed | truncated (cut by the provider) | interrupted (the caller left) |
    rejected (a 4xx of the caller's making) | refused (a policy, limit or key of ours) | failed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.DateField()
    started_at = models.DateTimeField()
    team_id = models.BigIntegerField(null=True)
    user_id = models.BigIntegerField(null=True)
    key_id = models.UUIDField(null=True)
    key_prefix = models.CharField(max_length=16, blank=True)
    surface = models.CharField(max_length=24)
    client = models.CharField(max_length=40, blank=True)
    client_request_id = models.CharField(max_length=120, blank=True)
    session_id = models.CharField(max_length=120, blank=True)
    streamed = models.BooleanField(default=False)
    requested_model = models.CharField(max_length=200, blank=True)
    tier = models.CharField(max_length=10, blank=True)
    score = models.SmallIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    decision = models.JSONField(default=dict)
    features = models.JSONField(
        default=dict, help_text="What it was judged by (routing.recording): numbers and ids only."
    )
    account = models.CharField(max_length=64, blank=True, help_text="who served")
    model = models.CharField(max_length=200, blank=True, help_text="what served")
    status = models.CharField(max_length=12)
    http_status = models.SmallIntegerField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    attempts = models.SmallIntegerField(default=0)
    losses = models.JSONField(default=list)
    tokens_saved = models.BigIntegerField(null=True, help_text="Net; null: nothing was looked at.")
    saved_usd = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    passes = models.JSONField(default=dict, help_text="What a session was pinned to, and a receipt for each pass.")
    cache = models.CharField(
        max_length=40, blank=True, help_text="exact, semantic, shared, miss, near or skip, with why."
    )

    class Meta:
        managed = False
        db_table = "gateway_operation"
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.id)


class Attempt(_Usage):
    """One call to one target. Opened when it is dispatched, always closed (CUT-1). `status`: open | settled | truncated |
    interrupted | rejected | failed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.DateField()
    started_at = models.DateTimeField()
    operation_id = models.UUIDField()
    sequence = models.SmallIntegerField(default=0)
    team_id = models.BigIntegerField(null=True)
    key_id = models.UUIDField(null=True)
    account = models.CharField(max_length=64)
    vendor = models.CharField(max_length=40)
    model = models.CharField(max_length=200)
    dialect = models.CharField(max_length=24)
    tier = models.CharField(max_length=10, blank=True)
    service_tier = models.CharField(
        max_length=12, blank=True, help_text="As the provider reports it; empty: it did not."
    )
    status = models.CharField(max_length=12)
    upstream_status = models.SmallIntegerField(null=True)
    upstream_request_id = models.CharField(max_length=120, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    price_version = models.CharField(max_length=60, blank=True)

    class Meta:
        managed = False
        db_table = "gateway_attempt"
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.id)


class StoredResponse(models.Model):
    """What `previous_response_id` refers to: the conversation up to and with that response, for its team only.

    `items` is JSON as text: jsonb would reorder keys and refuse a NUL, and nothing here is searched."""

    id = models.CharField(primary_key=True, max_length=80)
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE)
    items = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.id


class KeptAnswer(models.Model):
    """What a repeat with the same `Idempotency-Key` gets (CUT-18). Names no key and no text: `id` and `fingerprint` are keyed
    digests (gateway/repeats.py), `answer` is sealed. While `answer` is NULL the first request is being served by `claim`,
    until `expires_at` at most, which its process moves on; then `expires_at` is when the answer is forgotten."""

    id = models.CharField(primary_key=True, max_length=64)
    fingerprint = models.CharField(max_length=64)
    claim = models.UUIDField()
    answer = models.BinaryField(null=True, editable=False)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.id


class LedgerEntry(models.Model):
    """Money, append-only, partitioned by `day` (UTC, of the attempt). One charge an attempt (unique on it); an adjustment
    corrects an earlier charge by its difference. `amount_usd` NULL: the price was unknown."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.DateField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=10)  # charge | adjustment
    attempt_id = models.UUIDField()
    operation_id = models.UUIDField()
    team_id = models.BigIntegerField(null=True)
    user_id = models.BigIntegerField(null=True)
    key_id = models.UUIDField(null=True)
    account = models.CharField(max_length=64)
    vendor = models.CharField(max_length=40)
    model = models.CharField(max_length=200)
    tier = models.CharField(max_length=10, blank=True)
    service_tier = models.CharField(max_length=12, blank=True, help_text="What it was charged by.")
    surface = models.CharField(max_length=24)
    input_tokens = models.BigIntegerField(null=True)
    output_tokens = models.BigIntegerField(null=True)
    cache_read_tokens = models.BigIntegerField(null=True)
    cache_write_5m_tokens = models.BigIntegerField(null=True)
    cache_write_1h_tokens = models.BigIntegerField(null=True)
    reasoning_tokens = models.BigIntegerField(null=True)
    amount_usd = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    is_estimate = models.BooleanField(default=False)
    price_version = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        managed = False
        db_table = "gateway_ledgerentry"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_usd}"


class _UsageBucket(models.Model):
    """A roll-up: one row for each combination that occurred. Written by the roll-up task only; can be rebuilt from the ledger
    and the operations at any time. Empty words stand for "none", so that the key is never NULL."""

    team_id = models.BigIntegerField(default=0)
    user_id = models.BigIntegerField(default=0)
    key_id = models.UUIDField(default=uuid.UUID(int=0))
    account = models.CharField(max_length=64, blank=True)
    vendor = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=200, blank=True)
    tier = models.CharField(max_length=10, blank=True)
    surface = models.CharField(max_length=24, blank=True)
    operations = models.BigIntegerField(default=0)
    failed_operations = models.BigIntegerField(default=0)
    attempts = models.BigIntegerField(default=0)
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cache_read_tokens = models.BigIntegerField(default=0)
    cache_write_tokens = models.BigIntegerField(default=0)
    cache_write_1h_tokens = models.BigIntegerField(default=0, help_text="Of those, the ones kept for an hour.")
    reasoning_tokens = models.BigIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=24, decimal_places=10, default=0)
    unpriced_attempts = models.BigIntegerField(default=0, help_text="Attempts whose price was unknown.")
    tokens_saved = models.BigIntegerField(default=0, help_text="By the passes of gateway.compress, net.")
    saved_usd = models.DecimalField(max_digits=24, decimal_places=10, default=0)
    cache_lookups = models.BigIntegerField(default=0, help_text="Requests that were looked for in the answer cache.")
    cache_hits = models.BigIntegerField(default=0, help_text="Of those, the ones it answered.")

    class Meta:
        abstract = True


_DIMENSIONS = ["team_id", "user_id", "key_id", "account", "vendor", "model", "tier", "surface"]


class UsageHour(_UsageBucket):
    hour = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hour", *_DIMENSIONS], name="one_usage_hour")]
        indexes = [models.Index(fields=["team_id", "hour"])]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}h team {self.team_id}"


class UsageDay(_UsageBucket):
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", *_DIMENSIONS], name="one_usage_day")]
        indexes = [
            models.Index(fields=["team_id", "day"]),
            models.Index(fields=["user_id", "day"]),
            models.Index(fields=["key_id", "day"]),
        ]

    def __str__(self) -> str:
        return f"{self.day} team {self.team_id}"


class _PassBucket(models.Model):
    """A roll-up of the receipts of one pass, written as `_UsageBucket` is. Tokens as the models that served count them."""

    team_id = models.BigIntegerField(default=0)
    name = models.CharField(max_length=40)
    requests = models.BigIntegerField(default=0)
    tokens_before = models.BigIntegerField(default=0)
    tokens_after = models.BigIntegerField(default=0)
    saved_usd = models.DecimalField(max_digits=24, decimal_places=10, default=0)

    class Meta:
        abstract = True


class PassHour(_PassBucket):
    hour = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hour", "team_id", "name"], name="one_pass_hour")]
        indexes = [models.Index(fields=["team_id", "hour"])]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}h {self.name} team {self.team_id}"


class PassDay(_PassBucket):
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "team_id", "name"], name="one_pass_day")]
        indexes = [models.Index(fields=["team_id", "day"])]

    def __str__(self) -> str:
        return f"{self.day} {self.name} team {self.team_id}"


class NetSavings(models.Model):
    """What the passes save of a team against its sessions held out (gateway.savings), as the last night found it; `team`
    empty: of the teams that have the organisation's policy. Shares are of 0..1 and may be below 0; `net_share`, `low`, `high`
    and `net_usd` are empty where there is not enough to say. `cost_usd`, `gross_usd`: of the sessions with passes."""

    team = models.OneToOneField(
        "accounts.Team", on_delete=models.CASCADE, null=True, blank=True, related_name="net_savings"
    )
    computed_at = models.DateTimeField()
    since = models.DateTimeField(help_text="Sessions that began then or later.")
    days = models.PositiveSmallIntegerField()
    sessions_treated = models.PositiveIntegerField(default=0)
    sessions_held_out = models.PositiveIntegerField(default=0)
    net_share = models.FloatField(null=True)
    low = models.FloatField(null=True, help_text="95% interval.")
    high = models.FloatField(null=True)
    net_usd = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    gross_usd = models.DecimalField(max_digits=20, decimal_places=10, default=0)
    cost_usd = models.DecimalField(max_digits=20, decimal_places=10, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team"], name="one_net_savings", nulls_distinct=False)]

    def __str__(self) -> str:
        return f"net savings of {self.team or 'the organisation'}"


class Alert(models.Model):
    """Something an operator should look at. One open row per `kind` and `subject`; closed when it is over."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=120, blank=True)
    message = models.CharField(max_length=500)
    opened_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(auto_now=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=models.Q(closed_at=None), name="one_open_alert"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


class RollupState(models.Model):
    """One row (id 1) of the roll-up writer. `token` names the run that may write (DBL-5); rows committed before `counted_to`
    are counted; days before `kept_from` were dropped by retention, so their roll-ups can no longer be made anew."""

    id = models.SmallIntegerField(primary_key=True)
    token = models.BigIntegerField(default=0)
    counted_to = models.DateTimeField(null=True)
    kept_from = models.DateField(null=True)

    def __str__(self) -> str:
        return f"counted to {self.counted_to}"


class LateHour(models.Model):
    """An hour to be rolled up again: a row of it came late. Written by triggers, eaten by the roll-up task."""

    hour = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}h"
