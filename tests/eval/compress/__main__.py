"""`python -m tests.eval.compress DIR`: tokens saved and facts kept on tool results with known facts, by kind.

DIR holds `cases.jsonl` and `raw/` (the shape: keeping.py). Ends with 1 where a critical fact was lost or an output grew.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from gateway.compress import compress
from gateway.compress.results import Job
from gateway.passing import make
from gateway.tokens import count_text

from . import keeping


class Sum:
    def __init__(self) -> None:
        self.cases = self.before = self.after = self.honest = self.critical = self.kept = self.bulk = self.bulk_kept = 0

    def add(self, before: int, after: int, case: keeping.Case, lost: int, bulk_lost: int) -> None:
        levels = [fact["level"] for fact in case.facts]
        self.cases += 1
        self.before += before
        self.after += after
        self.honest += 0 if lost else before - after
        self.critical += levels.count("critical")
        self.kept += levels.count("critical") - lost
        self.bulk += levels.count("bulk")
        self.bulk_kept += levels.count("bulk") - bulk_lost

    def line(self, name: str) -> str:
        bulk = f"{self.bulk_kept}/{self.bulk}" if self.bulk else "-"
        saved = 1 - self.after / max(self.before, 1)
        honest = self.honest / max(self.before, 1)
        kept = f"{self.kept}/{self.critical}"
        return f"{name:14} {self.cases:5} {self.before:8} {saved:7.1%} {honest:7.1%} {kept:>14} {bulk:>10}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.eval.compress", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", action="store_true", help="a line for each output")
    options = parser.parse_args()
    sums: dict[str, Sum] = {}
    bad: list[str] = []
    slowest = 0.0
    for case in keeping.cases(options.folder):
        started = time.process_time()
        made = compress(case.text, case.command, case.tool)
        if len(case.text) > 1_000:
            slowest = max(slowest, (time.process_time() - started) * 1e7 / len(case.text))
        text = make(Job(case.text, case.command, case.tool)).text or case.text  # as the gateway sends it
        before, after = count_text(case.text), count_text(text)
        lost = keeping.lost(case, text, "critical")
        if lost or after > before:
            bad.append(f"{case.name}: {before} -> {after} tokens, lost {[fact['text'] for fact in lost[:3]]}")
        for key in (case.kind, "all"):
            sums.setdefault(key, Sum()).add(before, after, case, len(lost), len(keeping.lost(case, text, "bulk")))
        if options.each:
            print(f"{case.name:24} {made.name:10} {before:7} -> {after:7} {1 - after / max(before, 1):7.1%}")
    print("kind           cases   tokens   saved  honest  critical kept  bulk kept   (tokenizer o200k)")
    for name in sorted(sums, key=lambda name: name == "all"):
        print(sums[name].line(name))
    print(f"slowest: {slowest:.2f} ms for 10,000 characters")
    print("\n".join(bad) or "no critical fact lost, nothing larger than it came")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
