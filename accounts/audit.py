"""Who changed what: one mechanism for the admin, the API, the portal, `apply` and single sign-on.

Signals of the models named in `AUDITED` write one `AuditEvent` for each row made, changed or deleted, with the values read
from the row before and after. Who did it comes from the context: `as_actor` (a block) or `middleware` (a request). Secrets,
digests and hashes never get into an event: of them it says "changed" and no more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, cast

from django.db import models
from django.db.models import signals
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from accounts.models import AuditEvent, Team, User

CHANGED = "changed"
HIDDEN = "(hidden)"
SECRET_FIELDS = frozenset({"password", "digest", "sealed", "sealed_url", "hint", "secret", "token"})
_SECRET_WORDS = ("secret", "token", "password", "credential", "api_key", "apikey", "private", "authorization", "cookie")
_SILENT_FIELDS = frozenset({"last_login", "created_at", "date_joined"})  # a sign-in is no change of configuration
AUDITED = frozenset(
    {
        "accounts.team", "accounts.user", "accounts.membership", "accounts.apikey", "accounts.budget",
        "accounts.budgetincrease", "accounts.notificationchannel", "accounts.groupmapping", "gateway.provideraccount",
        "gateway.providersecret", "routing.tiermapversion", "routing.tiermap", "routing.routingpolicy",
        "routing.routingrule",
        "routing.cataloguemodel", "routing.priceoverride", "routing.policyversion", "routing.shadowpolicy",
        "routing.calibrationsuggestion",
        "caching.embeddingsettings", "sso.formeridentity", "auth.group",
    }
)  # fmt: skip
_VIA = (("/admin/", "admin"), ("/api/", "api"), ("/v1/admin/", "api"), ("/portal/", "portal"), ("/accounts/", "sso"))


@dataclass
class Acting:
    """Who acts, and through what. `user` may be found late: a request knows its user only when somebody asks."""

    via: str
    name: str = ""
    user: User | None = None
    request: HttpRequest | None = None

    def who(self) -> tuple[int | None, str]:
        user = self.user
        if user is None and self.request is not None:
            found = getattr(self.request, "user", None)
            user = found if found is not None and found.is_authenticated else None
        return (user.pk, self.name or user.username) if user is not None and user.pk else (None, self.name)


_acting: ContextVar[Acting | None] = ContextVar("lynkr_acting", default=None)


def current() -> Acting:
    return _acting.get() or Acting("system", "system")


@contextmanager
def as_actor(via: str, user: Any = None, name: str = "") -> Iterator[None]:
    """Changes within the block are `user`'s (or `name`'s, of something that is no user)."""
    token = _acting.set(Acting(via, name, user if isinstance(user, User) else None))
    try:
        yield
    finally:
        _acting.reset(token)


@contextmanager
def unless_known(via: str, user: Any = None, name: str = "") -> Iterator[None]:
    """`as_actor`, unless it is known already who acts."""
    if _acting.get() is not None:
        yield
    else:
        with as_actor(via, user, name):
            yield


def identify(user: User | None, name: str = "") -> None:
    """What a request's own authentication found (an API key has no session)."""
    if (acting := _acting.get()) is not None:
        acting.user, acting.name = user, name


@sync_and_async_middleware
def middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """After the authentication middleware."""
    if iscoroutinefunction(get_response):

        async def in_loop(request: HttpRequest) -> HttpResponse:
            token = _acting.set(_of(request))
            try:
                return await cast(Callable[[HttpRequest], Awaitable[HttpResponse]], get_response)(request)
            finally:
                _acting.reset(token)

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponse:
        token = _acting.set(_of(request))
        try:
            return cast(HttpResponse, get_response(request))
        finally:
            _acting.reset(token)

    return in_thread


def _of(request: HttpRequest) -> Acting:
    via = next((word for start, word in _VIA if request.path.startswith(start)), "web")
    return Acting(via, request=request)


def watch() -> None:
    """Connect the signals; once, when the apps are ready."""
    signals.pre_save.connect(_before_save, dispatch_uid="audit-before")
    signals.post_save.connect(_after_save, dispatch_uid="audit-after")
    signals.pre_delete.connect(_on_delete, dispatch_uid="audit-delete")
    for name in ("groups", "user_permissions"):
        through = User._meta.get_field(name).remote_field.through
        signals.m2m_changed.connect(_on_rights, sender=through, dispatch_uid=f"audit-{name}")


def values_of(row: models.Model) -> dict[str, Any]:
    """The row as JSON. Of a secret only whether there is one; foreign keys by id."""
    found: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.name in _SILENT_FIELDS:
            continue
        value = field.value_from_object(row)
        if field.name in SECRET_FIELDS or isinstance(field, models.BinaryField):
            continue
        found[field.name] = _json(value)
    return found


def _json(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(k): HIDDEN if _is_secret(str(k)) else _json(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _is_secret(name: str) -> bool:
    return any(word in name.lower().replace("-", "_") for word in _SECRET_WORDS)


def _secret_values(row: models.Model) -> dict[str, Any]:
    fields = (field for field in row._meta.concrete_fields if field.name in SECRET_FIELDS or field.name == "options")
    return {field.name: _comparable(field.value_from_object(row)) for field in fields if field.name != "hint"}


def _comparable(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def _audited(sender: Any) -> bool:
    return sender._meta.label_lower in AUDITED


def _before_save(sender: Any, instance: models.Model, raw: bool = False, **_: Any) -> None:
    if raw or not _audited(sender):
        return
    before = None
    if instance.pk is not None and not instance._state.adding:
        before = sender._base_manager.filter(pk=instance.pk).first()
    instance._audit_before = (values_of(before), _secret_values(before)) if before is not None else None  # type: ignore[attr-defined]


def _after_save(sender: Any, instance: models.Model, created: bool, raw: bool = False, **_: Any) -> None:
    if raw or not _audited(sender):
        return
    stored = sender._base_manager.filter(pk=instance.pk).first() or instance
    after, secrets = values_of(stored), _secret_values(stored)
    known = instance.__dict__.pop("_audit_before", None)
    if created or known is None:
        record("created" if created else CHANGED, stored, None, after)
        return
    before, secrets_before = known
    names = [name for name in after if after[name] != before.get(name)]
    old = {name: before.get(name) for name in names}
    new = {name: after[name] for name in names}
    for name, value in secrets.items():
        if name not in new and value != secrets_before.get(name):
            new[name] = CHANGED
    if new:
        record(_verb(old, new), stored, old, new)


def _verb(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    if "revoked_at" in new:
        return "revoked" if new["revoked_at"] else "restored"
    if "is_active" in new and len(new) == 1:
        return "unblocked" if new["is_active"] else "blocked"
    return CHANGED


def _on_delete(sender: Any, instance: models.Model, **_: Any) -> None:
    if _audited(sender):
        record("deleted", instance, values_of(instance), None)


def _on_rights(sender: Any, instance: Any, action: str, pk_set: Any = None, model: Any = None, **_: Any) -> None:
    if not action.startswith("post_") or not isinstance(instance, User):
        return
    what = "groups" if sender is User.groups.through else "user_permissions"
    names = [str(row) for row in model._base_manager.filter(pk__in=pk_set or ())]
    record(CHANGED, instance, None, {what: {action.removeprefix("post_"): names}})


def record(action: str, row: models.Model, before: Any, after: Any) -> AuditEvent:
    """Append an event about `row`. `before` and `after` hold no secret: that is the caller's promise."""
    acting = current()
    actor_id, name = acting.who()
    if actor_id is not None and not User.objects.filter(pk=actor_id).exists():
        actor_id = None
    return AuditEvent.objects.create(
        actor_id=actor_id,
        actor_name=name[:150],
        via=acting.via,
        action=action,
        object_type=row._meta.model_name or "",
        object_id=str(row.pk)[:80],
        object_name=_name_of(row),
        team_id=_team_of(row),
        before=before,
        after=after,
    )


def _name_of(row: Any) -> str:
    """Without the last letters of a secret, which some rows show as their name."""
    hint = getattr(row, "hint", "")
    return (str(row).replace(hint, "") if hint else str(row))[:200]


def _team_of(row: Any) -> int | None:
    """The team whose leads may read it."""
    if isinstance(row, Team):
        return row.pk
    for holder in (row, *(getattr(row, name, None) for name in ("key", "budget", "tier_map", "policy"))):
        team_id = getattr(holder, "team_id", None)
        if isinstance(team_id, int):
            return team_id
        key = getattr(holder, "key", None)
        if isinstance(getattr(key, "team_id", None), int):
            return cast(int, key.team_id)
    return None
