"""Acme with alice (lead) and bob, charlie outside, one provider; made through the same code the admin and `apply` use."""

from __future__ import annotations

from typing import Any

from gateway.configuration.writing import Outcome, apply

SECRET = "sk-canary-provider-secret-0001"
TREE: dict[str, Any] = {
    "providers": [{"name": "cloud", "vendor": "openai", "base_url": "http://127.0.0.1:9/v1", "secret": SECRET}],
    "teams": [
        {
            "slug": "acme",
            "members": [{"user": "alice", "role": "lead"}, {"user": "bob"}],
            "tiers": {"SIMPLE": ["cloud/gpt-4o-mini"], "REASONING": ["cloud/gpt-4o", "cloud/o3"]},
        },
        {"slug": "outside", "members": [{"user": "charlie"}]},
    ],
    "keys": [
        {"name": "laptop", "team": "acme", "user": "bob"},
        {"name": "robot", "team": "acme"},
        {"name": "charlies", "team": "outside", "user": "charlie"},
    ],
}


def make() -> Outcome:
    return apply(TREE)
