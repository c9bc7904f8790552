"""The router under test: the pure decision, asked through each client dialect as a gateway would be."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from gateway.chat.request import ChatRequest
from gateway.wire.registry import dialect
from routing.judgement import Judgement, judge
from routing.rules import Rules
from routing.tiers import Policy

DIALECTS = ("anthropic", "openai_chat", "openai_responses")
POLICY = Policy()


@cache
def shipped_rules() -> Rules:
    """Those a fresh installation has."""
    from routing import rules

    return Rules(getattr(rules, "SHIPPED", ()))


def bare(text: str, name: str) -> ChatRequest:
    """`text` alone, in the dialect called `name`."""
    message = {"role": "user", "content": text}
    bodies: Mapping[str, dict[str, Any]] = {
        "anthropic": {"model": "auto", "max_tokens": 1024, "messages": [message]},
        "openai_chat": {"model": "auto", "messages": [message]},
        "openai_responses": {"model": "auto", "input": text},
    }
    return decoded(bodies[name], name)


def decoded(body: Mapping[str, Any], name: str) -> ChatRequest:
    return dialect(name).decode_request(body)


def verdict(request: ChatRequest, policy: Policy = POLICY) -> Judgement:
    return judge(request, policy, shipped_rules())


def same(one: Judgement, other: Judgement) -> bool:
    """Whether the ask was judged alike: tier, score, and the rules that were hit."""
    return _told(one) == _told(other)


def _told(found: Judgement) -> tuple[Any, ...]:
    return (
        found.tier,
        found.score and found.score.value,
        found.floor,
        found.cap,
        found.mode,
        [hit.rule.id for hit in found.hits],
    )
