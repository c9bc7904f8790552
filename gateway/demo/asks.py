"""What the invented people ask: judged as a gateway would, so that explaining and previewing have something to go by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.chat.request import ChatRequest, Message, Text
from routing.judgement import judge
from routing.recording import compact
from routing.rules import SHIPPED, Rules
from routing.tiers import Policy, Tier

ASKS = (
    "what does git stash do?",
    "rename the variable `usr` to `user` in this file",
    "which port does postgres listen on by default?",
    "thanks, that works",
    "what does HTTP 409 mean",
    "convert 14:30 CET to UTC",
    "fix the typo in the heading of README.md",
    "what is the plural of index in English",
    "write a function that groups orders by customer and sums their totals, with a test",
    "explain what this regular expression matches and where it fails",
    "add a --dry-run option to scripts/sync.py and describe it in the help text",
    "write a SQL query for the ten customers with the most returns in the last quarter",
    "summarise this incident report in five sentences for the weekly mail",
    "the date picker shows yesterday for users in Sydney, the parsing is in src/date.ts; fix it",
    "turn this curl command into a small Python client with retries",
    "write unit tests for the discount calculation in billing/discounts.py",
    "split the order service into two modules, move the handlers, keep the tests green and update the imports everywhere",
    "checkout has been slow since Tuesday and nobody knows why; find the cause in the traces and fix it",
    "migrate the payments table to the new schema without downtime and write the rollback",
    "design how tenants share one search cluster: isolation, cost, reindexing, and compare three options",
    "our nightly import loses rows now and then, only under load; find out why and make it reliable",
    "replace the session cookies by signed tokens in all services and rotate the keys",
    "prove that this merge of two CRDT maps is commutative and associative, or give a counterexample",
    "do a security audit of the login and password reset flow and rank what you find",
    "think hard: design a lock-free queue for many producers and prove that no element is lost",
    "derive the worst case of this scheduling algorithm and show when it misses deadlines",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """How an ask was judged: `features` as an operation keeps them."""

    tier: Tier
    score: int
    reason: str
    features: Mapping[str, Any]


@cache
def judged() -> Mapping[Tier, Sequence[Asked]]:
    """Each tier's asks under the shipped rules and a fresh installation's policy. Every tier has some."""
    found: dict[Tier, list[Asked]] = {tier: [] for tier in Tier}
    rules = Rules(SHIPPED)
    for text in ASKS:
        made = judge(ChatRequest("anthropic", "auto", (Message("user", (Text(text),)),)), Policy(), rules)
        record: dict[str, Any] = {"values": compact(made.features)}
        if made.hits:
            record["hits"] = [hit.rule.id for hit in made.hits]
        score = made.score.value if made.score is not None else 0
        found[made.tier].append(Asked(made.tier, score, made.reason, record))
    return found
