"""What the API takes and gives. Fields it does not know are refused: an ignored limit is worse than an error (BUD-9)."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils import timezone
from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from accounts.models import ApiKey, AuditEvent, Budget, Membership, User
from accounts.rights import shown_email


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not hold a NUL character")
    if any("\ud800" <= ch <= "\udfff" for ch in value):
        raise ValueError("must not hold half a character (a lone surrogate)")
    return value


def _future(value: dt.datetime) -> dt.datetime:
    if value <= timezone.now():
        raise ValueError("must be in the future")
    return value


Text = Annotated[str, AfterValidator(_no_nul)]
Name = Annotated[Text, Field(min_length=1, max_length=120)]
Slug = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[-a-zA-Z0-9_]+$")]
Username = Annotated[str, Field(min_length=1, max_length=150, pattern=r"^[\w.@+-]+$")]
Role = Literal["member", "lead", "admin"]
Scope = Literal["chat", "embeddings", "models", "admin"]
Patterns = Annotated[list[Annotated[Text, Field(min_length=1, max_length=200)]], Field(max_length=200)]
Moment = Annotated[AwareDatetime, AfterValidator(_future)]
Rate = Annotated[int, Field(ge=0, le=2_147_483_647)]
Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=4)]


class Body(Schema):
    """A PATCH changes what it names and nothing else; a null where none may be is refused."""

    model_config = ConfigDict(extra="forbid")

    def given(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set}


class Limits(Body):
    requests_per_minute: Rate | None = None
    tokens_per_minute: Rate | None = None
    parallel_requests: Rate | None = None


class TeamIn(Limits):
    slug: Slug
    name: Annotated[Text, Field(max_length=120)] = ""
    cost_center: Annotated[Text, Field(max_length=64)] = ""


class TeamPatch(Limits):
    name: Annotated[Text, Field(max_length=120)] = ""
    cost_center: Annotated[Text, Field(max_length=64)] = ""
    is_active: bool = True
    max_session_steps: Rate | None = None
    max_session_tool_calls: Rate | None = None


class TeamOut(Schema):
    slug: str
    name: str
    cost_center: str
    is_active: bool
    requests_per_minute: int | None
    tokens_per_minute: int | None
    parallel_requests: int | None
    max_session_steps: int | None
    max_session_tool_calls: int | None
    created_at: dt.datetime


class MemberIn(Body):
    user: Username
    role: Role = "member"


class RolePatch(Body):
    role: Role


class MemberOut(Schema):
    team: str
    user: str
    role: str
    is_service: bool
    is_active: bool

    @classmethod
    def of(cls, row: Membership) -> "MemberOut":
        user = row.user
        return cls(
            team=row.team.slug, user=user.username, role=row.role, is_service=user.is_service, is_active=user.is_active
        )


class UserIn(Limits):
    """`team`: the team a lead makes a service account in."""

    username: Username
    email: Annotated[str, Field(max_length=254, pattern=r"^([^@\s\x00]+@[^@\s\x00]+)?$")] = ""
    is_service: bool = False
    team: Slug | None = None


class UserPatch(Limits):
    email: Annotated[str, Field(max_length=254, pattern=r"^([^@\s\x00]+@[^@\s\x00]+)?$")] = ""
    is_active: bool = True
    is_superuser: bool = False


class UserOut(Schema):
    """`email` is "…" where there is one that is not yours to know: of people who are in teams you do not lead."""

    id: int
    username: str
    email: str
    is_service: bool
    is_active: bool
    is_superuser: bool
    requests_per_minute: int | None
    tokens_per_minute: int | None
    parallel_requests: int | None
    date_joined: dt.datetime

    @staticmethod
    def resolve_email(row: User) -> str:
        return shown_email(row)


class Me(Schema):
    user: str | None
    is_administrator: bool
    teams: dict[str, str]


class KeyIn(Limits):
    """`user`: who holds it, a member of the team; absent: you; null: the team itself."""

    name: Name
    team: Slug
    user: Username | None = None
    scopes: list[Scope] = []
    model_allowlist: Patterns = []
    expires_at: Moment | None = None


class KeyPatch(Limits):
    name: Name = ""
    model_allowlist: Patterns = []
    expires_at: Moment | None = None


class Rotation(Body):
    """How long the old key goes on working."""

    grace_seconds: Annotated[int, Field(ge=0, le=30 * 86_400)] = 86_400


class Because(Body):
    because: Annotated[Text, Field(max_length=40)] = ""


class KeyOut(Schema):
    """`state`: live | grace (replaced, works until `grace_until`) | expired | revoked | blocked (its holder may not, or the
    team is closed)."""

    id: uuid.UUID
    name: str
    prefix: str
    team: str
    user: str | None
    scopes: list[str]
    model_allowlist: list[str]
    requests_per_minute: int | None
    tokens_per_minute: int | None
    parallel_requests: int | None
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    revoked_because: str
    replaced_by: uuid.UUID | None
    grace_until: dt.datetime | None
    created_at: dt.datetime
    last_used_on: dt.date | None
    state: str

    @classmethod
    def of(cls, row: ApiKey, **more: Any) -> Any:
        names = set(KeyOut.model_fields) - {"team", "user", "replaced_by", "last_used_on", "state"}
        return cls(
            **{name: getattr(row, name) for name in names},
            team=row.team.slug,
            user=row.user.username if row.user else None,
            replaced_by=row.replaced_by_id,
            last_used_on=row.use.last_used_on if hasattr(row, "use") else None,
            state=row.state,
            **more,
        )


class MadeKey(KeyOut):
    """`key` is shown in this one answer and kept nowhere."""

    key: str


class BudgetIn(Body):
    """Of one of `team`, `user`, `key`; of none: the organisation's."""

    team: Slug | None = None
    user: Username | None = None
    key: uuid.UUID | None = None
    model_pattern: Annotated[Text, Field(max_length=200)] = ""
    window: Literal["day", "week", "month"]
    rolling: bool = False
    time_zone: Annotated[Text, Field(max_length=60)] = "UTC"
    limit: Money
    soft_limit: Money | None = None
    soft_action: Literal["notify", "cap_tier"] = "notify"
    cap_tier: Literal["", "SIMPLE", "MEDIUM", "COMPLEX", "REASONING"] = ""


class BudgetPatch(Body):
    limit: Money = Decimal(0)
    soft_limit: Money | None = None
    soft_action: Literal["notify", "cap_tier"] = "notify"
    cap_tier: Literal["", "SIMPLE", "MEDIUM", "COMPLEX", "REASONING"] = ""
    is_active: bool = True


class BudgetOut(Schema):
    """`set_by`: who made or last changed it, null when unknown or gone. What an administrator set, only an administrator
    changes or deletes."""

    id: uuid.UUID
    team: str | None
    user: str | None
    key: uuid.UUID | None
    model_pattern: str
    window: str
    rolling: bool
    time_zone: str
    limit: Decimal
    soft_limit: Decimal | None
    soft_action: str
    cap_tier: str
    is_active: bool
    version: int
    set_by: str | None
    set_by_administrator: bool

    @classmethod
    def of(cls, row: Budget) -> "BudgetOut":
        names = set(cls.model_fields) - {"team", "user", "key", "set_by", "set_by_administrator"}
        return cls(
            **{name: getattr(row, name) for name in names},
            team=row.team.slug if row.team else None,
            user=row.user.username if row.user else None,
            key=row.key_id,
            set_by=row.set_by.username if row.set_by else None,
            set_by_administrator=row.set_by_admin,
        )


class EventOut(Schema):
    id: uuid.UUID
    at: dt.datetime
    actor: str
    via: str
    action: str
    object_type: str
    object_id: str
    object_name: str
    team: str | None
    before: Any
    after: Any

    @classmethod
    def of(cls, row: AuditEvent) -> "EventOut":
        names = set(cls.model_fields) - {"actor", "team"}
        return cls(
            **{name: getattr(row, name) for name in names},
            actor=row.actor_name,
            team=row.team.slug if row.team else None,
        )
