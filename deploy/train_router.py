"""Trains the learned part of the score (routing/learned.py) and writes routing/data/difficulty.json. Standard library only.

    python deploy/train_router.py            train on everything that may be trained on, and write
    python deploy/train_router.py --check    cross-validate: each fold is judged by a model that has not seen it

Data: tests/eval/routing/tuning.jsonl, former.jsonl and exemplars.jsonl, written for this project (PROVENANCE.md beside
them). What is held back is not read. The model is linear in the evidence; its loss is zero inside the accepted tiers, squared
outside, and too low costs more than too high. The order is seeded: the same data gives the same weights.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway.chat.request import ChatRequest, Message, Text  # noqa: E402
from routing.ask import ask_of  # noqa: E402
from routing.features import numbers_of  # noqa: E402
from routing.judgement import judge  # noqa: E402
from routing.learned import evidence, weights  # noqa: E402
from routing.lexicon import PHRASES  # noqa: E402
from routing.rules import SHIPPED, Rules  # noqa: E402
from routing.tiers import Policy, Tier  # noqa: E402

DATA = ROOT / "tests" / "eval" / "routing"
DATA_FILES = ("tuning.jsonl", "former.jsonl", "exemplars.jsonl")
OUT = ROOT / "routing" / "data" / "difficulty.json"
EPOCHS, RATE, DECAY, MARGIN, TOO_LOW, SCALE = 12, 0.12, 0.0006, 0.45, 1.6, 500
RARE = 2
"""Words and pairs of words seen in fewer asks than this are left out."""

Row = tuple[str, frozenset[Tier]]
Sample = tuple[list[tuple[str, float]], float, float]


def rows(name: str) -> list[Row]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [(row["text"], frozenset(Tier[t] for t in row["accept"])) for row in map(json.loads, lines)]


def request(text: str) -> ChatRequest:
    return ChatRequest("anthropic", "auto", (Message("user", (Text(text),)),))


def samples(data: list[Row]) -> list[Sample]:
    made = []
    for text, accepted in data:
        ask = ask_of(request(text))
        found = PHRASES.found_in(ask.stems)
        parts = list(evidence(ask.stems, found, ask.reading, numbers_of(ask)))
        low, high = min(accepted) + MARGIN, max(accepted) + 1 - MARGIN
        made.append((parts, -9.0 if min(accepted) == 0 else low, 9.0 if max(accepted) == 3 else high))
    return made


def train(data: list[Row], seed: int = 7) -> dict[str, float]:
    """Averaged AdaGrad over the last half of the epochs."""
    found = samples(data)
    seen = Counter(name for parts, _, _ in found for name in {name for name, _ in parts})
    kept = {name for name, count in seen.items() if count >= RARE or name[0] in "#%"}
    found = [([(n, v) for n, v in parts if n in kept], low, high) for parts, low, high in found]
    model = {"": 1.0, **dict.fromkeys(sorted(kept), 0.0)}
    squares = dict.fromkeys(model, 0.1)
    total = dict.fromkeys(model, 0.0)
    order, dice = list(range(len(found))), random.Random(seed)  # noqa: S311
    for epoch in range(EPOCHS):
        dice.shuffle(order)
        for index in order:
            parts, low, high = found[index]
            value = model[""] + sum(model[name] * v for name, v in parts)
            wrong = (value - low) * TOO_LOW if value < low else value - high if value > high else 0.0
            for name, v in (("", 1.0), *parts):
                slope = wrong * v + DECAY * model[name] * (name != "")
                if slope:
                    squares[name] += slope * slope
                    model[name] -= RATE * slope / squares[name] ** 0.5
        if epoch >= EPOCHS // 2:
            for name, weight in model.items():
                total[name] += weight
    return {name: weight / (EPOCHS - EPOCHS // 2) for name, weight in total.items()}


def install(model: dict[str, float]) -> None:
    """For this process."""
    from routing import features

    features.weights = lambda: model  # type: ignore[attr-defined]


def counted(data: list[Row], show: bool = False) -> Counter[str]:
    rules, found = Rules(SHIPPED), Counter[str]()
    for text, accepted in data:
        judged = judge(request(text), Policy(), rules)
        what = "low" if judged.tier < min(accepted) else "high" if judged.tier > max(accepted) else "accepted"
        found[what] += 1
        if show and what != "accepted":
            wanted = "/".join(t.name for t in sorted(accepted))
            value = judged.score.value if judged.score else "-"
            print(f"{what:4} {judged.tier.name} ({value}) not {wanted}: {text[:110]!r} [{judged.reason}]")
    return found


def shares(found: Counter[str]) -> str:
    total = sum(found.values())
    return "  ".join(f"{name} {found[name] / total:.3f}" for name in ("accepted", "low", "high")) + f"  of {total}"


def check(folds: int, show: bool) -> None:
    data, more = rows("tuning.jsonl") + rows("former.jsonl"), rows("exemplars.jsonl")
    random.Random(3).shuffle(data)  # noqa: S311
    found = Counter[str]()
    for fold in range(folds):
        install(train([row for at, row in enumerate(data) if at % folds != fold] + more))
        found += counted(data[fold::folds], show)
    print("tuning and former, cross-validated:", shares(found))
    random.Random(5).shuffle(more)  # noqa: S311
    found = Counter[str]()
    for fold in range(folds):
        install(train([row for at, row in enumerate(more) if at % folds != fold] + data))
        found += counted(more[fold::folds], show)
    print("exemplars, cross-validated:", shares(found))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--check", action="store_true")
    options.add_argument("--folds", type=int, default=5)
    options.add_argument("--show", action="store_true", help="print what is judged wrongly")
    given = options.parse_args()
    if given.check:
        check(given.folds, given.show)
        return
    data = [row for name in DATA_FILES for row in rows(name)]
    model = train(data)
    whole = {name: round(weight * SCALE) for name, weight in sorted(model.items())}
    OUT.parent.mkdir(exist_ok=True)
    kept = {name: weight for name, weight in whole.items() if weight}
    OUT.write_text(
        json.dumps({"scale": SCALE, "weights": kept}, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8"
    )
    weights.cache_clear()
    print(f"{len(kept)} weights, {OUT.stat().st_size // 1024} kB; on its own data:", shares(counted(data)))


if __name__ == "__main__":
    main()
