"""Rules are certain: they hit what they name, whole words only, and no pattern makes a request slow."""

from __future__ import annotations

import time

import pytest

from gateway.chat.request import ChatRequest, Message, Text, Tool
from routing.judgement import Judgement, judge
from routing.patterns import problem_of
from routing.rules import SHIPPED, Rule, Rules
from routing.side_requests import side_request_of
from routing.tiers import Bounds, Policy, Tier


def request(text: str, **more: object) -> ChatRequest:
    return ChatRequest("anthropic", "auto", (Message("user", (Text(text),)),), **more)  # type: ignore[arg-type]


def judged(text: str, *rules: Rule, policy: Policy | None = None) -> Judgement:
    return judge(request(text), policy or Policy(), Rules(rules or SHIPPED))


@pytest.mark.parametrize(
    "text",
    [
        "ultrathink about the scheduler",
        "prove that the square root of 3 is irrational",
        "beweise, dass es unendlich viele Primzahlen gibt",
        "证明根号三是无理数",
        "do a security audit of the login code",
    ],
)
def test_force_rules_choose_their_tier(text: str) -> None:
    assert judged(text).tier is Tier.REASONING


@pytest.mark.parametrize(
    "text",
    [
        "rotate the api keys of the billing service",
        "change how passwords are hashed",
        "add refunds to the payment service",
        "write a migration that drops the column legacy_id",
        "deploy this to production",
        "open port 22 in the prod firewall",
        "fix the null check in src/auth/middleware.ts",
        "cambia las contraseñas de producción",
        "修改登录密码的加密方式",
    ],
)
def test_what_is_risky_gets_at_least_complex(text: str) -> None:
    found = judged(text)
    assert found.floor is not None
    assert found.tier >= Tier.COMPLEX


@pytest.mark.parametrize(
    "text",
    [
        "Who is the author of Hamlet?",
        "do I need proof of purchase to return shoes?",
        "a haiku about deploying kindness",
        "who produced the film",
        "explain src/auth/middleware.ts",
        "translate 'rotate the production password' into French",
        "what does the word migration mean",
        "thanks, the security audit is done",
    ],
)
def test_words_that_only_look_risky_hit_no_floor_and_force(text: str) -> None:
    assert [hit.rule.name for hit in judged(text).hits if hit.rule.kind not in ("cap", "trivial")] == []


def test_the_highest_force_wins_floors_raise_and_a_cap_has_the_last_word() -> None:
    low = Rule("1", "low", "force", "apple", Tier.SIMPLE)
    high = Rule("2", "high", "force", "apple", Tier.MEDIUM)
    floor = Rule("3", "floor", "floor", "apple", Tier.COMPLEX)
    cap = Rule("4", "cap", "cap", "apple", Tier.SIMPLE)
    assert judged("apple", low, high).tier is Tier.MEDIUM
    assert judged("apple", low, high, floor).tier is Tier.COMPLEX
    assert judged("apple", low, high, floor, cap).tier is Tier.SIMPLE
    assert judged("apple", low, high, floor).reason == "floor"
    assert judged("pear", low, cap).hits == ()


def test_a_rule_that_is_off_or_broken_says_nothing() -> None:
    off = Rule("1", "off", "force", "apple", Tier.REASONING, enabled=False)
    broken = Rule("2", "broken", "force", "(apple", Tier.REASONING)
    assert judged("apple", off, broken).hits == ()


def test_word_lists_match_whole_words_in_any_inflection_with_groups_and_exceptions() -> None:
    rule = Rule("1", "r", "floor", "# comment\ndeploy|ship & prod|live & !poem", Tier.COMPLEX, form="words")
    for text in ("Deploying to PROD now", "we shipped it live"):
        assert judged(text, rule).floor is Tier.COMPLEX
    for text in ("deploy it", "prodigy deployment", "a poem on deploying to prod"):
        assert judged(text, rule).floor is None


def test_bounds_are_the_policys() -> None:
    text = "write a function that merges two sorted lists, with tests"
    value = judged(text).score
    assert value is not None
    strict = judged(text, policy=Policy(bounds=Bounds(0, 1, 2)))
    lenient = judged(text, policy=Policy(bounds=Bounds(98, 99, 100)))
    assert strict.tier > Tier.MEDIUM
    assert lenient.tier is Tier.SIMPLE
    assert value.margin >= 0


def test_every_shipped_pattern_may_be_entered_by_hand() -> None:
    assert {rule.name: problem for rule in SHIPPED if (problem := problem_of(rule.form, rule.pattern))} == {}


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(?:a|aa)+b", r"(\w+\s?)*x", "(aa?)+b", ".*.*.*.*x", "(", "x*", " ", "a" * 2001, "(?:(?:a){2,})*b"],
)
def test_patterns_that_are_slow_or_wrong_are_refused_quickly(pattern: str) -> None:
    begin = time.monotonic()
    assert problem_of("regex", pattern)
    assert time.monotonic() - begin < 3


@pytest.mark.parametrize("pattern", ["# only a comment", "a & ", "!a", "one two three four five"])
def test_word_lists_nothing_can_match_are_refused(pattern: str) -> None:
    assert problem_of("words", pattern)


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (
            request("[SUGGESTION MODE: predict the next message] production credentials", tools=(Tool("Bash"),)),
            "suggestion",
        ),
        (request("hi", max_tokens=1), "probe"),
        (request("rotate keys", system=(Text("You are a title generator. You output ONLY a thread title."),)), "title"),
        (request("x", system=(Text("Analyze if this message indicates a new conversation topic."),)), "topic"),
        (
            request(
                "ls", system=(Text("Your task is to process Bash commands that an AI coding agent wants to run."),)
            ),
            "command prefix",
        ),
        (request("### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history."), "title"),
    ],
)
def test_what_a_client_asks_for_itself_is_simple_and_no_part_of_the_session(made: ChatRequest, name: str) -> None:
    found = judge(made, Policy(), Rules(SHIPPED))
    assert (found.mode, found.side_request, found.tier) == ("side", name, Tier.SIMPLE)


@pytest.mark.parametrize(
    "made",
    [
        request("Your task is to create a detailed summary of the conversation so far", tools=(Tool("Bash"),)),
        request("write a title for my blog post about gardening"),
        request("hi"),
        request("deploy it", system=(Text("You are a title generator"),), tools=(Tool("Bash"),)),
    ],
)
def test_compaction_and_asks_of_people_are_no_side_requests(made: ChatRequest) -> None:
    assert side_request_of(made) == ""
