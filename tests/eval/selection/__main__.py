"""`python -m tests.eval.selection`: schema tokens saved, and sessions that miss no tool, in safe and strict. No database, no network."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

from gateway.chat.request import Tool
from gateway.compress.offered import CORE
from gateway.compress.selection import select

from .classic import CLASSICS
from .sessions import SETS, Session, sessions, tokens

# What the tools of Claude Code itself weigh (31 kB on the wire); those of the data are shortened.
CLAUDE_CODE = 7_700


def line(name: str, mode: str, given: list[Session]) -> str:
    before = after = beyond = left = heavy = heavy_left = none_missed = none_missed_at_all = 0
    for session in given:
        kept = select(session.request, mode).request.tools
        names = {tool.name for tool in kept}
        core = sum(tokens(tool) for tool in session.tools if tool.name in CORE)
        whole, rest = sum(map(tokens, session.tools)), sum(map(tokens, kept))
        before, after = before + whole, after + rest
        beyond, left = beyond + whole - core, left + rest - core
        heavy, heavy_left = heavy + whole - core + CLAUDE_CODE, heavy_left + rest - core + CLAUDE_CODE
        here = all(need & names for need in session.needs)
        none_missed += here
        none_missed_at_all += here and all(need & names for need in session.later)
    return (
        f"{name:11} {mode:7} {len(given):4} {1 - after / before:8.1%} {1 - left / beyond:9.1%} {1 - heavy_left / heavy:9.1%} "
        f"{none_missed / len(given):10.1%} {none_missed_at_all / len(given):11.1%}"
    )


def missed(mode: str, given: list[Session]) -> Iterator[str]:
    for session in given:
        kept = {tool.name for tool in select(session.request, mode).request.tools}
        for need in session.needs:
            if not need & kept:
                yield f"  {mode}: {'/'.join(sorted(need))}: {session.ask[:90]!r}"


def classic(name: str, ask: str, tools: tuple[Tool, ...]) -> Iterator[str]:
    session = Session("", ask, tools, (), ())
    for mode in ("safe", "strict"):
        chosen = select(session.request, mode)
        before, after = (sum(map(tokens, some)) for some in (tools, chosen.request.tools))
        yield f"  {name:34} {mode:7} {len(tools):3} tools {before:5} -> {after:5} tokens {1 - after / before:7.1%}  without {', '.join(chosen.dropped) or '-'}"


def milliseconds(given: list[Session], mode: str) -> float:
    for session in given:
        select(session.request, mode)
    requests = [session.request for session in given]
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
    print("sessions of 40 tools and more: tokens saved of all schemas, of those beyond the client's core, of all where the core weighs as Claude Code's;")
    print("share that misses no tool, and the same with what only later asks on other matters need")
    print(f"{'set':11} {'mode':7} {'n':>4} {'saved':>8} {'beyond':>9} {'as CC':>9} {'none miss':>10} {'with later':>11}")
    for mode in ("safe", "strict"):
        for name, given in chosen.items():
            print(line(name, mode, given))
        if len(chosen) > 1:
            print(line("all", mode, [session for given in chosen.values() for session in given]))
    if options.missed and "tuning" in chosen:
        for mode in ("safe", "strict"):
            print(*missed(mode, chosen["tuning"]), sep="\n")
    print("fourteen tools and a request to read:")
    for name, ask, tools in CLASSICS:
        print(*classic(name, ask, tools), sep="\n")
    given = [session for one in chosen.values() for session in one]
    tools = sum(len(session.tools) for session in given) / len(given)
    print(f"time a request once its tools are known: {milliseconds(given, 'safe'):.2f} ms safe, {milliseconds(given, 'strict'):.2f} ms strict, at {tools:.0f} tools")


if __name__ == "__main__":
    main()
