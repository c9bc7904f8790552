"""What somebody may do: read anew from the database for each request, so that a right taken away is gone at once (SSO-11).

An administrator is an active superuser. A lead (or a team's admin) manages the team's members, keys and budgets; a member
has keys of their own. What is not yours does not exist: `NotYours` becomes 404 (SSO-9, SSO-10). Nobody grants more than
they hold: `TooMuch` becomes 403 (SSO-8).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from accounts import keys
from accounts.models import ApiKey, AuditEvent, Budget, Membership, Team, User, pepper

LEADS = (Membership.Role.LEAD, Membership.Role.ADMIN)
RANK = {Membership.Role.MEMBER: 0, Membership.Role.LEAD: 1, Membership.Role.ADMIN: 2}
COMMON_SCOPES = frozenset({"chat", "embeddings", "models"})
ALL_SCOPES = COMMON_SCOPES | {"admin"}


class NotYours(Exception):
    """There is no such thing, as far as this caller is concerned."""


class TooMuch(Exception):
    """The caller may see it, but does not hold what they would grant. The message says what."""


@dataclass(frozen=True)
class Rights:
    """`user` None: a key of a team that no user holds. `roles`: by team id. `key`: the API key it was asked with, which
    narrows everything to what the key itself holds."""

    user: User | None
    is_admin: bool = False
    roles: dict[int, str] = field(default_factory=dict)
    key: ApiKey | None = None

    @classmethod
    def of_user(cls, user: User) -> Rights:
        if not user.is_active:
            return cls(user)
        roles = {m.team_id: m.role for m in user.memberships.filter(team__is_active=True)}
        return cls(user, bool(user.is_superuser), roles)

    @classmethod
    def of_key(cls, key: ApiKey) -> Rights:
        """An administrator's key acts for the organisation, another only in its own team, in its holder's role; a key of
        no user is the team's own and acts as a lead."""
        if key.user is None:
            return cls(None, False, {key.team_id: Membership.Role.LEAD}, key)
        held = cls.of_user(key.user)
        roles = {team: role for team, role in held.roles.items() if held.is_admin or team == key.team_id}
        return cls(held.user, held.is_admin, roles, key)

    @property
    def led(self) -> list[int]:
        return [team for team, role in self.roles.items() if role in LEADS]

    def leads(self, team_id: int | None) -> bool:
        return self.is_admin or (team_id is not None and self.roles.get(team_id) in LEADS)

    def may_change(self, team_id: int | None) -> None:
        """Raises `TooMuch` unless the caller leads a team they can see."""
        if not self.leads(team_id):
            raise TooMuch("Only a lead of the team or an administrator may do this.")

    def must_be_admin(self) -> None:
        if not self.is_admin:
            raise TooMuch("Only an administrator may do this.")

    # What exists for this caller.

    def teams(self) -> QuerySet[Team]:
        return Team.objects.all() if self.is_admin else Team.objects.filter(pk__in=self.roles)

    def memberships(self) -> QuerySet[Membership]:
        rows = Membership.objects.select_related("team", "user")
        return rows if self.is_admin else rows.filter(Q(team__in=self.led) | Q(user=self.user, team__in=self.roles))

    def users(self) -> QuerySet[User]:
        """With `knows_email`: a lead adds anybody by name to a team, which must not tell them the address of somebody who is
        in others' teams, or administers. Their own and that of users they wholly lead they know."""
        if self.is_admin:
            return User.objects.annotate(knows_email=Value(True))
        me = Q(pk=self.user.pk if self.user else None)
        in_led = Membership.objects.filter(user=OuterRef("pk"), team__in=self.led)
        known = me | Q(pk__in=self._wholly_led().values("pk"))
        return User.objects.filter(Q(Exists(in_led)) | me).annotate(
            knows_email=Case(When(known, then=Value(True)), default=Value(False))
        )

    def keys(self) -> QuerySet[ApiKey]:
        rows = ApiKey.with_state(ApiKey.objects.select_related("team", "user", "replaced_by", "use"))
        own = Q(user=self.user, team__in=self.roles) if self.user else Q(pk=self.key.pk if self.key else None)
        return rows if self.is_admin else rows.filter(Q(team__in=self.led) | own)

    def budgets(self) -> QuerySet[Budget]:
        """A user's budget counts in every team: a lead sees it only of users who are in no other."""
        rows = Budget.objects.select_related("team", "user", "key", "key__team", "set_by")
        if self.is_admin:
            return rows
        mine = Q(team__in=self.roles) | Q(key__team__in=self.led)
        mine |= Q(user__in=self._wholly_led())
        if self.user is not None:
            mine |= Q(user=self.user) | Q(key__user=self.user, key__team__in=self.roles)
        return rows.filter(mine)

    def events(self) -> QuerySet[AuditEvent]:
        rows = AuditEvent.objects.select_related("actor", "team")
        return rows if self.is_admin else rows.filter(team__in=self.led)

    def _wholly_led(self) -> QuerySet[User]:
        elsewhere = Membership.objects.filter(user=OuterRef("pk")).exclude(team__in=self.led)
        here = Membership.objects.filter(user=OuterRef("pk"), team__in=self.led)
        return User.objects.filter(Exists(here), ~Exists(elsewhere), is_superuser=False)

    def wholly_leads(self, user: User) -> bool:
        """Whether all of `user`'s teams are the caller's to lead."""
        return self.is_admin or self._wholly_led().filter(pk=user.pk).exists()

    # What this caller may grant.

    def grant_role(self, team_id: int, role: str) -> None:
        self.may_change(team_id)
        held = Membership.Role.ADMIN if self.is_admin else self.roles[team_id]
        if RANK[Membership.Role(role)] > RANK[Membership.Role(held)]:
            raise TooMuch(f"You are {held} of this team and cannot make anybody {role}.")

    def outrank(self, membership: Membership) -> None:
        """Changing or removing somebody takes at least their role."""
        self.grant_role(membership.team_id, membership.role)

    def grant_scopes(self, scopes: Iterable[str], holder: User | None, team_id: int) -> None:
        """The scope "admin" acts with its holder's rights: nobody gives it to a key of somebody with other rights."""
        wanted = frozenset(scopes) or COMMON_SCOPES
        if self.key is not None:
            held = frozenset(self.key.scopes) or COMMON_SCOPES
            if missing := sorted(wanted - held):
                raise TooMuch(f"Your key does not hold the scope {', '.join(missing)}.")
        if "admin" not in wanted or self.is_admin:
            return
        if not self.leads(team_id):
            raise TooMuch("You do not hold the scope admin.")
        if holder is not None and holder != self.user and not (holder.is_service and self.wholly_leads(holder)):
            raise TooMuch("A key with the scope admin is made by its holder or by an administrator.")

    def grant_models(self, patterns: Sequence[str], held: Sequence[str] | None = None) -> None:
        """`patterns` must lie within `held` (default: the allowlist of the caller's own key); empty means all."""
        limits = list(held) if held is not None else list(self.key.model_allowlist) if self.key else []
        if not limits:
            return
        beyond = [p for p in patterns if not any(covers(limit, p) for limit in limits)]
        if beyond or not patterns:
            raise TooMuch(f"Not within what you may use: {', '.join(beyond) or 'all models'}.")

    def grant_expiry(self, expires_at: dt.datetime | None) -> None:
        """A key makes no key that outlives it."""
        end = self.key.expires_at if self.key else None
        if end is not None and (expires_at is None or expires_at > end):
            raise TooMuch("A key cannot make one that outlives it.")

    def grant_budget(self, budget: Budget) -> None:
        """An administrator: any. A lead: budgets of members and keys, up to each of the team's own of that window."""
        if self.is_admin:
            return
        team_ids = self._bounded_by(budget)
        own = Budget.objects.filter(team__in=team_ids, is_active=True, model_pattern="", window=budget.window)
        for limit in own.values_list("limit", flat=True):
            if Decimal(budget.limit) > limit:
                raise TooMuch(f"The team's own budget a {budget.window} is {limit:.2f} USD; this one would be more.")

    def touch_budget(self, budget: Budget) -> None:
        """To change or delete `budget` as it is stored: what an administrator set is an administrator's alone to touch."""
        if self.is_admin:
            return
        if budget.set_by_admin:
            raise TooMuch("An administrator set this budget: only an administrator changes or deletes it.")
        self._bounded_by(budget)

    def loosen_budget(self, budget: Budget) -> None:
        """To raise, switch off or delete it: nobody lets themselves spend more."""
        self.touch_budget(budget)
        if not self.is_admin and self._is_own(budget):
            raise TooMuch(
                "This budget limits yourself: you may lower it, but only an administrator lets you spend more."
            )

    def may(self, deed: Callable[[Budget], None], budget: Budget) -> bool:
        """Whether `deed` (`touch_budget`, `loosen_budget`) is allowed: what pages offer."""
        try:
            deed(budget)
        except TooMuch:
            return False
        return True

    def _is_own(self, budget: Budget) -> bool:
        if budget.key is not None:
            mine = self.user is not None and budget.key.user_id == self.user.pk
            return mine or (self.key is not None and budget.key_id == self.key.pk)
        return self.user is not None and budget.user_id == self.user.pk

    def _bounded_by(self, budget: Budget) -> list[int]:
        if budget.key is not None:
            self.may_change(budget.key.team_id)
            return [budget.key.team_id]
        if budget.user is not None:
            if not self.wholly_leads(budget.user):
                raise TooMuch("This user is in teams you do not lead: only an administrator may set their budget.")
            return list(budget.user.memberships.values_list("team_id", flat=True))
        raise TooMuch("Budgets of a team or of the organisation are an administrator's to set.")


def shown_email(user: User) -> str:
    """Of a row of `Rights.users`: the address, or, to who may not know it, that there is one."""
    return user.email if getattr(user, "knows_email", False) or not user.email else "…"


def covers(held: str, wanted: str) -> bool:
    """Whether every name `wanted` (fnmatch) matches is matched by `held`; in doubt, no."""
    if held in ("*", wanted):
        return True
    if not any(mark in wanted for mark in "*?["):
        return fnmatchcase(wanted, held)
    stem = held[:-1]
    return held.endswith("*") and not any(mark in stem for mark in "*?[") and wanted.startswith(stem)


def live_key(text: str) -> ApiKey | None:
    """The key `text` is, if it works right now: as the snapshot has it, but asked of the database itself."""
    if not keys.well_formed(text):
        return None
    key = (
        ApiKey.objects.filter(digest=keys.digest(text, pepper()), team__is_active=True)
        .select_related("team", "user")
        .first()
    )
    if key is None or not key.is_live:
        return None
    if key.user_id is not None:
        member = Membership.objects.filter(team_id=key.team_id, user_id=key.user_id).exists()
        if not member or key.user is None or not key.user.is_active:
            return None
    return key


def as_caller(user: Any) -> Rights | None:
    """The rights of a signed-in user; a blocked one has none."""
    fresh = User.objects.filter(pk=getattr(user, "pk", None), is_active=True).first()
    return Rights.of_user(fresh) if fresh is not None else None
