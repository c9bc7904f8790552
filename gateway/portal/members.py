"""Who is in a team, for its leads."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect

from accounts import acts
from accounts.api.shapes import MemberIn
from accounts.models import Membership, Team
from accounts.rights import RANK, NotYours, Rights, shown_email
from gateway.portal import deeds
from gateway.portal.access import led_team, page, show


@page
def of_team(request: HttpRequest, rights: Rights, slug: str) -> HttpResponseBase:
    team = led_team(rights, slug)
    outcome = deeds.NOTHING
    if request.method == "POST":
        outcome = deeds.tried(lambda: _do(rights, team, request.POST))
        if outcome.done:
            messages.success(request, outcome.value)
            return redirect("portal-team-members", team.slug)
    rows = list(rights.memberships().filter(team=team).order_by("user__username"))
    held = Membership.Role.ADMIN if rights.is_admin else Membership.Role(rights.roles[team.pk])
    below = [(role.value, role.label) for role in Membership.Role if RANK[role] <= RANK[held]]
    emails = {user.pk: shown_email(user) for user in rights.users().filter(memberships__team=team)}
    lines = [(row, RANK[Membership.Role(row.role)] <= RANK[held], emails.get(row.user_id, "")) for row in rows]
    context = {
        "title": team.name or team.slug, "here": "teams", "tab": "members", "team": team, "lines": lines, "roles": below,
        "outcome": outcome, "form": request.POST,
    }  # fmt: skip
    return show(request, rights, "members.html", context, outcome.status)


def _do(rights: Rights, team: Team, form: QueryDict) -> str:
    """What was done, in words."""
    act = form.get("act")
    if act == "remove":
        acts.remove_member(rights, team.slug, form.get("user", ""))
        return f"{form.get('user')} is out of the team. Their keys of it stop within a second."
    if act not in ("add", "change"):
        raise NotYours
    values = deeds.given(MemberIn, {"user": deeds.text(form, "user"), "role": form.get("role", "member")})
    if act == "add":
        try:
            row = acts.add_member(rights, team.slug, values["user"], values["role"])
        except NotYours:
            raise ValidationError(f"Nobody is called {values['user']}: give the exact user name.") from None
        return f"{row.user.username} is in the team now, as {row.role}."
    row = acts.change_member(rights, team.slug, values["user"], values["role"])
    return f"{row.user.username} is {row.role} now."
