"""`python -m tests.eval.selection`: schema tokens saved, and sessions that miss no tool. No database, no network."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.chat.request import Tool
from gateway.compress.offered import CORE, offers_of
from gateway.compress.selection import select

from .classic import CLASSICS
from .sessions import SETS, Session, sessions, tokens

MODES = ("safe", "strict")
# What the tools of Claude Code itself weigh (31 kB on the wire); those of the data are shortened.
CLAUDE_CODE = 7_700
HEAD = """Sessions with forty tools and more.
saved: of the tokens of all schemas; beyond: of those that are not the client's core; as CC: of all, if the core weighed what
Claude Code's does; none missed: sessions that miss no tool; with later: the same, and none that only a later ask on another
matter needs (which no choice at the first turn can know). Mode "known": the servers needed, kept whole."""


@dataclass(frozen=True)
class Figures:
    """Shares; the names are those of HEAD."""

    saved: float
    beyond: float
    as_cc: float
    none_missed: float
    with_later: float


def figures(mode: str, given: list[Session]) -> Figures:
    before = after = core = complete = complete_later = 0
    for session in given:
        kept = known(session) if mode == "known" else select(session.request, mode).request.tools
        names = {tool.name for tool in kept}
        core += sum(tokens(tool) for tool in session.tools if tool.name in CORE)
        before += sum(map(tokens, session.tools))
        after += sum(map(tokens, kept))
        here = all(need & names for need in session.needs)
        complete += here
        complete_later += here and all(need & names for need in session.later)
    heavier = CLAUDE_CODE * len(given) - core
    saved, number = before - after, len(given)
    return Figures(
        saved / before, saved / (before - core), saved / (before + heavier), complete / number, complete_later / number
    )


def line(name: str, mode: str, given: list[Session]) -> str:
    found = figures(mode, given)
    return (
        f"{name:11} {mode:7} {len(given):4} {found.saved:8.1%} {found.beyond:8.1%} {found.as_cc:8.1%} "
        f"{found.none_missed:12.1%} {found.with_later:11.1%}"
    )


def known(session: Session) -> tuple[Tool, ...]:
    """What is left by one who knew which servers the session needs, and kept them whole: the bound of what safe can save."""
    offers = offers_of(session.tools)
    needed = {offer.server for offer in offers if any(offer.tool.name in need for need in session.needs)}
    return tuple(offer.tool for offer in offers if not offer.server or offer.server in needed)


def missed(mode: str, given: list[Session]) -> Iterator[str]:
    for session in given:
        kept = {tool.name for tool in select(session.request, mode).request.tools}
        for need in session.needs:
            if not need & kept:
                yield f"  {mode}: {'/'.join(sorted(need))}: {session.ask[:90]!r}"


def classic(name: str, ask: str, tools: tuple[Tool, ...]) -> Iterator[str]:
    session = Session("", ask, tools, (), ())
    before = sum(map(tokens, tools))
    for mode in MODES:
        chosen = select(session.request, mode)
        after = sum(map(tokens, chosen.request.tools))
        yield f"{name:36} {mode:7} {before:5} -> {after:5} tokens {1 - after / before:7.1%}, {len(chosen.dropped)} dropped"


def milliseconds(given: list[Session], mode: str) -> float:
    """A request, once its tools and its ask are known: what every turn but the first costs."""
    requests = [session.request for session in given]
    for request in requests:
        select(request, mode)
    began = time.perf_counter()
    for request in requests:
        select(request, mode)
    return (time.perf_counter() - began) * 1000 / len(given)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.eval.selection", description=__doc__)
    parser.add_argument("--set", choices=SETS, action="append", help="only this set (all by default)")
    parser.add_argument("--missed", action="store_true", help="name the sessions of the tuning set that missed a tool")
    options = parser.parse_args()
    chosen = {name: sessions(name) for name in options.set or SETS}
    given = [session for one in chosen.values() for session in one]
    print(HEAD)
    print(
        f"{'set':11} {'mode':7} {'n':>4} {'saved':>8} {'beyond':>8} {'as CC':>8} {'none missed':>12} {'with later':>11}"
    )
    for mode in (*MODES, "known"):
        for name, one in chosen.items():
            print(line(name, mode, one))
        if len(chosen) > 1:
            print(line("all", mode, given))
    if options.missed and "tuning" in chosen:
        for mode in MODES:
            print(*missed(mode, chosen["tuning"]), sep="\n")
    print("\nFourteen tools and a request to read:")
    for name, ask, tools in CLASSICS:
        print(*classic(name, ask, tools), sep="\n")
    tools_each = sum(len(session.tools) for session in given) / len(given)
    times = ", ".join(f"{milliseconds(given, mode):.2f} ms {mode}" for mode in MODES)
    print(f"\nTime a request at {tools_each:.0f} tools: {times}")


if __name__ == "__main__":
    main()
