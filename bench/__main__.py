"""``python -m bench``: requests/s, added latency, CPU per request and per event, memory per open stream; direct and through
the gateway in the same run. See README.md."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import bodies, machine
from .gateway import Gateway, running, start_lynkr
from .load import Shot, Tally, fire, hold, shot
from .loop import run
from .scenarios import OPEN_STREAMS, SCENARIOS, STREAM_KB_AIM, Scenario

RESULTS = Path(__file__).parent / "results"
PROVIDERS = {"openai_chat": "bench-openai", "anthropic": "bench-anthropic"}


@dataclass(frozen=True)
class Row:
    """Latencies in ms (`added_first`: to the first byte), CPU in ms per the scenario's unit; None: not measured."""

    name: str
    unit: str
    direct_rate: float
    rate: float | None = None
    added_p50: float | None = None
    added_p99: float | None = None
    added_first_p50: float | None = None
    cpu: float | None = None
    aim: float | None = None
    problems: tuple[str, ...] = ()


def direct_shot(scenario: Scenario, port: int) -> Shot:
    body = bodies.request(scenario.provider, scenario.model, stream=scenario.stream, agent=scenario.agent)
    return _shot(("127.0.0.1", port), scenario.provider, body, "bench", scenario)


def gateway_shot(scenario: Scenario, gateway: Gateway) -> Shot:
    name = gateway.model_format.format(provider=PROVIDERS[scenario.provider], model=scenario.model)
    body = bodies.request(scenario.client, name, stream=scenario.stream, agent=scenario.agent)
    return _shot(gateway.address, scenario.client, body, gateway.key, scenario)


def _shot(address: tuple[str, int], dialect: str, body: bytes, key: str, scenario: Scenario) -> Shot:
    return shot(address, bodies.PATHS[dialect], body, key, bodies.terminal(dialect) if scenario.stream else b"")


@dataclass
class Loaded:
    """One target under one scenario: alone (latency; a paced stream is never alone) and with many connections (rate, CPU)."""

    alone: Tally
    busy: Tally
    cpu: float


def load(target: Shot, scenario: Scenario, seconds: float, pids: list[int]) -> Loaded:
    paced = scenario.unit == "event"
    if not paced:
        run(fire(target, 1, 0.2))
        alone = run(fire(target, 1, seconds / 2))
    before = machine.cpu_seconds(pids)
    busy = run(fire(target, scenario.connections, seconds))
    return Loaded(busy if paced else alone, busy, machine.cpu_seconds(pids) - before)


def measure(scenario: Scenario, port: int, gateway: Gateway | None, seconds: float, rounds: int) -> Row:
    """Direct and gateway alternate; each figure is the median of the rounds."""
    direct: list[Loaded] = []
    through: list[Loaded] = []
    for _ in range(rounds):
        direct.append(load(direct_shot(scenario, port), scenario, seconds, []))
        if gateway is not None:
            through.append(load(gateway_shot(scenario, gateway), scenario, seconds, gateway.pids))
    problems = tuple(sorted({p for done in (*direct, *through) for p in (*done.alone.problems, *done.busy.problems)}))
    direct_rate = statistics.median(done.busy.rate for done in direct)
    if gateway is None or not all(done.busy.total and done.alone.total for done in through):
        return Row(scenario.name, scenario.unit, direct_rate, aim=scenario.aim, problems=problems)

    def added(share: float, *, first: bool = False) -> float:
        pairs = [
            (d.alone.percentile(share, first=first), t.alone.percentile(share, first=first))
            for d, t in zip(direct, through, strict=True)
        ]
        return 1000 * statistics.median(there - here for here, there in pairs)

    cpus = [1000 * done.cpu / (len(done.busy.total) * scenario.per) for done in through]
    return Row(
        scenario.name,
        scenario.unit,
        direct_rate,
        statistics.median(done.busy.rate for done in through),
        added(0.5),
        added(0.99),
        added(0.5, first=True),
        statistics.median(cpus) if gateway.pids else None,
        scenario.aim,
        problems,
    )


def open_stream_kb(gateway: Gateway) -> tuple[float, int]:
    """Private memory per open stream in kB, after a warm-up, and how many of the streams were answering."""
    scenario = Scenario("open streams", "anthropic", "anthropic", "bench-slow", stream=True)
    target = gateway_shot(scenario, gateway)

    async def occupy() -> tuple[int, int]:
        answering, shooters = await hold(target, OPEN_STREAMS, 3.0)
        used = machine.memory_bytes(gateway.pids)
        for shooter in shooters:
            shooter.close()
        return used, answering

    before = machine.memory_bytes(gateway.pids)
    used, answering = run(occupy())
    return (used - before) / 1024 / OPEN_STREAMS, answering


def show(rows: list[Row]) -> None:
    print(
        f"{'':38} {'direct/s':>9} {'through/s':>9} {'+p50 ms':>8} {'+p99 ms':>8} {'+first':>8} {'CPU ms':>8} {'aim':>6}"
    )
    for row in rows:
        cells = [_cell(row.rate, 0, 9), _cell(row.added_p50, 2, 8), _cell(row.added_p99, 2, 8)]
        cells += [_cell(row.added_first_p50, 2, 8), _cell(row.cpu, 3, 8)]
        verdict = "" if row.cpu is None or row.aim is None else "  ok" if row.cpu <= row.aim else "  OVER"
        print(f"{row.name:38} {row.direct_rate:9.0f} {' '.join(cells)} {_cell(row.aim, 2, 6)} /{row.unit}{verdict}")
        for problem in row.problems[:3]:
            print(f"    ! {problem}")


def _cell(value: float | None, digits: int, width: int) -> str:
    return "-".rjust(width) if value is None else f"{value:{width}.{digits}f}"


def save(rows: list[Row], memory: tuple[float, int] | None) -> Path:
    now = datetime.now(UTC)
    kilobytes, answering = memory or (None, None)
    found: dict[str, Any] = {"at": now.isoformat(), "cores": os.cpu_count(), "python": sys.version.split()[0]}
    found |= {"rows": [asdict(row) for row in rows], "kb_per_open_stream": kilobytes, "open_streams": answering}
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{now:%Y%m%d-%H%M%S}.json"
    file.write_text(json.dumps(found, indent=1))
    return file


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="What the gateway costs.")
    parser.add_argument("--base-url", help="a gateway that runs already (else Lynkr is started here)")
    parser.add_argument("--key", default="bench", help="its API key")
    parser.add_argument("--model-format", default="{provider}/{model}", help="how its models are named")
    parser.add_argument("--upstream-port", type=int, default=9390)
    parser.add_argument("--only", help="scenarios whose name contains this")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--direct", action="store_true", help="measure direct access alone")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    gateway_core, load_core, upstream_core = machine.cores()
    port: int = chosen.upstream_port
    command = [sys.executable, "-m", "bench.upstream", "--port", str(port)]
    upstream = subprocess.Popen(command, cwd=RESULTS.parents[1], stdout=subprocess.PIPE)
    gateway: Gateway | None = None
    try:
        assert upstream.stdout is not None
        if upstream.stdout.readline().strip() != b"ready":
            raise RuntimeError(f"the upstream did not start; is port {port} taken?")
        if chosen.base_url:
            gateway = running(chosen.base_url, chosen.key, chosen.model_format)
        elif not chosen.direct:
            gateway = start_lynkr(port)
        machine.pin([upstream.pid], upstream_core)
        machine.pin([os.getpid()], load_core)
        if gateway is not None:
            machine.pin(gateway.pids, gateway_core)
            time.sleep(0.5)
        wanted = [s for s in SCENARIOS if not chosen.only or chosen.only in s.name]
        rows = [measure(scenario, port, gateway, chosen.seconds, chosen.rounds) for scenario in wanted]
        memory = open_stream_kb(gateway) if gateway is not None and gateway.pids and not chosen.only else None
    except RuntimeError as problem:
        print(problem, file=sys.stderr)
        return 2
    finally:
        if gateway is not None:
            gateway.stop()
        upstream.kill()
        upstream.wait()
    show(rows)
    if memory is not None:
        print(
            f"{'memory per open stream':38} {memory[0]:9.1f} kB (aim {STREAM_KB_AIM:.0f}), {memory[1]} of {OPEN_STREAMS} open"
        )
    print(f"\n{save(rows, memory)}")
    return 1 if any(row.problems for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
