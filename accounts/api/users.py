"""People and service accounts."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from ninja import Router, Status
from ninja.pagination import paginate

from accounts.api.auth import rights_of
from accounts.api.shapes import Me, UserIn, UserOut, UserPatch
from accounts.finding import change, one
from accounts.models import Budget, Membership, Team, User
from accounts.rights import Rights, TooMuch

router = Router(tags=["users"])


@router.get("/me", response=Me, tags=["users"])
def who_am_i(request: HttpRequest) -> Any:
    """What the caller holds."""
    rights = rights_of(request)
    slugs = dict(Team.objects.filter(pk__in=rights.roles).values_list("pk", "slug"))
    return {
        "user": rights.user.username if rights.user else None,
        "is_administrator": rights.is_admin,
        "teams": {slugs[pk]: role for pk, role in rights.roles.items()},
    }


@router.get("/users", response=list[UserOut])
@paginate
def list_users(request: HttpRequest) -> Any:
    """Administrators: all. Leads: those of their teams. Others: themselves."""
    return rights_of(request).users().order_by("username")


@router.post("/users", response={201: UserOut})
@transaction.atomic
def create_user(request: HttpRequest, body: UserIn) -> Any:
    """People without a password (they sign in through the identity provider, or an administrator sets one). A lead makes
    service accounts of a team."""
    rights = rights_of(request)
    team = one(rights.teams(), slug=body.team) if body.team is not None else None
    if not rights.is_admin:
        if team is None or not body.is_service:
            raise TooMuch("A lead makes service accounts in a team; people are made by an administrator.")
        rights.grant_role(team.pk, Membership.Role.MEMBER)
    user = User(**{name: value for name, value in body.given().items() if name != "team"})
    user.set_unusable_password()
    user.full_clean()
    user.save()
    if team is not None:
        Membership.objects.create(team=team, user=user)
    return Status(201, one(rights.users(), pk=user.pk))


@router.get("/users/{int:user_id}", response=UserOut)
def get_user(request: HttpRequest, user_id: int) -> Any:
    return one(rights_of(request).users(), pk=user_id)


@router.patch("/users/{int:user_id}", response=UserOut)
@transaction.atomic
def change_user(request: HttpRequest, user_id: int, body: UserPatch) -> Any:
    """``is_active: false`` blocks: every key of theirs and their sessions stop within a second, and unblocking gives back
    just that."""
    rights = rights_of(request)
    user = one(rights.users().select_for_update(), pk=user_id)
    _may_manage(rights, user)
    values = body.given()
    if "is_superuser" in values:
        rights.must_be_admin()
        user.is_staff = user.is_staff or bool(values["is_superuser"])
    if user == rights.user and values.keys() & {"is_active", "is_superuser"}:
        raise TooMuch("Nobody blocks or demotes themselves: ask another administrator.")
    change(user, values)
    return user


@router.delete("/users/{int:user_id}", response={204: None})
@transaction.atomic
def delete_user(request: HttpRequest, user_id: int) -> Any:
    """Takes memberships and keys along (SSO-5, SSO-7); the identity they signed in with does not come back by itself."""
    rights = rights_of(request)
    user = one(rights.users(), pk=user_id)
    _may_manage(rights, user)
    if not rights.is_admin and Budget.objects.filter(Q(user=user) | Q(key__user=user), set_by_admin=True).exists():
        raise TooMuch("An administrator set a budget for this user, which would go too: block the user instead.")
    if user == rights.user:
        raise TooMuch("Nobody deletes themselves: ask another administrator.")
    user.delete()
    return Status(204, None)


def _may_manage(rights: Rights, user: User) -> None:
    """A lead: service accounts that are in no team but theirs. Oneself only through the identity provider or the admin."""
    if not rights.is_admin and not (user.is_service and rights.wholly_leads(user)):
        raise TooMuch("Only an administrator may do this.")
