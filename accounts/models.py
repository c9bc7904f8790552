"""Teams, users, memberships, API keys, budgets."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from accounts import keys
from lynkr_site.ids import uuid7

SCOPES = ("chat", "embeddings", "models", "admin")


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def pepper() -> bytes:
    """What API keys are hashed with: `settings.LYNKR.key_pepper`."""
    value = settings.LYNKR.key_pepper
    return value.encode() if isinstance(value, str) else bytes(value)


class Team(models.Model):
    """A tenant. Everything a key may do is bounded by its team."""

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=120, blank=True)
    cost_center = models.CharField(max_length=64, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class User(AbstractUser):
    """A person or a service account (`is_service`: it has keys, no password)."""

    is_service = models.BooleanField(default=False)
    teams = models.ManyToManyField(Team, through="Membership", related_name="users")


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


class ApiKey(models.Model):
    """A key of a team, held by a user. `digest` is all that is kept of its text (accounts/keys.py)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=16, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="keys")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="keys")
    scopes = models.JSONField(default=list, blank=True, help_text="Empty: chat, embeddings and models.")
    model_allowlist = models.JSONField(default=list, blank=True, help_text="Patterns; empty: all the team may use.")
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    replaced_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaces")
    grace_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

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
    def is_live(self) -> bool:
        now = timezone.now()
        if self.revoked_at is not None:
            return False
        ends = [moment for moment in (self.expires_at, self.grace_until) if moment is not None]
        return all(moment > now for moment in ends)


class Budget(models.Model):
    """Money an entity may spend in a window. Exactly one of `team`, `user`, `key` is set, or none: the organisation."""

    class Window(models.TextChoices):
        DAY = "day"
        WEEK = "week"
        MONTH = "month"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets")
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets")
    window = models.CharField(max_length=10, choices=Window)
    limit = models.DecimalField(max_digits=14, decimal_places=4, help_text="USD")
    soft_limit = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True, help_text="USD")

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
                fields=["team", "user", "key", "window"], name="one_budget_per_entity_and_window", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        entity = self.team or self.user or self.key or "organisation"
        return f"{entity}: {self.limit} USD a {self.window}"
