"""Answers kept from earlier requests, the checks of near matches, and what turns texts into vectors.

A deleted team or user takes its rows along, and a deleted entry lets go of its checks, in the database itself (migration
0001): Django would first read all of them.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from pgvector.django import HalfVectorField

from lynkr_site.ids import uuid7

LARGEST_DIMENSION = 16_000  # of pgvector's halfvec; one that is indexed may have 4,000


class CacheEntry(models.Model):
    """An answer that may be served again, until `expires_at`. `scope` says to whom, by a hard filter and row-level security
    (SEM-1). `answer` and `ask_sealed` open only in the row they were sealed for (gateway/store/memory_rows.py). `vector` is
    of the ask, made by `embedder`: vectors of different embedders or dimensions are never compared (SEM-8). `context`,
    `ask_sealed` and `vector` are NULL for an answer that only the same request may have. `most`: how many entries its team
    may keep, as its policy said. Written by `gateway.store.PostgresMemory` in SQL."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    team = models.ForeignKey(
        "accounts.Team", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        "accounts.User", on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+"
    )
    scope = models.TextField()
    exact = models.BinaryField(max_length=32)
    context = models.BinaryField(max_length=32, null=True)
    ask_sealed = models.BinaryField(null=True)
    answer = models.BinaryField()
    target = models.CharField(max_length=300)
    tier = models.CharField(max_length=10, blank=True)
    policy = models.CharField(max_length=60, blank=True)
    tags = ArrayField(models.CharField(max_length=80), default=list)
    input_tokens = models.BigIntegerField(null=True)
    output_tokens = models.BigIntegerField(null=True)
    cost_usd = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    embedder = models.CharField(max_length=120, blank=True)
    dimension = models.IntegerField(null=True)
    vector = HalfVectorField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    hits = models.IntegerField(default=0)
    last_hit_at = models.DateTimeField(null=True)
    bytes = models.IntegerField(default=0)
    most = models.IntegerField(default=50_000)
    quarantined_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "cache entries"
        db_table = "caching_entry"
        constraints = [
            models.UniqueConstraint(fields=["scope", "exact"], name="one_entry_a_request"),
            models.CheckConstraint(condition=~models.Q(scope=""), name="entry_has_a_scope"),
        ]
        indexes = [
            models.Index(fields=["scope", "context", "embedder"], name="entry_near"),
            models.Index(fields=["team", "created_at"], name="entry_age"),
            GinIndex(fields=["tags"], name="entry_tags"),
        ]

    def __str__(self) -> str:
        return f"{self.target} for {self.scope}"


class CacheCheck(models.Model):
    """A near match, and whether it was right. `mode`: served | shadow (only looked for) | proving (a policy that first wants
    proof). `verdict`: "" (not known yet) | same | different | unsure, by `judged_by`: comparison | judge | person. Texts are
    sealed for this row. `user`: who asked; `kept_user`: whose answer it was. `cost_usd`: of asking again. `counted`: in its
    team's standing, of that time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    team = models.ForeignKey(
        "accounts.Team", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        "accounts.User", on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+"
    )
    kept_user = models.ForeignKey(
        "accounts.User", on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+"
    )
    entry = models.ForeignKey(
        CacheEntry, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="checks"
    )
    scope = models.TextField()
    mode = models.CharField(max_length=10)
    kept_ask_sealed = models.BinaryField(null=True)
    ask_sealed = models.BinaryField(null=True)
    kept_answer_sealed = models.BinaryField(null=True)
    fresh_answer_sealed = models.BinaryField(null=True)
    similarity = models.FloatField()
    gate = models.CharField(max_length=20, blank=True)
    why = models.CharField(max_length=200, blank=True)
    verdict = models.CharField(max_length=10, blank=True)
    judged_by = models.CharField(max_length=12, blank=True)
    judged_at = models.DateTimeField(null=True)
    counted = models.BooleanField(default=False, db_default=False)
    cost_usd = models.DecimalField(max_digits=20, decimal_places=10, null=True)

    class Meta:
        db_table = "caching_check"
        indexes = [models.Index(fields=["team", "-at"], name="check_age")]

    def __str__(self) -> str:
        return f"{self.mode} {self.verdict or 'not judged'}"


class CacheStanding(models.Model):
    """Whether a team is served near matches: `off_since` says when too many were wrong. Counted from `since` on.
    `raised_floor`: added to the least similarity after wrong ones. `proven`: few enough are wrong, as of the last check.
    Requests learn of `off_since`, `off_why`, `raised_floor` and `proven` within a second; to count does not make every
    process read again. Written by `gateway.store.memory_verdicts`."""

    team = models.OneToOneField("accounts.Team", on_delete=models.CASCADE, related_name="cache_standing")
    since = models.DateTimeField()
    checks = models.IntegerField(default=0)
    wrong = models.IntegerField(default=0)
    off_since = models.DateTimeField(null=True, blank=True)
    off_why = models.CharField(max_length=300, blank=True)
    raised_floor = models.FloatField(default=0.0)
    proven = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "caching_standing"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(wrong__gte=0, wrong__lte=models.F("checks")), name="no_more_wrong_than_checks"
            )
        ]

    def __str__(self) -> str:
        return f"{self.team}: {'off' if self.off_since else 'on'}"


class CacheIndex(models.Model):
    """An index over the vectors of one large group of entries (gateway/store/memory_upkeep.py makes and drops it)."""

    name = models.CharField(primary_key=True, max_length=63)
    scope = models.TextField()
    context = models.BinaryField(max_length=32)
    embedder = models.CharField(max_length=120)
    dimension = models.IntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "caching_index"

    def __str__(self) -> str:
        return self.name


class EmbeddingSettings(models.Model):
    """What turns asks into vectors; one row. `milliseconds`: after which a request goes on without."""

    class Kind(models.TextChoices):
        EMBEDDED = "embedded", "the one that comes with Lynkr"
        ACCOUNT = "account", "a provider account"
        OFF = "off", "none: only the same request is found"

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.EMBEDDED)
    account = models.ForeignKey(
        "gateway.ProviderAccount", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    model = models.CharField(max_length=200, blank=True)
    dimension = models.PositiveIntegerField(null=True, blank=True, help_text="Asked of the model. Empty: its own.")
    milliseconds = models.PositiveIntegerField(
        default=150, help_text="A request waits so long for its vector and then goes on without."
    )

    class Meta:
        verbose_name = verbose_name_plural = "embedding settings"
        db_table = "caching_embeddingsettings"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_embedding_settings")]

    def __str__(self) -> str:
        return f"{self.account}/{self.model}" if self.kind == self.Kind.ACCOUNT else self.kind

    def clean(self) -> None:
        problems: dict[str, Any] = {}
        if self.kind == self.Kind.ACCOUNT:
            if self.account_id is None:
                problems["account"] = "Name the account whose model makes the vectors."
            if not self.model.strip():
                problems["model"] = "Name the embedding model of the account."
        elif self.account_id is not None or self.model or self.dimension is not None:
            problems["kind"] = "Account, model and dimension belong to the kind 'a provider account'; empty them."
        if self.dimension is not None and not 1 <= self.dimension <= LARGEST_DIMENSION:
            problems["dimension"] = f"Must be from 1 to {LARGEST_DIMENSION:,}."
        if self.milliseconds is not None and not 1 <= self.milliseconds <= 10_000:
            problems["milliseconds"] = "Must be from 1 to 10,000."
        if problems:
            raise ValidationError(problems)

    @classmethod
    def in_force(cls) -> EmbeddingSettings:
        """The row, or the defaults where nobody saved one."""
        return cls.objects.select_related("account").filter(pk=1).first() or cls()
