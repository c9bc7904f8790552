"""A team whose tiers are three different models, and what its policy may be set to."""

from __future__ import annotations

from typing import Any

from tests.fakes.gateway import Gateway

CHEAP, BETTER, BEST = "oai/gpt-4o-mini", "anth/claude-sonnet-4-5", "resp/gpt-4o"
OFF: dict[str, Any] = {
    "cascade": False,
    "badge": False,
    "judge": "",
    "judge_milliseconds": 800,
    "borderline": 5,
    "explore_percent": 0,
    "fallback": True,
    "sticky": False,
    "bounds": {"SIMPLE": 60, "MEDIUM": 80, "COMPLEX": 90},  # so that what is asked here is SIMPLE by whatever score
}


def set_policy(lynkr: Gateway, tiers: dict[str, list[str]] | None = None, **policy: Any) -> None:
    """Everything else is off; the key is "climber"."""
    ladder = {"SIMPLE": [CHEAP], "MEDIUM": [BETTER], "COMPLEX": [BEST], "REASONING": [BEST]}
    team = {
        "slug": "climbers",
        "members": [{"user": "bob", "role": "member"}],
        "tiers": tiers or ladder,
        "policy": {**OFF, **policy},
    }
    lynkr.apply({"teams": [team], "keys": [{"name": "climber", "team": "climbers", "user": "bob"}]})
