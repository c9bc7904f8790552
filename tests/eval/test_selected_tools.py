"""The measurement of selection has the size it claims, and its figures do not slip."""

from __future__ import annotations

from gateway.compress.selection import select

from .selection.__main__ import figures
from .selection.classic import ASK, CLASSICS
from .selection.sessions import Session, sessions, tokens

TUNING, HELD_BACK = sessions("tuning"), sessions("held_back")


def test_the_sessions_are_as_many_and_have_as_many_tools_as_is_said() -> None:
    every = [*TUNING, *HELD_BACK]
    assert len(every) >= 120
    assert len(HELD_BACK) >= len(every) / 3
    assert min(len(session.tools) for session in every) >= 40
    assert len({session.ask for session in every}) == len(every)
    assert all(len({tool.name for tool in session.tools}) == len(session.tools) for session in every)


def test_safe_misses_next_to_nothing_and_halves_the_schemas() -> None:
    found = figures("safe", [*TUNING, *HELD_BACK])
    assert found.none_missed >= 0.98
    assert found.saved >= 0.5
    assert figures("safe", HELD_BACK).none_missed >= 0.98


def test_strict_saves_more_and_misses_more() -> None:
    safe, strict = figures("safe", TUNING), figures("strict", TUNING)
    assert strict.saved > safe.saved
    assert strict.none_missed >= 0.95


def test_fourteen_tools_and_a_request_to_read_cost_half_in_strict() -> None:
    for name, ask, tools in CLASSICS:
        assert (ask, len(tools)) == (ASK, 14)
        chosen = select(Session("", ask, tools, (), ()).request, "strict")
        saved = 1 - sum(map(tokens, chosen.request.tools)) / sum(map(tokens, tools))
        if "others" in name or "MCP" in name:
            assert saved >= 0.5
