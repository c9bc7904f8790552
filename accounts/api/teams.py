"""Teams and who is in them."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status
from ninja.pagination import paginate

from accounts import acts
from accounts.api.auth import rights_of
from accounts.api.pages import Mapped
from accounts.api.shapes import MemberIn, MemberOut, RolePatch, TeamIn, TeamOut, TeamPatch
from accounts.finding import change, one
from accounts.models import Team
from accounts.rights import TooMuch

router = Router(tags=["teams"])
_LEADS_TEAM_FIELDS = {"name"}


@router.get("", response=list[TeamOut])
@paginate
def list_teams(request: HttpRequest) -> Any:
    """Administrators: all. Others: those they are in."""
    return rights_of(request).teams().order_by("slug")


@router.post("", response={201: TeamOut})
@transaction.atomic
def create_team(request: HttpRequest, body: TeamIn) -> Any:
    rights_of(request).must_be_admin()
    team = Team(**body.given())
    team.full_clean()
    team.save()
    return Status(201, team)


@router.get("/{slug}", response=TeamOut)
def get_team(request: HttpRequest, slug: str) -> Any:
    return one(rights_of(request).teams(), slug=slug)


@router.patch("/{slug}", response=TeamOut)
@transaction.atomic
def change_team(request: HttpRequest, slug: str, body: TeamPatch) -> Any:
    """A lead changes the name; cost centre, limits and whether it is open are an administrator's."""
    rights = rights_of(request)
    team = one(rights.teams().select_for_update(), slug=slug)
    rights.may_change(team.pk)
    values = body.given()
    if not rights.is_admin and (beyond := sorted(values.keys() - _LEADS_TEAM_FIELDS)):
        raise TooMuch(f"Only an administrator changes {', '.join(beyond)}.")
    change(team, values)
    return team


@router.get("/{slug}/members", response=list[MemberOut])
@paginate(Mapped, row=MemberOut.of)
def list_members(request: HttpRequest, slug: str) -> Any:
    """Leads see all, members themselves."""
    rights = rights_of(request)
    team = one(rights.teams(), slug=slug)
    return rights.memberships().filter(team=team).order_by("user__username")


@router.post("/{slug}/members", response={201: MemberOut})
def add_member(request: HttpRequest, slug: str, body: MemberIn) -> Any:
    """By exact user name. Nobody is made more than who adds them is."""
    return Status(201, MemberOut.of(acts.add_member(rights_of(request), slug, body.user, body.role)))


@router.patch("/{slug}/members/{username}", response=MemberOut)
def change_member(request: HttpRequest, slug: str, username: str, body: RolePatch) -> Any:
    return MemberOut.of(acts.change_member(rights_of(request), slug, username, body.role))


@router.delete("/{slug}/members/{username}", response={204: None})
def remove_member(request: HttpRequest, slug: str, username: str) -> Any:
    """Their keys of this team stop within a second; coming back brings back those nobody revoked."""
    acts.remove_member(rights_of(request), slug, username)
    return Status(204, None)
