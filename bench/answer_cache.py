"""``python -m bench.answer_cache``: what an answer from the cache takes, and what looking for one adds. See README.md."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from . import cache_asks
from .cache_ask import Times, ask_all
from .gateway import ROOT, Gateway, start_lynkr

TEAMS = 20  # that the rows of others belong to
OWN, LARGE = 300, 9_000  # rows in one scope and context
ROUNDS = 6  # in which what is compared takes turns
PARALLEL = 8
LEARNS = 33  # seconds until the gateway knows of a new index
KINDS: dict[str, dict[str, object]] = {
    "none": {"cache": "off"},
    "own": {"cache": "semantic", "cache_temperature": 1, "hold_out_percent": 0},
    "large": {"cache": "semantic", "cache_temperature": 1, "hold_out_percent": 0},
    "cold": {"cache": "semantic", "cache_temperature": 0},
}


def configuration() -> str:
    lines = ["teams:"]
    for slug, policy in KINDS.items():
        settings = ", ".join(
            f"{name}: '{value}'" if value == "off" else f"{name}: {value}" for name, value in policy.items()
        )
        lines += [
            f"  - slug: {slug}",
            "    members: [{user: bench, role: member}]",
            "    tiers: {SIMPLE: [bench-openai/bench-small], MEDIUM: [bench-openai/bench-small],"
            " COMPLEX: [bench-openai/bench-small], REASONING: [bench-openai/bench-small]}",
            f"    policy: {{{settings}}}",
        ]
    lines += [f"  - {{slug: other-{number}}}" for number in range(TEAMS)]
    lines += ["keys:", *(f"  - {{name: {slug}, team: {slug}, user: bench}}" for slug in KINDS)]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Asks:
    """What is asked, each text once, so that no reading is remembered: a share of combinations for each purpose."""

    own: list[tuple[str, str, str]]
    large: list[tuple[str, str, str]]
    fresh: list[tuple[str, str, str]]

    @classmethod
    def made(cls) -> Asks:
        found = cache_asks.combinations()
        return cls(found[:OWN], found[OWN : OWN + LARGE], found[OWN + LARGE :])


class Bench:
    def __init__(self, gateway: Gateway, asks: Asks, rounds: int, number: int) -> None:
        self.gateway, self.asks, self.rounds, self.number = gateway, asks, rounds, number
        self.port = gateway.address[1]
        self.unlike = cache_asks.unlike()
        self.table: list[tuple[str, Times, str]] = []

    async def go(self, key: str, asks: Sequence[str], times: Times, lines: int = 1, temperature: float = 0.0) -> None:
        await ask_all(self.port, self.gateway.keys[key], asks, times, lines=lines, temperature=temperature)

    async def trusted(self) -> None:
        """Until the embedder is loaded and trusted (gateway/unrelated.py), and one row of each team is kept."""
        for key in ("own", "large"):
            for number in range(40):
                times = Times("semantic")
                await self.go(key, [f"How do I delete branch release-{number} in git?"], times)
                await asyncio.sleep(0.3)
                await self.go(key, [f"How can I delete branch release-{number} in git?"], times)
                if times.whole:
                    break
            else:
                raise RuntimeError(f"near matches never began: {times.outcomes}")

    async def measure(self, lines: int) -> None:
        """All kinds of requests take turns, so that whatever else the machine does meets all of them."""
        form = cache_asks.ANOTHER if lines == 1 else cache_asks.A_THIRD
        skip = 0 if lines == 1 else OWN
        relay, exact, ineligible, unkept = Times(), Times("exact"), Times("skip"), Times()
        near, near_large = Times("semantic"), Times("semantic")
        miss, miss_large, refused = Times("miss"), Times("miss"), Times("miss")
        a_round = self.number // self.rounds
        for turn in range(self.rounds):
            part = slice(turn * a_round, (turn + 1) * a_round)
            shifted = slice(skip + part.start, skip + part.stop)
            fresh = [cache_asks.KEPT.format(*words) for words in self.asks.fresh[shifted]]
            new = [list(islice(self.unlike, a_round)) for _ in range(3)]
            await self.go("none", new[0], relay, lines)
            await self.go("own", new[1], miss, lines)
            await self.go("large", new[2], miss_large, lines)
            await self.go("own", [form.format(*words) for words in self.asks.own[part]], near, lines)
            await self.go("large", [form.format(*words) for words in self.asks.large[shifted]], near_large, lines)
            await self.go("own", fresh, refused, lines)
            await self.go("none", new[0], unkept, lines, 0.7)
            await self.go("cold", new[0], ineligible, lines, 0.7)
            await asyncio.sleep(0.5)  # until they are kept
            await self.go("own", new[1], exact, lines)
        how = "one at a time" if lines == 1 else f"{lines} at once"
        self.table += [
            (f"relay, cache off, {how}", relay, ""),
            (f"exact hit, {how}", exact, "whole p50 <= 3" if lines == 1 else ""),
            (f"near match among {OWN}, {how}", near, "whole p50 <= 25, p99 <= 80" if lines == 1 else ""),
            (f"near match among {LARGE}, {how}", near_large, "whole p50 <= 25, p99 <= 80" if lines == 1 else ""),
            (f"miss among {OWN}, {how}", miss, "first p50 <= relay + 25" if lines == 1 else ""),
            (f"miss among {LARGE}, {how}", miss_large, "first p50 <= relay + 25" if lines == 1 else ""),
            (f"miss, candidates refused, {how}", refused, "first p50 <= relay + 25" if lines == 1 else ""),
            (f"temperature, cache off, {how}", unkept, ""),
            (f"temperature, not eligible, {how}", ineligible, "as the line before"),
        ]

    def show(self) -> None:
        print(f"\n{'ms':46} {'first p50':>9} {'p99':>7} {'whole p50':>9} {'p99':>7}  {'n':>4}")
        for name, times, aim in self.table:
            first = f"{times.of(0.5, first=True):9.2f} {times.of(0.99, first=True):7.2f}"
            whole = f"{times.of(0.5):9.2f} {times.of(0.99):7.2f}"
            print(f"{name:46} {first} {whole}  {len(times.whole):4}  {aim}")
            if len(times.outcomes) > 1:
                print(f"    ! {dict(times.outcomes)}")


def show_late(gateway: Gateway) -> None:
    """Why the cache was not asked or not in time, counted since the start."""
    try:
        with urllib.request.urlopen(f"{gateway.base_url}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
    except OSError as problem:
        print(f"no metrics: {problem}")
        return
    print(*(line for line in lines if line.startswith("lynkr_cache_unavailable_total")), sep="\n")


def filled(gateway: Gateway, asks: Asks, rows: int) -> None:
    """The table as large as `rows`."""
    from django.db import connections

    from caching.minilm import MiniLM
    from gateway import postgres

    from . import cache_fill

    model, began = MiniLM(), time.monotonic()
    with postgres.connect("bench") as connection:
        seeds = {name: cache_fill.Seed(connection, name) for name in ("own", "large")}
        for name, words in (("own", asks.own), ("large", asks.large)):
            texts = [cache_asks.KEPT.format(*each) for each in words]
            cache_fill.fill_own(connection, seeds[name], texts, model.embed)
        drawn = model.embed([cache_asks.A_THIRD.format(*words) for words in asks.own])
        cache_fill.fill_others(connection, seeds["own"], list(drawn), rows - OWN - LARGE)
        size = cache_fill.settle(connection)
    connections.close_all()
    print(f"{size} in {time.monotonic() - began:.0f} s", flush=True)


def use_database(gateway: Gateway) -> None:
    """This process sees the gateway's database and keys."""
    from lynkr_site.embedded import postgres
    from lynkr_site.env import kept_secret, publish, use_settings

    assert gateway.folder is not None
    url = postgres.url(gateway.folder / "postgres", kept_secret(gateway.folder, "postgres_password"))
    publish({"LYNKR_DATA_DIR": str(gateway.folder), "DATABASE_URL": url or "", "REDIS_URL": ""})
    use_settings()
    import django

    django.setup()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.answer_cache", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="answers that are kept")
    parser.add_argument("--asks", type=int, default=OWN, help=f"of each kind, {OWN} at most")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--port", type=int, default=9393)
    parser.add_argument("--upstream-port", type=int, default=9394)
    parser.add_argument("--parts", action="store_true", help="only what each part takes, without a gateway's HTTP")
    given = parser.parse_args()
    upstream = subprocess.Popen(
        [sys.executable, "-m", "bench.upstream", "--port", str(given.upstream_port)], cwd=ROOT, stdout=subprocess.PIPE
    )
    gateway: Gateway | None = None
    try:
        assert upstream.stdout is not None
        upstream.stdout.readline()
        gateway = start_lynkr(given.upstream_port, given.port, configuration())
        return _measured(gateway, given)
    except RuntimeError as problem:
        print(problem, file=sys.stderr)
        return 2
    finally:
        if gateway is not None:
            gateway.stop()
        upstream.kill()
        upstream.wait()


def _measured(gateway: Gateway, given: Any) -> int:
    asks = Asks.made()
    bench = Bench(gateway, asks, given.rounds, given.asks)
    asyncio.run(bench.trusted())
    use_database(gateway)
    filled(gateway, asks, given.rows)
    from .cache_parts import show_parts

    time.sleep(LEARNS)
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if not given.parts:
        for lines in (1, PARALLEL):
            asyncio.run(bench.measure(lines))
        bench.show()
        show_late(gateway)
    asyncio.run(show_parts(asks.large, asks.own))
    print(f"load of the machine after: {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
