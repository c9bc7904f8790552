"""Tier maps with their history, routing policies, the model catalogue, price overrides."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction

from routing.cache_settings import CacheSettings
from routing.choices import Calibrate, Marks, Selection, Terse, UnknownPrice
from routing.patterns import problem_of
from routing.rule import FORMS, KINDS, SCOPES
from routing.tiers import DEFAULT_BOUNDS

PRICE = {"max_digits": 14, "decimal_places": 6, "null": True, "blank": True}


class TierMap(models.Model):
    """Which targets serve each tier for a team (`team` empty: the organisation's default). Each save appends a
    `TierMapVersion`, so history stays and one click rolls back."""

    team = models.OneToOneField(
        "accounts.Team", on_delete=models.CASCADE, null=True, blank=True, related_name="tier_map"
    )
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team"], name="one_default_tier_map", nulls_distinct=False)]

    def __str__(self) -> str:
        return f"{self.team or 'default'} v{self.version}"


class TierTarget(models.Model):
    class Tier(models.TextChoices):
        SIMPLE = "SIMPLE"
        MEDIUM = "MEDIUM"
        COMPLEX = "COMPLEX"
        REASONING = "REASONING"

    tier_map = models.ForeignKey(TierMap, on_delete=models.CASCADE, related_name="targets")
    tier = models.CharField(max_length=10, choices=Tier)
    position = models.PositiveSmallIntegerField(default=0, help_text="0 is tried first.")
    account = models.ForeignKey("gateway.ProviderAccount", on_delete=models.PROTECT, related_name="tier_targets")
    model = models.CharField(max_length=200)

    class Meta:
        ordering = ["tier_map", "tier", "position", "id"]

    def __str__(self) -> str:
        return f"{self.tier}[{self.position}] {self.account.name}/{self.model}"


class TierMapVersion(models.Model):
    """What a tier map was: ``{"SIMPLE": ["account/model", ...], ...}``."""

    tier_map = models.ForeignKey(TierMap, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["tier_map", "number"], name="one_tier_map_version")]

    def __str__(self) -> str:
        return f"{self.tier_map_id} v{self.number}"


def default_auto_names() -> list[str]:
    """Claude Code's own model names among them: it sends them whatever the user configured."""
    return ["auto", "lynkr", "lynkr/auto", "claude-*"]


class RoutingPolicy(CacheSettings):
    """How a team's "auto" traffic is routed (`team` empty: the default)."""

    team = models.OneToOneField(
        "accounts.Team", on_delete=models.CASCADE, null=True, blank=True, related_name="routing_policy"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    auto_names = models.JSONField(
        default=default_auto_names, help_text="Patterns of model names that mean tier routing."
    )
    fallback = models.BooleanField(default=True, help_text="Let other targets serve when the first cannot.")
    pinned_tier = models.CharField(
        max_length=10, choices=TierTarget.Tier, blank=True, help_text="All auto traffic goes to this tier."
    )
    sticky = models.BooleanField(
        default=True,
        help_text="Keep a session on its model while its prompt is cached there, unless the task outgrows it or moving pays.",
    )
    capture_content = models.BooleanField(default=False, help_text="Allow prompts and answers in logs.")
    unknown_price = models.CharField(
        max_length=10,
        choices=UnknownPrice,
        default=UnknownPrice.ALLOW,
        help_text="What happens to a model whose price nobody knows: its cost stays unknown, it is refused, or it is charged "
        "like the dearest known model of its family.",
    )

    cascade = models.BooleanField(
        default=False,
        help_text="Check cheap answers that are not streamed (empty, repeating, cut off, broken calls, wrong language), "
        "and let the next tier answer where one fails. Both are paid for.",
    )
    judge = models.CharField(
        max_length=300,
        blank=True,
        help_text="A model (account/model) that is asked how hard a borderline ask is. It sees the ask. Empty: none.",
    )
    judge_milliseconds = models.PositiveIntegerField(
        default=800,
        validators=[MinValueValidator(50), MaxValueValidator(10_000)],
        help_text="How long its answer is waited for; after that the score counts.",
    )
    borderline = models.PositiveSmallIntegerField(
        default=5,
        validators=[MaxValueValidator(50)],
        help_text="An ask is borderline when its score is this near to a bound, in points.",
    )
    explore_percent = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(50)],
        help_text="The share of borderline asks that goes to the neighbouring tier, to learn from.",
    )
    badge = models.BooleanField(
        default=False, help_text="End answers with a visible line that says which tier and model gave them."
    )

    calibrate = models.CharField(
        max_length=8,
        choices=Calibrate,
        default=Calibrate.OFF,
        help_text="Whether the bounds follow what answers of the last 30 days tell: suggest puts it under Calibration, "
        "apply makes it a new version at once.",
    )
    simple_up_to = models.PositiveSmallIntegerField(
        default=DEFAULT_BOUNDS.simple, help_text="The highest score (0-100) that is SIMPLE."
    )
    medium_up_to = models.PositiveSmallIntegerField(
        default=DEFAULT_BOUNDS.medium, help_text="The highest score that is MEDIUM."
    )
    complex_up_to = models.PositiveSmallIntegerField(
        default=DEFAULT_BOUNDS.complex, help_text="The highest score that is COMPLEX; above it is REASONING."
    )
    compress_results = models.BooleanField(
        default=True,
        help_text="Take out of tool results (tests, builds, logs, listings, JSON) what carries no information. A session "
        "keeps what it began with, so that its prompt cache stays whole.",
    )
    tool_selection = models.CharField(
        max_length=8,
        choices=Selection,
        default=Selection.OFF,
        help_text="Send only the tools that a session's first ask makes plausible. safe: when in doubt a tool stays; strict: "
        "saves more.",
    )
    cache_marks = models.CharField(
        max_length=4,
        choices=Marks,
        default=Marks.FIVE_MINUTES,
        help_text="Set prompt-cache marks for providers that need them where the client sets none, and how long they live.",
    )
    bypass = models.BooleanField(
        default=True,
        help_text="Answer a client's own warm-up, quota, count, topic and title requests here, without a provider.",
    )
    terse = models.CharField(
        max_length=6, choices=Terse, default=Terse.OFF, help_text="Ask models for shorter prose; code stays exact."
    )
    trim_history = models.BooleanField(
        default=False, help_text="Leave out the oldest turns where a conversation would not fit the model."
    )
    repair_calls = models.BooleanField(
        default=True, help_text="Mend tool calls that a model broke, where what was meant is certain."
    )
    hold_out_percent = models.PositiveSmallIntegerField(
        default=5,
        validators=[MaxValueValidator(50)],
        help_text="The share of sessions that keeps all of these off, to measure what they save. 0: none.",
    )
    by: Any = None
    why: str = ""

    class Meta:
        verbose_name_plural = "routing policies"
        constraints = [
            models.UniqueConstraint(fields=["team"], name="one_default_routing_policy", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(
                    simple_up_to__lte=models.F("medium_up_to"),
                    medium_up_to__lte=models.F("complex_up_to"),
                    complex_up_to__lte=100,
                ),
                name="routing_policy_bounds_rise",
                violation_error_message="The bounds must rise from SIMPLE to COMPLEX and stay within 100.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team or 'default'} policy"

    def clean(self) -> None:
        names = self.auto_names
        if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
            raise ValidationError({"auto_names": 'Must be a list of texts such as ["auto", "claude-*"].'})
        for name in ("judge", "cache_judge"):
            given = getattr(self, name)
            if given and not all(given.partition("/")):
                raise ValidationError({name: "Must be written account/model."})

    def content(self) -> dict[str, Any]:
        """All that a version keeps: every setting, whatever settings there are."""
        names = (field.attname for field in self._meta.concrete_fields)
        return {name: getattr(self, name) for name in names if name not in _NO_SETTINGS}

    @transaction.atomic
    def save(self, **kwargs: Any) -> None:
        """Every edit is a new version: operations name the one they were decided by. `by` and `why`, if set, are its author
        and reason."""
        if not self._state.adding:
            locked = RoutingPolicy.objects.select_for_update().filter(pk=self.pk).values_list("version", flat=True)
            self.version = (locked.first() or self.version) + 1
        super().save(**kwargs)
        self._keep()

    def whole_content(self) -> dict[str, Any]:
        """`content`, and "rules": those of the same team."""
        return {
            **self.content(),
            "rules": [rule.content() for rule in RoutingRule.objects.filter(team_id=self.team_id)],
        }

    def _keep(self) -> None:
        PolicyVersion.objects.create(
            policy=self, number=self.version, content=self.whole_content(), author=self.by, reason=self.why[:300]
        )
        self.by, self.why = None, ""

    @classmethod
    def rules_changed(cls, team_id: int | None, by: Any, why: str) -> None:
        """A version for what became of the rules of a team (None: the organisation), once for all that was committed
        together. A team that has rules but no policy of its own has no history of its own."""
        policy = cls.objects.filter(team_id=team_id).first() or (cls() if team_id is None else None)
        if policy is None:
            return
        newest = policy.versions.first() if policy.pk else None
        if newest is None or newest.content.get("rules") != policy.whole_content()["rules"]:
            policy.by, policy.why = by, why
            policy.save()


_NO_SETTINGS = frozenset({"id", "team_id", "version"})


class PolicyVersion(models.Model):
    """What a policy was: its settings by name, and "rules", its team's. Never changed; going back makes a new one."""

    policy = models.ForeignKey(RoutingPolicy, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="one_policy_version")]

    def __str__(self) -> str:
        return f"{self.policy} v{self.number}"


class CalibrationSuggestion(models.Model):
    """Other bounds for a policy, from what answers told. `evidence`: "bounds" (of each, as routing.calibrating.Evidence),
    "answers" (how many), "since" (the first day), "whole" (whether none was left out)."""

    class State(models.TextChoices):
        OPEN = "open"
        APPLIED = "applied"
        DISMISSED = "dismissed"

    policy = models.ForeignKey(RoutingPolicy, on_delete=models.CASCADE, related_name="suggestions")
    computed_at = models.DateTimeField()
    evidence = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy"], condition=models.Q(state="open"), name="one_open_calibration_suggestion"
            )
        ]

    def __str__(self) -> str:
        moves = (f"{row['bound']} {row['old']} to {row['new']}" for row in self.moves())
        return f"{self.policy}: {', '.join(moves)}"

    def moves(self) -> list[dict[str, Any]]:
        """The evidence of those bounds that are to move."""
        return [row for row in self.evidence["bounds"] if row["old"] != row["new"]]


class ShadowPolicy(models.Model):
    """A candidate that is judged beside a team's live policy and never served by. `content`: as a `PolicyVersion`'s, with
    "rules" (the team's own, which take the place of the organisation's of the same name) and "tier_map" (as a
    `TierMapVersion`'s) where it changes those too; what it leaves out is as in the live policy."""

    team = models.OneToOneField("accounts.Team", on_delete=models.CASCADE, related_name="shadow_policy")
    content = models.JSONField()
    share = models.PositiveSmallIntegerField(
        default=100, validators=[MaxValueValidator(100)], help_text="Percent of the sessions it judges."
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "candidate policy"
        verbose_name_plural = "candidate policies"

    def __str__(self) -> str:
        return f"candidate of {self.team}"


def _choices(words: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(word, word) for word in words]


class RoutingRule(models.Model):
    """A certainty rule (routing.rule.Rule) of a team, or of all (`team` empty). A team's rule takes the place of the
    organisation's rule of the same name, also when it is off."""

    team = models.ForeignKey(
        "accounts.Team", on_delete=models.CASCADE, null=True, blank=True, related_name="routing_rules"
    )
    name = models.CharField(max_length=80, help_text="Shown as the reason when it decides. Plain ASCII.")
    kind = models.CharField(
        max_length=10,
        choices=_choices(KINDS),
        help_text="force: exactly this tier. trivial: this tier unless another rule wants more. risk, agentic, floor: "
        "at least this tier. cap: at most this tier, whatever else.",
    )
    scope = models.CharField(
        max_length=8,
        choices=_choices(SCOPES),
        default="ask",
        help_text="ask: what the person says. paths: paths that are to be written.",
    )
    form = models.CharField(
        max_length=8,
        choices=_choices(FORMS),
        default="words",
        help_text='words: one line is one way to match; "&" parts groups that must all be there, "|" alternatives, "!" what '
        "must not be there; whole words in any inflection. regex: a regular expression, searched in any case.",
    )
    pattern = models.TextField(max_length=12_000)
    tier = models.CharField(max_length=10, choices=TierTarget.Tier)
    enabled = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=100, help_text="Lower comes first where reasons are shown.")
    note = models.CharField(max_length=300, blank=True)

    by: Any = None
    why: str = ""

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="one_routing_rule", nulls_distinct=False)]

    def __str__(self) -> str:
        return self.name

    def content(self) -> dict[str, Any]:
        names = (field.attname for field in self._meta.concrete_fields)
        return {name: getattr(self, name) for name in names if name not in ("id", "team_id")}

    def save(self, **kwargs: Any) -> None:
        super().save(**kwargs)
        self._tell()

    def delete(self, **kwargs: Any) -> Any:
        done = super().delete(**kwargs)
        self._tell()
        return done

    def _tell(self) -> None:
        transaction.on_commit(partial(RoutingPolicy.rules_changed, self.team_id, self.by, self.why))

    def clean(self) -> None:
        if not self.name.isascii() or not self.name.isprintable():
            raise ValidationError({"name": "Plain ASCII only: it is sent in a response header."})
        if problem := problem_of(self.form, self.pattern):
            raise ValidationError({"pattern": problem})


class CatalogueModel(models.Model):
    """A model by a name of its own, or facts about one that the bundled price file gets wrong. Empty facts: as known."""

    account = models.ForeignKey("gateway.ProviderAccount", on_delete=models.CASCADE, related_name="catalogue")
    model = models.CharField(max_length=200, help_text="The provider's id of it.")
    alias = models.CharField(max_length=200, blank=True, help_text="The name callers use; empty: the provider's id.")
    context_window = models.PositiveIntegerField(null=True, blank=True, help_text="tokens")
    max_output_tokens = models.PositiveIntegerField(null=True, blank=True, help_text="tokens")
    vision = models.BooleanField(null=True, blank=True)
    enabled = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "model", "alias"], name="one_catalogue_entry")]

    def __str__(self) -> str:
        return self.alias or self.model

    @property
    def name(self) -> str:
        return self.alias or self.model


class PriceOverride(models.Model):
    """USD per 1M tokens for models whose name matches `model` (an exact name or an fnmatch pattern); a team's own wins
    over the organisation's (`team` empty), an exact name over a pattern. `is_free` is explicit (UNK-5); an override
    that is not free has both an input and an output price (UNK-3)."""

    team = models.ForeignKey(
        "accounts.Team", on_delete=models.CASCADE, null=True, blank=True, related_name="price_overrides"
    )
    model = models.CharField(max_length=200)
    input = models.DecimalField(**PRICE)
    output = models.DecimalField(**PRICE)
    cache_read = models.DecimalField(**PRICE)
    cache_write_5m = models.DecimalField(**PRICE)
    cache_write_1h = models.DecimalField(**PRICE)
    is_free = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "model"], name="one_price_override", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(is_free=True)
                | models.Q(input__isnull=False, output__isnull=False, input__gte=0, output__gte=0),
                name="price_override_has_prices_or_is_free",
                violation_error_message="Give an input and an output price, or say that the model is free.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model}: {'free' if self.is_free else f'{self.input}/{self.output}'}"


class PriceBook(models.Model):
    """A price list as it was fetched or bundled, in force from `effective_from` until a later one is. Never changed.
    `content` is gzipped JSON in the form of gateway/data/prices.json.gz; `source` names where it is from."""

    effective_from = models.DateTimeField(db_index=True)
    source = models.CharField(max_length=300)
    digest = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()
    models_count = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-effective_from", "-id"]

    def __str__(self) -> str:
        return f"#{self.pk} from {self.effective_from:%Y-%m-%d}"
