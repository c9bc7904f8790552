"""`python -m tests.eval.semcache [FILE...]`: near matches served rightly and wrongly, by the gates and by the cosine alone.

"recall": asks that mean the same and are served. "wrong": asks that mean something else and are served, with the share that
is possible with 95% certainty. No database and no network; the embedded model's weights are needed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from caching.gate import BALANCED, STRICT

from .measuring import (
    HELD_BACK,
    SEEN,
    THRESHOLDS,
    Judged,
    Pair,
    Vectors,
    by_gate,
    by_threshold,
    milliseconds,
    pairs,
    shares,
    upper,
)


def line(name: str, judged: Sequence[Judged]) -> str:
    right, maybe, same = shares(judged, True)
    wrong, unclear, different = shares(judged, False)
    return (
        f"  {name:14} recall {right / max(1, same):6.1%} of {same:5}   wrong {wrong:4} of {different:5}"
        f" = {wrong / max(1, different):6.2%} (up to {upper(wrong, different):6.2%})   unsure {maybe} + {unclear}"
    )


def classes(judged: Sequence[Judged]) -> Iterator[str]:
    for same, title in ((True, "served of the same"), (False, "served of the different")):
        kinds = sorted({each.pair.kind for each in judged if each.pair.same is same})
        told = []
        for kind in kinds:
            served, _, number = shares([each for each in judged if each.pair.kind == kind], same)
            told.append(f"{kind} {served}/{number}")
        yield f"  {title}: " + ", ".join(told)


def report(given: list[Pair], vectors: Vectors, options: argparse.Namespace) -> Iterator[str]:
    vectors.read(text for pair in given for text in (pair.a, pair.b))
    for floor in THRESHOLDS:
        yield line(f"cosine {floor:.2f}", by_threshold(given, vectors.cosine, floor))
    for name in (STRICT, BALANCED):
        judged = by_gate(given, vectors.cosine, name, vectors.words)
        yield line(name, judged)
    yield from classes(judged)
    for wanted, same, outcome in ((options.served, False, "serve"), (options.missed, True, "no")):
        for each in judged if wanted else ():
            if each.pair.same is same and (each.outcome == "serve") is (outcome == "serve"):
                yield f"  {outcome} ({each.why}, {each.pair.kind}): {each.pair.a!r} | {each.pair.b!r}"
    ready, judging = milliseconds(given)
    yield f"  {ready:.2f} ms to read one ask, {judging:.3f} ms to judge a pair"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.eval.semcache", description=__doc__)
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="pairs to judge (the project's own by default)"
    )
    parser.add_argument("--served", action="store_true", help="name the pairs that were served and should not be")
    parser.add_argument("--missed", action="store_true", help="name the pairs that were not served and might be")
    options = parser.parse_args()
    if missing := Vectors.missing():
        raise SystemExit(missing)
    vectors = Vectors()
    for path in options.files or [SEEN, *HELD_BACK]:
        given = pairs(path)
        print(f"{path.name}: {len(given)} pairs")
        for told in report(given, vectors, options):
            print(told, flush=True)


if __name__ == "__main__":
    main()
