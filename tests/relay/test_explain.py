"""POST /v1/route/explain: what was decided and why, before anything is sent."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

HARD = "Prove step by step that this lock-free queue is linearizable, and analyse its worst case."
CANARY = "canary-words-of-a-person"


def explain(lynkr: Gateway, body: Any, key: str = "bob", **more: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {lynkr.keys.get(key, key)}"}
    return httpx.post(f"{lynkr.base_url}/v1/route/explain", json=body, headers=headers, timeout=20, **more)


SHAPES = {
    "anthropic": {"model": "auto", "system": "be brief", "messages": [{"role": "user", "content": HARD}]},
    "openai_chat": {"model": "auto", "messages": [{"role": "user", "content": HARD}]},
    "openai_responses": {"model": "auto", "input": HARD},
}


@pytest.mark.parametrize("dialect", SHAPES)
def test_every_shape_is_told_apart_and_explained_without_calling_a_provider(
    lynkr: Gateway, upstream: Upstream, dialect: str
) -> None:
    answer = explain(lynkr, SHAPES[dialect])
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["dialect"] == dialect
    assert told["mode"] == "auto"
    assert 50 < told["score"] <= 100
    assert told["tier"] in ("COMPLEX", "REASONING")
    assert next(f["value"] for f in told["features"] if f["name"] == "reasoning") > 0
    assert [cost["tier"] for cost in told["costs"]] == ["SIMPLE", "MEDIUM", "COMPLEX", "REASONING"]
    assert told["costs"][0]["target"] == "anth/claude-sonnet-4-5"
    assert float(told["costs"][0]["usd"]) > 0
    assert upstream.chats == []


def test_what_is_explained_is_what_is_served_and_it_is_kept_in_numbers(lynkr: Gateway, upstream: Upstream) -> None:
    words = f"{HARD} {CANARY}"
    told = explain(lynkr, {"model": "auto", "messages": [{"role": "user", "content": words}]}).json()
    answer = httpx.post(
        f"{lynkr.base_url}/v1/chat/completions",
        json={"model": "auto", "messages": [{"role": "user", "content": words}]},
        headers={"authorization": f"Bearer {lynkr.key}"},
        timeout=20,
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-lynkr-tier"].upper() == told["tier"]
    assert int(answer.headers["x-lynkr-score"]) == told["score"]
    id_ = answer.headers["x-lynkr-request-id"].removeprefix("req_")
    row = lynkr.wait_for_row("SELECT * FROM gateway_operation WHERE id = %s AND status <> 'open'", id_, 8)
    values = row["features"]["values"]
    named = {feature["name"]: feature["value"] for feature in told["features"] if not feature["usual"]}
    assert values == named
    assert all(isinstance(value, int | float | bool) for value in values.values())
    assert CANARY not in str(row)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"model": "auto"}, 400, "messages"),
        ({"model": "auto", "messages": 7}, 400, "messages"),
        ({"dialect": "klingon", "messages": []}, 400, "dialect"),
        ({"dialect": ["anthropic"], "messages": []}, 400, "dialect"),
        ({"model": "no-such-model", "messages": [{"role": "user", "content": "hi"}]}, 404, "model"),
        ([1, 2], 400, None),
    ],
)
def test_a_wrong_body_is_refused_by_the_name_of_its_field(lynkr: Gateway, body: Any, status: int, field: str) -> None:
    answer = explain(lynkr, body)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["message"]
    assert error["field"] == field


def test_a_body_without_a_model_asks_for_auto(lynkr: Gateway) -> None:
    told = explain(lynkr, {"messages": [{"role": "user", "content": "hi"}]}).json()
    assert (told["model"], told["mode"], told["tier"]) == ("auto", "auto", "SIMPLE")


def test_strangers_and_keys_without_the_scope_are_told_apart(lynkr: Gateway) -> None:
    body = SHAPES["openai_chat"]
    assert explain(lynkr, body, "lyk_nonsense").status_code == 401
    assert explain(lynkr, body, "expired").status_code == 401
    assert explain(lynkr, body, "root").status_code == 200


def test_what_the_key_may_not_use_is_left_out_and_said_why(lynkr: Gateway) -> None:
    told = explain(lynkr, {"messages": [{"role": "user", "content": "hi"}]}, "narrow").json()
    by_target = {target["target"]: target for target in told["targets"]}
    assert by_target["chat/gpt-4o"]["order"] == 1
    assert by_target["anth/claude-sonnet-4-5"]["order"] is None
    assert by_target["anth/claude-sonnet-4-5"]["why_not"] == "this key may not use it"


def test_an_unknown_price_is_null_and_a_free_one_is_not(lynkr: Gateway) -> None:
    lynkr.apply(
        {
            "teams": [{"slug": "odd", "members": [{"user": "bob", "role": "member"}],
                       "tiers": {"SIMPLE": ["chat/nobody-knows-it"], "MEDIUM": ["oll/llama3.2"]}}],
            "keys": [{"name": "odd", "team": "odd", "user": "bob"}],
        }
    )  # fmt: skip
    costs = explain(lynkr, {"messages": [{"role": "user", "content": "hi"}]}, "odd").json()["costs"]
    assert costs[0] | {"usd": None, "price_version": None} == costs[0]
    assert float(costs[1]["usd"]) == 0


def test_a_session_that_is_warm_is_told_and_kept_to(lynkr: Gateway, upstream: Upstream) -> None:
    """The lead's question "why did my easy ask go to the dear model?" has this answer."""
    session = {"x-session-id": "explain-warm"}
    begin = [{"role": "user", "content": f"{HARD} In this session."}]
    body = {"model": "auto", "messages": begin}
    headers = {"authorization": f"Bearer {lynkr.key}", **session}
    answer = httpx.post(f"{lynkr.base_url}/v1/chat/completions", json=body, headers=headers, timeout=20)
    assert answer.status_code == 200, answer.text
    more = [*begin, {"role": "assistant", "content": "Done."}, {"role": "user", "content": "thanks"}]
    told = httpx.post(
        f"{lynkr.base_url}/v1/route/explain", json={"model": "auto", "messages": more}, headers=headers, timeout=20
    ).json()
    served = f"{answer.headers['x-lynkr-provider']}/{answer.headers['x-lynkr-model']}"
    assert told["session"]["target"] == served
    assert told["session"]["tier"] == answer.headers["x-lynkr-tier"].upper()
    assert (
        explain(lynkr, {"model": "auto", "messages": [{"role": "user", "content": "thanks"}]}).json()["session"] is None
    )
