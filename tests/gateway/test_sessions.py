"""Sessions are recognised turn after turn, and told to nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.chat.request import ChatRequest, Message, Text, Tool, ToolResult, ToolUse
from gateway.fallback import Breakers
from gateway.ports import World
from gateway.providers.account import Account, Secret
from gateway.sessions import fingerprint, hint, session_of
from gateway.staying import asks_for_an_hour
from gateway.wire.registry import dialect

TOOLS = (Tool("read", "Reads", {"type": "object"}), Tool("write", "Writes", {"type": "object"}))
FIRST = Message("user", (Text("fix the bug"),))
REQUEST = ChatRequest("anthropic", "auto", (FIRST,), system=(Text("You are an agent"),), tools=TOOLS)


def test_the_fingerprint_stays_while_the_history_grows_and_marks_move() -> None:
    """FBK-8."""
    marked = Text("You are an agent", {"anthropic": {"cache_control": {"type": "ephemeral"}}})
    billing = Text("x-anthropic-billing-header: cc_version=2.1.330.0f6")
    later = replace(
        REQUEST,
        system=(billing, marked),
        tools=tuple(reversed(TOOLS)),
        messages=(
            FIRST,
            Message("assistant", (ToolUse("1", "read"),)),
            Message("user", (ToolResult("1", (Text("code"),)),)),
        ),
    )
    assert fingerprint(later) == fingerprint(REQUEST) != ""


MARK = {"cache_control": {"type": "ephemeral"}}
SHAPES = {
    "anthropic": [
        {"system": "Be brief.", "messages": [{"role": "user", "content": "fix it"}]},
        {
            "system": [
                {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.330.9ab"},
                {"type": "text", "text": "Be brief.", **MARK},
            ],
            "messages": [{"role": "user", "content": [{"type": "text", "text": "fix it", **MARK}]}],
        },
    ],
    "openai_chat": [
        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "fix it"}]},
        {
            "messages": [
                {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
                {"role": "user", "content": [{"type": "text", "text": "fix it"}]},
            ]
        },
    ],
    "openai_responses": [
        {"instructions": "Be brief.", "input": "fix it"},
        {
            "instructions": "Be brief.",
            "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "fix it"}]}],
        },
    ],
}


@pytest.mark.parametrize("surface", SHAPES)
def test_the_fingerprint_does_not_depend_on_how_the_same_texts_are_written(surface: str) -> None:
    """FBK-8: texts as strings or lists, with and without marks and Claude Code's billing line."""
    found = {
        fingerprint(dialect(surface).decode_request({"model": "auto", "max_tokens": 9, **body}))
        for body in SHAPES[surface]
    }
    assert len(found) == 1
    assert found != {""}


def test_another_opening_is_another_session() -> None:
    other = replace(REQUEST, messages=(Message("user", (Text("write a poem"),)),))
    assert fingerprint(other) != fingerprint(REQUEST)
    assert fingerprint(replace(REQUEST, messages=())) == ""


def test_the_clients_own_id_comes_first_and_is_not_passed_on() -> None:
    """FBK-7."""
    assert session_of({"x-claude-code-session-id": "abc", "session-id": "x"}) == "abc"
    assert session_of({}) == ""
    assert "abc" not in hint(1, "abc")
    assert hint(1, "abc") == hint(1, "abc") != hint(2, "abc")
    assert hint(1, "") == ""


def test_a_session_keeps_to_one_key_of_an_account_and_sessions_are_spread() -> None:
    """FBK-6, FBK-10: chosen by the session itself, so it never expires before the provider's cache does."""
    world = World(None, None, None, Breakers(lambda: 0.0), None, None, None, None)  # type: ignore[arg-type]
    account = Account(1, "a", "openai", secrets=(Secret(1, "one"), Secret(2, "two"), Secret(3, "three", weight=2)))
    chosen = [world.pick_secret(account, f"session-{n}") for n in range(300)]
    assert chosen == [world.pick_secret(account, f"session-{n}") for n in range(300)]
    counts = [chosen.count(secret) for secret in account.secrets]
    assert min(counts) > 40
    assert counts[2] == max(counts)


def test_requests_without_a_session_take_turns() -> None:
    world = World(None, None, None, Breakers(lambda: 0.0), None, None, None, None)  # type: ignore[arg-type]
    account = Account(1, "a", "openai", secrets=(Secret(1, "one"), Secret(2, "two")))
    assert {world.pick_secret(account, "") for _ in range(4)} == set(account.secrets)


@pytest.mark.parametrize(
    ("body", "hour"),
    [
        (b'{"system":[{"cache_control":{"type":"ephemeral","ttl":"1h"}}]}', True),
        (b'{"cache_control": { "ttl" :\n "1h" }}', True),
        (b'{"prompt_cache_retention": "24h"}', True),
        (b'{"cache_control":{"type":"ephemeral","ttl":"5m"}}', False),
        (b'{"range":"1h","text":"\\"ttl\\":\\"1h\\""}', False),
        (b'{"a":"1h","b":"24h","cache_control":{"ttl":"1h"}}', True),
        (b"", False),
    ],
)
def test_a_body_that_asks_for_a_long_cache_is_known(body: bytes, hour: bool) -> None:
    """FBK-10."""
    assert asks_for_an_hour(body) is hour
