"""Teams, users, memberships, API keys, budgets."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from accounts import keys, patterns
from accounts.removing import HoldsBudgets, Removable
from lynkr_site.ids import uuid7

SCOPES = ("chat", "embeddings", "models", "admin")


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def pepper() -> bytes:
    """What API keys are hashed with: `settings.LYNKR.key_pepper`."""
    value = settings.LYNKR.key_pepper
    return value.encode() if isinstance(value, str) else bytes(value)


class Limited(models.Model):
    """Rates an entity may not pass; empty: no limit of its own."""

    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    tokens_per_minute = models.PositiveIntegerField(null=True, blank=True)
    parallel_requests = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        abstract = True


class Team(HoldsBudgets, Limited):
    """A tenant. Everything a key may do is bounded by its team."""

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=120, blank=True)
    cost_center = models.CharField(max_length=64, blank=True)
    is_active = models.BooleanField(default=True)
    max_session_steps = models.PositiveIntegerField(
        null=True, blank=True, help_text="Requests of one session in a row without a new ask; empty: no loop guard."
    )
    max_session_tool_calls = models.PositiveIntegerField(
        null=True, blank=True, help_text="Tool results in one session."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Removable.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class Users(UserManager["User"]):
    use_in_migrations = False

    def get_queryset(self) -> Removable:
        return Removable(self.model, using=self._db)


class User(AbstractUser, Limited, HoldsBudgets):
    """A person or a service account (`is_service`: it has keys, no password)."""

    is_service = models.BooleanField(default=False)
    teams = models.ManyToManyField(Team, through="Membership", related_name="users")

    objects = Users()


class Membership(models.Model):
    class Role(models.TextChoices):
        MEMBER = "member"
        LEAD = "lead"
        ADMIN = "admin"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="one_membership_per_team_and_user")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team} ({self.role})"


class ApiKey(HoldsBudgets, Limited):
    """A key of a team, held by a user. `digest` is all that is kept of its text (accounts/keys.py)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=16, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="keys")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="keys")
    scopes = models.JSONField(default=list, blank=True, help_text="Empty: chat, embeddings and models.")
    model_allowlist = models.JSONField(default=list, blank=True, help_text="Patterns; empty: all the team may use.")
    passthrough = models.BooleanField(
        default=False, help_text="Send this key's requests as they come: none of the policy's compression."
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(
        max_length=40, blank=True, help_text="What revoked it, so that undoing that gives back only its own (SSO-4)."
    )
    replaced_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaces")
    grace_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = Removable.as_manager()

    class Meta:
        ordering = ["team__slug", "name"]
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="one_key_name_per_team")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def clean(self) -> None:
        problems: dict[str, Any] = {}
        if not _is_texts(self.model_allowlist):
            problems["model_allowlist"] = 'Must be a list of texts such as ["gpt-*", "simple"].'
        if not _is_texts(self.scopes) or not set(self.scopes) <= set(SCOPES):
            problems["scopes"] = f"Must be a list of: {', '.join(SCOPES)}."
        if self.user_id and self.team_id and not Membership.objects.filter(team=self.team, user=self.user).exists():
            problems["user"] = f"{self.user} is not a member of {self.team}, so the key would not work."
        if problems:
            raise ValidationError(problems)

    @classmethod
    def mint(cls, **fields: Any) -> tuple[ApiKey, str]:
        """A new key, not saved yet, and its text, to be shown once."""
        minted = keys.mint(pepper())
        return cls(prefix=minted.prefix, digest=minted.digest, **fields), minted.text

    @property
    def state(self) -> str:
        """live | grace | expired | revoked | blocked (its holder may not use it, or the team is closed)."""
        return self.state_if(self._holder_may)

    def state_if(self, holder_may: Callable[[], bool]) -> str:
        """`state` for a list of keys, which asks for their holders at once: `holder_may` is not called without need."""
        if self.revoked_at is not None:
            return "revoked"
        if not self.is_live:
            return "expired"
        if not self.team.is_active or (self.user is not None and not holder_may()):
            return "blocked"
        return "grace" if self.grace_until is not None else "live"

    def _holder_may(self) -> bool:
        """`holder_is_member` comes with the rows of `with_state`, so that a list asks once and not once a key."""
        user = self.user
        if user is None or not user.is_active:
            return user is None
        known: bool | None = getattr(self, "holder_is_member", None)
        return Membership.objects.filter(team=self.team_id, user=user).exists() if known is None else known

    @classmethod
    def with_state(cls, rows: models.QuerySet[ApiKey]) -> models.QuerySet[ApiKey]:
        """`rows` whose `state` costs no further query; team and user are to be selected with them."""
        member = Membership.objects.filter(team=models.OuterRef("team"), user=models.OuterRef("user"))
        return rows.annotate(holder_is_member=models.Exists(member))

    @property
    def is_live(self) -> bool:
        now = timezone.now()
        if self.revoked_at is not None:
            return False
        ends = [moment for moment in (self.expires_at, self.grace_until) if moment is not None]
        return all(moment > now for moment in ends)


class KeyUse(models.Model):
    """The last day (UTC) a key was used. Apart from the key, so that using one is no change of configuration."""

    key = models.OneToOneField(ApiKey, on_delete=models.CASCADE, related_name="use", primary_key=True)
    last_used_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.key_id} on {self.last_used_on}"


class Budget(HoldsBudgets):
    """Money (USD) an entity may spend in a window. At most one of `team`, `user`, `key` is set; none: the organisation.
    `model_pattern` (fnmatch on the served "account/model" or bare model) narrows it to some models. A window is a calendar
    day, week (from Monday) or month in `time_zone`, or, if `rolling`, the same length ending now, moved on by the hour (day),
    day (week, month). The figures are in `BudgetWindow`; nothing is ever reset (RST-1). `set_by`: who made or last changed
    it; `set_by_admin`: whether as an administrator, which stays known when the person is gone (`Rights.touch_budget`)."""

    class Window(models.TextChoices):
        DAY = "day"
        WEEK = "week"
        MONTH = "month"

    class SoftAction(models.TextChoices):
        NOTIFY = "notify"
        CAP_TIER = "cap_tier"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets")
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets")
    model_pattern = models.CharField(max_length=200, blank=True)
    window = models.CharField(max_length=10, choices=Window)
    rolling = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=60, default="UTC")
    limit = models.DecimalField(max_digits=14, decimal_places=4, help_text="USD")
    soft_limit = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True, help_text="USD")
    soft_action = models.CharField(max_length=10, choices=SoftAction, default=SoftAction.NOTIFY)
    cap_tier = models.CharField(max_length=10, blank=True, help_text="The highest tier once the soft limit is passed.")
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    set_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+")
    # True unless a lead's act says otherwise: whatever makes budgets some other way is the administrators'.
    set_by_admin = models.BooleanField(default=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = Removable.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(limit__gte=0), name="budget_limit_not_negative"),
            models.CheckConstraint(
                condition=models.Q(team=None, user=None)
                | models.Q(team=None, key=None)
                | models.Q(user=None, key=None),
                name="budget_of_one_entity",
                violation_error_message="A budget is of one team, one user or one key, or of the organisation.",
            ),
            models.UniqueConstraint(
                fields=["team", "user", "key", "model_pattern", "window", "rolling"],
                name="one_budget_per_entity_models_and_window",
                nulls_distinct=False,
            ),
        ]

    def clean(self) -> None:
        """The pattern of a budget never changes, so one from before this was checked does not hinder other changes."""
        if self._state.adding and (problem := patterns.problem_with(self.model_pattern)):
            raise ValidationError({"model_pattern": problem})

    def __str__(self) -> str:
        entity = self.team or self.user or self.key or "organisation"
        return f"{entity}: {self.limit} USD a {self.window}"


class BudgetIncrease(models.Model):
    """More money for a while: added to the limit (and soft limit) until `expires_at`."""

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="increases")
    amount = models.DecimalField(max_digits=14, decimal_places=4, help_text="USD")
    expires_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"+{self.amount} USD until {self.expires_at:%Y-%m-%d}"


class BudgetWindow(models.Model):
    """What was spent and is leased of a budget since `window_start`. Rolling budgets have a row per step and sum them.
    `notified`: the highest percentage a notification went out for. Moved by SQL only (design: State, Leases)."""

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="windows")
    window_start = models.DateTimeField()
    spent = models.DecimalField(max_digits=20, decimal_places=10, default=0)
    leased = models.DecimalField(max_digits=20, decimal_places=10, default=0)
    notified = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["budget", "window_start"], name="one_row_per_budget_window")]

    def __str__(self) -> str:
        return f"{self.budget_id} from {self.window_start:%Y-%m-%d %H:%M}: {self.spent}"


class BudgetLease(models.Model):
    """What a process may spend of a window without asking again. `owner` names the process; after `expires_at` the sweeper
    gives back what is left, once that process's journal is in the books."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    window = models.ForeignKey(BudgetWindow, on_delete=models.CASCADE, related_name="leases")
    owner = models.CharField(max_length=80, db_index=True)
    amount = models.DecimalField(max_digits=20, decimal_places=10)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.amount} to {self.owner}"


class NotificationChannel(models.Model):
    """Where news of a team (empty: of the organisation) goes: e-mail addresses, or a webhook that takes Slack's
    ``{"text": ...}``. A webhook's address is a secret and stored sealed."""

    class Kind(models.TextChoices):
        EMAIL = "email"
        WEBHOOK = "webhook"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="channels")
    kind = models.CharField(max_length=10, choices=Kind)
    addresses = models.CharField(max_length=500, blank=True, help_text="E-mail addresses, with commas.")
    sealed_url = models.BinaryField(null=True, blank=True, editable=False)
    hint = models.CharField(max_length=80, blank=True, editable=False)
    enabled = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.kind} of {self.team or 'organisation'}"


class GroupMapping(models.Model):
    """What a group of the identity provider means here: a role in a team, or, with `is_admin`, administration of all."""

    group = models.CharField(max_length=200)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="group_mappings")
    role = models.CharField(max_length=10, choices=Membership.Role, default=Membership.Role.MEMBER)
    is_admin = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "team"], name="one_mapping", nulls_distinct=False)]

    def __str__(self) -> str:
        return f"{self.group} -> {self.team or 'administrators'}"


class AuditEvent(models.Model):
    """Who changed what, with before and after. Append-only; never holds a secret. `via`: admin | api | portal | apply | sso |
    system. `team` is the team it concerns, so that its leads can read it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    actor_name = models.CharField(max_length=150, blank=True)
    via = models.CharField(max_length=10)
    action = models.CharField(max_length=40)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=80)
    object_name = models.CharField(max_length=200, blank=True)
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["team", "-id"]), models.Index(fields=["object_type", "object_id", "-id"])]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.object_type} {self.object_name}"
