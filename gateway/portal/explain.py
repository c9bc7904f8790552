"""Why a request goes where it goes: of a text, of a request as JSON, or of one that was served (by its numbers only)."""

from __future__ import annotations

import uuid
from itertools import pairwise
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from accounts.caller import Caller
from accounts.models import Team
from accounts.rights import NotYours, Rights
from gateway import boot, explaining, sampling
from gateway.chat.errors import GatewayError
from gateway.models import Operation
from gateway.portal import receipts
from gateway.portal.access import page, show
from gateway.portal.traffic import operation_of
from gateway.ports import Snapshot
from gateway.ports import Team as TeamView
from gateway.wire.fields import load_object

MEANINGS = {
    "words": "words in the ask",
    "trivial": "a greeting, thanks or a sum",
    "question": "kind of question (1 fact, 2 how, 3 why, 4 yes or no)",
    "writes_code": "asks for code",
    "steps": "marks of several steps",
    "reasoning": "marks of proof and reasoning",
    "analysis": "marks of analysis and debugging",
    "domains": "fields of expertise touched",
    "scope": "reaches across a code base",
    "autonomy": "is to work on without being asked",
    "ambiguity": "how little it says of what it wants",
    "files": "paths named",
    "code_lines": "lines of code pasted",
    "risk": "words and paths where a mistake is dear",
    "continues": "only says to go on",
    "learned": "what the learned part makes of the words",
    "tools": "tools offered",
    "extra_tools": "tools beyond the client's own",
    "tool_chain": "rounds of tools since the ask",
    "tool_results": "tool results since the ask",
    "depth": "asks so far",
    "images": "holds images",
    "context_tokens": "tokens of context, roughly",
}
NOTHING_KEPT = "Nothing was kept of how this request was judged: the caller named its model, or it is older."


@page
def explain(request: HttpRequest, rights: Rights) -> HttpResponseBase:
    """For leads and administrators. What is pasted is not kept."""
    if not (rights.is_admin or rights.led):
        raise NotYours
    snapshot = boot.snapshot()
    teams = _teams(rights, snapshot)
    form = request.POST if request.method == "POST" else request.GET
    found: dict[str, Any] | None = None
    operation: Operation | None = None
    problem, status = "", 200
    if "request" in request.GET:
        operation = operation_of(rights, _id(request.GET["request"]))
        if not rights.leads(operation.team_id):
            raise NotYours
    slug = form.get("team", "") or (_slug(operation.team_id) if operation else "")
    team = teams.get(slug) if slug else next(iter(teams.values()), None)
    if slug and team is None:
        raise NotYours
    if team is None:
        problem = "There is no team with a configuration in force yet."
    elif operation is not None:
        found = _of_operation(operation, team, snapshot)
        problem = (
            ""
            if found
            else "Nothing was kept of how this request was judged: the caller named its model, or it is older."
        )
    elif request.method == "POST":
        try:
            found = _of_text(form.get("text", ""), team, snapshot)
        except GatewayError as error:
            problem, status = error.message, 422
    context = {
        "title": "Explain", "here": "explain", "teams": list(teams), "team": team.slug if team else "",
        "text": request.POST.get("text", ""), "found": found, "problem": problem, "operation": operation,
        "receipt": receipts.told(operation) if operation else None,
        **(_shown(found) if found else {}),
    }  # fmt: skip
    return show(request, rights, "explain.html", context, status)


def _teams(rights: Rights, snapshot: Snapshot) -> dict[str, TeamView]:
    found = [team for team in snapshot.teams.values() if rights.leads(team.id)]
    return {team.slug: team for team in sorted(found, key=lambda team: team.slug)}


def _slug(team_id: int | None) -> str:
    return Team.objects.filter(pk=team_id).values_list("slug", flat=True).first() or ""


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text.strip().removeprefix("req_"))
    except ValueError:
        raise NotYours from None


def _anybody(team: TeamView) -> Caller:
    """A key of the team that may use all the team may."""
    return Caller("", "", "any key", team.id, team.slug)


def _of_text(text: str, team: TeamView, snapshot: Snapshot) -> dict[str, Any]:
    """JSON when it begins with a brace, else the words of a person. Raises GatewayError."""
    body = load_object(text.encode("utf-8", "surrogatepass")) if text.lstrip().startswith("{") else _body(text)
    _, asked = explaining.request_of(body, {})
    return explaining.explain(asked, _anybody(team), team, snapshot, expected=sampling.expected_output(team.id))


def _body(text: str) -> dict[str, Any]:
    return {"model": "auto", "dialect": "openai_chat", "messages": [{"role": "user", "content": text}]}


def _of_operation(row: Operation, team: TeamView, snapshot: Snapshot) -> dict[str, Any] | None:
    known = (row.input_tokens, row.cache_read_tokens, row.cache_write_5m_tokens, row.cache_write_1h_tokens)
    prompt = sum(number for number in known if number)
    kept = explaining.Kept(row.features, prompt, row.output_tokens)
    return explaining.explain_kept(kept, _anybody(team), team, snapshot, expected=sampling.expected_output(team.id))


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    """Bars and words: the score's bar is 100 wide and parted by the bounds."""
    edges = [0, *found["bounds"], 100]
    names = ("SIMPLE", "MEDIUM", "COMPLEX", "REASONING")
    bands = [
        {"x": low, "width": high - low, "place": place, "name": names[place]}
        for place, (low, high) in enumerate(pairwise(edges))
    ]
    features = [
        {
            **one,
            "means": MEANINGS.get(one["name"], ""),
            "shown": _value(one["value"]),
            "bar": max(0, min(100, one["points"])),
        }
        for one in found["features"]
        if not one["usual"]
    ]
    features.sort(key=lambda one: (not one["of_the_ask"], -one["points"]))
    costs = [{**one, "amount": float(one["usd"]) if one["usd"] is not None else None} for one in found["costs"]]
    most = max((one["amount"] or 0.0 for one in costs), default=0.0)
    for one in costs:
        one["bar"] = round((one["amount"] or 0.0) / most * 100, 2) if most else 0
        one["here"] = one["tier"] == found["tier"]
    return {
        "bands": bands, "features": [one for one in features if one["of_the_ask"]],
        "around": [one for one in features if not one["of_the_ask"]], "costs": costs,
        "marker": min(99.6, max(0.0, (found["score"] or 0) - 0.2)),
        "evidence": [{"evidence": one["evidence"].lstrip("#%^"), "points": one["points"]} for one in found["evidence"]],
        "tried": [one for one in found["targets"] if one["order"]],
        "left_out": [one for one in found["targets"] if not one["order"]],
    }  # fmt: skip


def _value(value: Any) -> str:
    if value is True:
        return "yes"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
