"""What a tenant sends to stop others, to pass a budget or to be answered 500."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import httpx
import pytest

from accounts.models import Budget, Team
from tests.conftest import use_database
from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import PATHS, SURFACES, ask, message_of
from .climbers import set_policy

TURN = b'{"role":"user","content":"hi"}'
COUNT = "/v1/messages/count_tokens"


def post(lynkr: Gateway, path: str, raw: bytes, key: str = "root") -> httpx.Response:
    return httpx.post(lynkr.base_url + path, content=raw, headers={"x-api-key": lynkr.keys[key]}, timeout=60)


def longest_wait_beside(lynkr: Gateway, deed: Callable[[], object]) -> float:
    """Seconds that the slowest of others' small requests took while `deed` was being served."""
    other = threading.Thread(target=deed)
    waits = [0.0]
    with httpx.Client(base_url=lynkr.base_url, timeout=60) as client:
        client.get("/")
        other.start()
        while other.is_alive():
            begun = time.monotonic()
            client.get("/")
            waits.append(time.monotonic() - begun)
            time.sleep(0.02)
    return max(waits)


@pytest.mark.parametrize("path", [COUNT, "/v1/messages"])
@pytest.mark.parametrize("many", ["messages", "blocks"])
def test_a_body_of_very_many_parts_is_refused_and_holds_nobody_up(
    lynkr: Gateway, upstream: Upstream, path: str, many: str
) -> None:
    """20 MB of these kept the event loop from everybody for 5 to 12 seconds, and counting costs no tenant anything."""
    turns = b",".join([TURN] * 600_000)
    if many == "blocks":
        turns = b'{"role":"user","content":[' + b",".join([b'{"type":"text","text":"a"}'] * 600_000) + b"]}"
    answers: list[httpx.Response] = []
    raw = b'{"model":"simple","max_tokens":5,"messages":[' + turns + b"]}"
    waited = longest_wait_beside(lynkr, lambda: answers.append(post(lynkr, path, raw)))
    assert answers[0].status_code == 400
    assert "more than 100000" in message_of("anthropic", answers[0].json())
    assert waited < 2.5
    assert upstream.received == []


@pytest.mark.parametrize("depth", [300, 900, 985, 1000, 1020])
def test_nesting_that_can_be_read_and_not_written_is_the_callers_mistake(
    lynkr: Gateway, upstream: Upstream, depth: int
) -> None:
    """It was a 500 and a defect in the log; for counting one without a body in the client's dialect."""
    upstream.strict = False
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    turns = b'"messages":[' + TURN + b"]"
    tools = b'"tools":[{"name":"x","input_schema":' + deep + b"}]," + turns + b"}"
    for path, raw in (
        ("/v1/chat/completions", b'{"model":"chat/gpt-4o","metadata":' + deep + b"," + turns + b"}"),
        ("/v1/messages", b'{"model":"simple","max_tokens":5,' + tools),
        (COUNT, b'{"model":"simple",' + tools),
        ("/v1/embeddings", b'{"model":"oai/text-embedding-3-small","input":' + deep + b"}"),
        ("/v1/route/explain", b'{"model":"auto","max_tokens":5,' + tools),
    ):
        answer = post(lynkr, path, raw)
        assert answer.status_code in ((200,) if depth <= 900 else (200, 400)), (path, answer.text)
        if answer.status_code == 400:
            assert "nested too deeply" in answer.text


@pytest.mark.parametrize("value", ["64", True, [64], {"n": 64}])
@pytest.mark.parametrize("field", ["n", "best_of", "max_completion_tokens"])
@pytest.mark.parametrize("surface", SURFACES)
def test_what_counts_is_a_number(lynkr: Gateway, upstream: Upstream, surface: str, field: str, value: object) -> None:
    """BUD-4: vLLM reads "64" as 64 answers; the budget had held one."""
    upstream.strict = False
    own = {"openai_chat": "chat/gpt-4o", "openai_responses": "resp/gpt-4o", "anthropic": "anth/claude-sonnet-4-5"}
    refused = ask(lynkr, surface, own[surface], **{field: value})
    assert refused.status_code == 400
    assert field in message_of(surface, refused.json())
    assert upstream.received == []


def test_a_name_no_log_can_write_costs_nobody_their_answer(lynkr: Gateway, upstream: Upstream) -> None:
    """A lone surrogate: the provider had answered and was paid, the client got a 500."""
    upstream.strict = False
    raw = b'{"model":"chat/\\ud800","messages":[' + TURN + b"]}"
    answer = post(lynkr, PATHS["openai_chat"], raw)
    assert answer.status_code == 200, answer.text
    assert lynkr.operation(answer)["status"] == "completed"


def test_an_account_that_goes_between_two_tries_of_an_embedding_is_no_defect(
    lynkr: Gateway, upstream: Upstream
) -> None:
    """The second try met a KeyError: 500 and "its log tells why"."""
    upstream.play_beside(script.error(503, retry_after="2"))
    answers: list[httpx.Response] = []
    raw = b'{"model":"chat/text-embed","input":"a"}'
    asking = threading.Thread(target=lambda: answers.append(post(lynkr, "/v1/embeddings", raw)))
    asking.start()
    until = time.monotonic() + 5
    while not upstream.received and time.monotonic() < until:
        time.sleep(0.02)
    lynkr.rows("UPDATE gateway_provideraccount SET enabled = false WHERE name = 'chat' RETURNING id")
    try:
        lynkr.reload()
        asking.join(20)
    finally:
        lynkr.rows("UPDATE gateway_provideraccount SET enabled = true WHERE name = 'chat' RETURNING id")
        lynkr.reload()
    assert answers[0].status_code == 503
    assert message_of("openai_chat", answers[0].json()) == "Target 'chat/text-embed' is no longer configured."
    row = lynkr.operation(answers[0])
    assert (row["status"], [call["status"] for call in row["calls"]]) == ("failed", ["failed"])


def test_accounts_that_go_while_a_judge_is_asked_are_no_defect(lynkr: Gateway, upstream: Upstream) -> None:
    """What it would have cost was asked of the newer configuration, which no longer knew it: 500."""
    set_policy(lynkr, judge="oai/gpt-4.1-nano", borderline=50, judge_milliseconds=8000)
    use_database(lynkr.database_url)
    budget = Budget.objects.create(team=Team.objects.get(slug="climbers"), window="day", limit=50)

    def answer(received: script.Received) -> script.Reply:
        if "nano" in received.model:
            lynkr.rows(
                "UPDATE gateway_provideraccount SET enabled = false WHERE name IN ('anth', 'oai', 'resp') RETURNING id"
            )
            lynkr.reload()
            return script.text("MEDIUM")
        return script.text("It puts your changes away.")

    upstream.when(answer)
    try:
        lynkr.reload()
        said = "How does git stash treat hostile.txt, and why?"
        served = ask(lynkr, "openai_chat", key="climber", messages=[{"role": "user", "content": said}])
    finally:
        lynkr.rows("UPDATE gateway_provideraccount SET enabled = true RETURNING id")
        budget.delete()
        lynkr.reload()
    assert served.status_code == 503, served.text
    assert "no longer configured" in message_of("openai_chat", served.json())
    assert [call["status"] for call in lynkr.operation(served)["calls"]] == ["settled"]  # the judge's


def test_an_administrators_key_ends_when_it_ends(lynkr: Gateway) -> None:
    """Its end is no change of the configuration: the snapshot still holds it."""
    lynkr.rows("UPDATE accounts_apikey SET expires_at = now() + interval '2 s' WHERE name = 'root' RETURNING id")
    try:
        lynkr.reload()
        time.sleep(2.1)
        assert post(lynkr, "/v1/admin/reload", b"").status_code == 401
    finally:
        lynkr.rows("UPDATE accounts_apikey SET expires_at = NULL WHERE name = 'root' RETURNING id")
        lynkr.reload()
