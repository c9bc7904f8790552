"""Verdicts about near matches: who is counted, when a team is switched off, and what a wrong answer takes along.

Statements only, no I/O of its own: pages call with Django's connection, the writer behind requests with its own. All of it
happens in the caller's transaction. The row of the check is locked first, then the team's standing, so that a verdict counts
once however many give it (docs/decisions/0012).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from caching.bounds import Standing, proven_bad, proven_good
from gateway import alerts

ALERT = "near matches"
NEIGHBOUR = 0.9  # cosine from which an entry is taken out along with a wrong one
RAISE, MOST_RAISED = 0.01, 0.05  # of the least similarity, by each wrong one

Run = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
"""Runs a statement in the caller's transaction and gives its rows."""

_CHECK = """SELECT team_id, at, verdict, judged_by, counted, fresh_answer_sealed IS NOT NULL, mode, entry_id
FROM caching_check WHERE id = %s FOR UPDATE"""
_JUDGED = """UPDATE caching_check SET verdict = %s, judged_by = %s, judged_at = now(), counted = %s WHERE id = %s"""
# Two statements: an INSERT, even one that does nothing, has every process read its configuration again.
_KNOWN = "SELECT since FROM caching_standing WHERE team_id = %s FOR UPDATE"
_BEGIN = """INSERT INTO caching_standing (team_id, since, checks, wrong, off_why, raised_floor, proven)
SELECT %s, coalesce(min(at), now()), 0, 0, '', 0, false FROM caching_check WHERE team_id = %s
ON CONFLICT (team_id) DO NOTHING"""
_COUNT = """UPDATE caching_standing SET checks = checks + %s, wrong = wrong + %s WHERE team_id = %s
RETURNING checks, wrong, off_since IS NOT NULL, proven"""
_OFF = "UPDATE caching_standing SET off_since = now(), off_why = %s WHERE team_id = %s AND off_since IS NULL"
_PROVEN = "UPDATE caching_standing SET proven = %s WHERE team_id = %s"
_ON = """UPDATE caching_standing
SET since = now(), checks = 0, wrong = 0, off_since = NULL, off_why = '', raised_floor = 0, proven = false
WHERE team_id = %s RETURNING team_id"""
_RAISE = """UPDATE caching_standing SET raised_floor = round(least(raised_floor + %s, %s)::numeric, 4)::float8
WHERE team_id = %s AND raised_floor < %s"""
_QUARANTINE = "UPDATE caching_entry SET quarantined_at = now() WHERE id = %s AND quarantined_at IS NULL RETURNING id"
_NEIGHBOURS = """DELETE FROM caching_entry AS other USING caching_entry AS wrong
WHERE wrong.id = %s AND other.id <> wrong.id AND other.scope = wrong.scope AND other.context = wrong.context
    AND other.embedder = wrong.embedder AND other.dimension = wrong.dimension
    AND 1 - (other.vector <=> wrong.vector) >= %s RETURNING other.id"""
_SLUG = "SELECT slug FROM accounts_team WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Settled:
    """What a verdict changed. `before`: the verdict and whose it was. `evicted`: entries that are not served any more.
    `switched_off`: why, if it was this verdict."""

    team_id: int
    before: tuple[str, str]
    evicted: int = 0
    switched_off: str = ""


def settle_verdict(run: Run, id_: str, verdict: str, by: str, budget: float) -> Settled | None:
    """Records that the check `id_` is `verdict` (same, different, unsure), as `by` (comparison, judge, person) says, and
    counts it. None: there is no such check. `budget`: the share (0 to 1) of wrong ones the team bears.

    Counted are the checks that were drawn (there is a fresh answer), whoever gives the verdict. A person's word about any
    other match is no fair draw: "right" would dilute the share, "wrong" would let one member switch a team off. What was
    before the standing began is not counted in it. A match that was served and is wrong is served no more; what a person
    calls wrong takes its neighbours along and raises the least similarity, once."""
    found = run(_CHECK, [id_])
    if not found:
        return None
    team, at, old, old_by, counted, drawn, mode, entry = found[0]
    since = _since(run, team)
    was = (1, int(old == "different")) if counted and at >= since else (0, 0)
    counts = at >= since and drawn and verdict in ("same", "different")
    now = (1, int(verdict == "different")) if counts else (0, 0)
    run(_JUDGED, [verdict, by, counts, id_])
    evicted = 0
    if verdict == "different" and entry is not None and (by == "person" or mode == "served"):
        evicted += len(run(_QUARANTINE, [entry]))
    if (verdict, by) == ("different", "person") and (old, old_by) != (verdict, by):
        evicted += len(run(_NEIGHBOURS, [entry, NEIGHBOUR])) if entry is not None else 0
        run(_RAISE, [RAISE, MOST_RAISED, team, MOST_RAISED])
    why = _count(run, team, now[0] - was[0], now[1] - was[1], budget)
    return Settled(team, (old, old_by), evicted, why)


def switch_on(run: Run, team_id: int) -> bool:
    """Near matches are served again and the counting begins anew. False: nothing was ever counted of this team."""
    return bool(run(_ON, [team_id]))


def _since(run: Run, team: int) -> Any:
    """Since when the team's standing is counted; locks it."""
    found = run(_KNOWN, [team])
    if not found:
        run(_BEGIN, [team, team])
        found = run(_KNOWN, [team])
    return found[0][0]


def _count(run: Run, team: int, checks: int, wrong: int, budget: float) -> str:
    """Why the team is switched off, if it is by this."""
    if not checks and not wrong:
        return ""
    ((all_checks, all_wrong, is_off, was_proven),) = run(_COUNT, [checks, wrong, team])
    standing = Standing(all_checks, all_wrong)
    if (good := proven_good(standing, budget)) != was_proven:
        run(_PROVEN, [good, team])
    if is_off or not proven_bad(standing, budget):
        return ""
    why = (
        f"{all_wrong:,} of {all_checks:,} checked near matches were wrong: 95% sure that it is more than the "
        f"{budget * 100:g}% the policy bears"
    )
    run(_OFF, [why, team])
    ((slug,),) = run(_SLUG, [team])
    run(alerts.OPEN, alerts.values(ALERT, slug, f"Near matches are switched off for {slug}: {why}."))
    return why
