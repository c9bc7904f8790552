"""Asks LiteLLM's complexity router about our labelled asks and keeps what it says in verdicts.json beside this file.

Lynkr does not depend on LiteLLM: run this with the interpreter of an environment of its own that holds nothing else,

    python -m venv elsewhere && elsewhere/bin/pip install litellm==1.106.2
    LITELLM_LOCAL_MODEL_COST_MAP=True elsewhere/bin/python tests/eval/routing/litellm/ask_litellm.py

Both of its local scorers are asked, as shipped: "heuristic" (its default, words and patterns) through its public `classify`,
and "heuristic_v2" (trained on UltraFeedback) through the method its router calls for that setting. Its tier NON_REASONING,
below SIMPLE and off by default, would count as SIMPLE. The variable keeps it from fetching a price list: nothing is sent.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from unittest.mock import MagicMock

HERE = Path(__file__).parent
FILES = ("tuning", "held_back", "former", "lookalikes", "risky")


def main() -> None:
    from litellm.router_strategy.complexity_router.complexity_router import ComplexityRouter
    from litellm.router_strategy.complexity_router.config import ComplexityRouterConfig

    # Its own evaluation stands a mock in for the router of models too: no model is called by these two scorers.
    shipped = ComplexityRouter(model_name="eval", litellm_router_instance=MagicMock())
    trained = ComplexityRouter(
        model_name="eval",
        litellm_router_instance=MagicMock(),
        complexity_router_config=ComplexityRouterConfig(classifier_type="heuristic_v2").model_dump(exclude_unset=True),
    )
    verdicts: dict[str, dict[str, str]] = {"heuristic": {}, "heuristic_v2": {}}
    for name in FILES:
        for line in (HERE.parent / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            verdicts["heuristic"][row["id"]] = _word(shipped.classify(row["text"])[0])
            verdicts["heuristic_v2"][row["id"]] = _word(trained._classify_with_heuristic_v2(row["text"]).tier)
    told = {
        "what": "tiers LiteLLM's complexity router gives our labelled asks, made by ask_litellm.py beside this file",
        "package": f"litellm {version('litellm')} from PyPI, MIT licence; none of its text is here",
        "settings": "as shipped; classifier_type heuristic (the default) and heuristic_v2",
        "verdicts": verdicts,
    }
    (HERE / "verdicts.json").write_text(json.dumps(told, indent=0, sort_keys=True) + "\n", encoding="utf-8")


def _word(tier: object) -> str:
    word = str(getattr(tier, "value", tier))
    return "SIMPLE" if word == "NON_REASONING" else word


if __name__ == "__main__":
    main()
