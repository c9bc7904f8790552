"""`python -m tests.eval`: how well the tier of a request is chosen. Needs no database and no network."""

from __future__ import annotations

import argparse
from pathlib import Path

from .routing import report
from .routing.asks import SETS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.eval", description=__doc__)
    parser.add_argument("--half", choices=SETS, action="append", help="only this set (all by default)")
    parser.add_argument("--wrong", action="store_true", help="name the asks of the tuning half that went wrong")
    parser.add_argument(
        "--also", type=Path, metavar="DIR", help="labelled prompts of others (*.jsonl) to judge as well"
    )
    options = parser.parse_args()
    for line in report.lynkr(options.half or SETS, options.wrong):
        print(line, flush=True)
    if options.also:
        for line in report.also(options.also):
            print(line, flush=True)


if __name__ == "__main__":
    main()
