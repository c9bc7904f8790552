"""``make clients``: real clients, headless, through the gateway, against a scripted upstream on loopback, in every pair of
client dialect and provider dialect. Each does a real task: find `hello.py`, replace a word with a tool call, report.

    python -m tests.clients.run_clients [--client NAME]... [--provider DIALECT]... [--prefix FOLDER] [--timeout SECONDS]

Prints a table and ends with status 1 if any pair failed, 2 if the clients cannot be had here. A pair passes when the file is
changed, the client ended well and repeated the upstream's last words, and the strict upstream refused nothing.

A second table tells what each client, set up as its makers do, makes of a refusal (refusals.py): how many requests it sends,
and whether its user reads why. ``--only pairs`` or ``--only refusals`` runs one of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from tests.fakes import brain
from tests.fakes.upstream import Upstream

from .boot import Real, boot_alone
from .counting import counting
from .installed import CLIENTS, Client, Job, Missing, install, run
from .refusals import CASES, Case, judged, place_taken, prepare
from .world import DIALECTS, Lynkr, Provider, provider

PREFIX = Path(__file__).parents[2] / ".lynkr" / "clients"
BEFORE, AFTER = "print('hello')\n", "print('goodbye')\n"


@dataclass(frozen=True)
class Outcome:
    """`problem` "" when the pair passed, None when it was not run."""

    problem: str | None
    seconds: float = 0.0
    printed: str = ""
    asked: str = ""

    @property
    def cell(self) -> str:
        if self.problem is None:
            return "-"
        return f"{self.asked}{'FAIL' if self.problem else 'ok'} {self.seconds:.1f}s"


def try_pair(
    client: Client, chosen: Provider, lynkr: Lynkr, upstream: Upstream, prefix: Path, timeout: float
) -> Outcome:
    if not lynkr.serves(client.dialect, chosen):
        return Outcome(None)
    if client.model is not None:
        chosen = replace(chosen, model=client.model)
    upstream.reset()
    lynkr.configure([chosen])
    with tempfile.TemporaryDirectory(prefix="client-") as name:
        home, folder = Path(name) / "home", Path(name) / "project"
        home.mkdir()
        folder.mkdir()
        file = folder / "hello.py"
        file.write_text(BEFORE)
        prompt = brain.task(str(file), old="hello", new="goodbye")
        job = Job(prefix, home, folder, lynkr.base_url, lynkr.key, lynkr.name_of(chosen), prompt)
        start = time.monotonic()
        status, printed = run(client, job, timeout)
        return Outcome(judge(file, status, printed, upstream), time.monotonic() - start, printed)


def judge(file: Path, status: int, printed: str, upstream: Upstream) -> str:
    """What is wrong, "" if nothing is."""
    if refused := [received.refused for received in upstream.chats if received.refused]:
        return f"the upstream refused: {refused[0]}"
    if file.read_text() != AFTER:
        return "the file was not edited"
    if "Done:" not in printed:
        return "the final text did not reach the client"
    if status != 0:
        return "it took too long" if status < 0 else f"it ended with status {status}"
    return ""


def try_refusal(
    client: Client, case: Case, lynkr: Real, upstream: Upstream, chosen: Provider, prefix: Path, timeout: float
) -> Outcome:
    upstream.reset()
    with (
        tempfile.TemporaryDirectory(prefix="client-") as name,
        counting(lynkr.base_url) as counted,
        place_taken(lynkr, upstream, chosen, counted) if case.answered else nullcontext(),
    ):
        home, folder = Path(name) / "home", Path(name) / "project"
        home.mkdir()
        folder.mkdir()
        model = case.model or lynkr.name_of(chosen)
        job = Job(prefix, home, folder, counted.base_url, lynkr.keys[case.key], model, "Say hello.", tries=True)
        start = time.monotonic()
        _, printed = run(client, job, timeout)
        seconds = time.monotonic() - start
        problem = judged(client.name, case, counted.statuses, printed)
        return Outcome(problem, seconds, printed, f"{len(counted.asked)}x ")


def show(table: dict[str, dict[str, Outcome]], columns: list[str]) -> None:
    first = max(len(name) for name in table)
    widths = [max(len(column), 10) for column in columns]
    print(" " * first, *(column.rjust(width) for column, width in zip(columns, widths, strict=True)))
    for name, row in table.items():
        print(name.ljust(first), *(row[c].cell.rjust(w) for c, w in zip(columns, widths, strict=True)))
    for name, row in table.items():
        for column, outcome in row.items():
            if outcome.problem:
                print(
                    f"\n{name} x {column}: {outcome.problem}\n  "
                    + "\n  ".join(outcome.printed.strip().splitlines()[-12:])
                )


def main() -> int:
    options = argparse.ArgumentParser(description="Run real clients through the gateway.")
    options.add_argument("--client", action="append", help="only clients whose name contains this (may be repeated)")
    options.add_argument("--provider", action="append", choices=DIALECTS, help="only these provider dialects")
    options.add_argument("--prefix", type=Path, default=PREFIX, help="where the npm packages are kept")
    options.add_argument("--timeout", type=float, default=90.0, help="seconds a client may take")
    options.add_argument("--only", choices=("pairs", "refusals"), help="one of the two tables")
    chosen = options.parse_args()
    clients = [c for c in CLIENTS if not chosen.client or any(part.lower() in c.name.lower() for part in chosen.client)]
    columns = [d for d in DIALECTS if not chosen.provider or d in chosen.provider]
    prefix: Path = chosen.prefix.resolve()
    try:
        install(prefix)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 2
    pairs: dict[str, dict[str, Outcome]] = {}
    refusals: dict[str, dict[str, Outcome]] = {}
    with Upstream() as upstream, boot_alone() as lynkr:
        for client in clients:
            own = provider(upstream, client.dialect)
            if chosen.only != "refusals":
                pairs[client.name] = {
                    dialect: try_pair(client, provider(upstream, dialect), lynkr, upstream, prefix, chosen.timeout)
                    for dialect in columns
                }
            if chosen.only != "pairs" and client.model is None:
                prepare(lynkr, own)
                refusals[client.name] = {
                    case.name: try_refusal(client, case, lynkr, upstream, own, prefix, chosen.timeout) for case in CASES
                }
    verdicts = [told(pairs, columns, "pairs"), told(refusals, [case.name for case in CASES], "refusals")]
    return 0 if any(verdict is not None for verdict in verdicts) and False not in verdicts else 1


def told(table: dict[str, dict[str, Outcome]], columns: list[str], what: str) -> bool | None:
    """Prints `table`. Whether all that was run passed; None if nothing was."""
    if not table:
        return None
    show(table, columns)
    outcomes = [outcome for row in table.values() for outcome in row.values() if outcome.problem is not None]
    passed = sum(1 for outcome in outcomes if not outcome.problem)
    print(f"\n{passed} of {len(outcomes)} {what} passed\n")
    return bool(outcomes) and passed == len(outcomes)


if __name__ == "__main__":
    sys.exit(main())
