"""What providers refuse, and what the caller is told of it: waits, accounts, breakers, mistakes of the caller's own."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import SURFACES, ask, message_of, stream, text_of

SECRET_WORDS = "Incorrect API key provided: sk-upstream-anth. Find yours at https://example.com"


def test_a_short_wait_is_obeyed(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.play(script.error(429, "Slow down", retry_after="1"), script.text("Stashes."))
    answer = ask(lynkr, "anthropic", "simple", key="rungs")
    assert answer.headers["x-lynkr-provider"] == "anth"
    first, second = upstream.chats
    assert 0.95 <= second.at - first.at < 2.5


def test_a_long_wait_moves_on(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.play(script.error(429, "Slow down", retry_after="90"), script.text("Stashes."))
    answer = ask(lynkr, "anthropic", "simple", key="rungs")
    assert answer.headers["x-lynkr-provider"] == "chat"
    first, second = upstream.chats
    assert second.at - first.at < 1


def test_without_a_word_the_wait_before_another_try_grows_from_a_fifth_of_a_second(
    lynkr: Gateway, upstream: Upstream
) -> None:
    upstream.play(script.error(503), script.text("Stashes."))
    assert ask(lynkr, "openai_chat", "chat/gpt-4o").status_code == 200
    first, second = upstream.chats
    assert 0.1 < second.at - first.at < 1.5


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("surface", SURFACES)
def test_a_rate_limit_nobody_can_take_over_reaches_the_caller_with_its_wait(
    lynkr: Gateway, upstream: Upstream, surface: str, streamed: bool
) -> None:
    """LIM-5: honest and never without Retry-After (Codex ends its run otherwise)."""
    upstream.when(lambda _: script.error(429, "Slow down", retry_after="17"))
    answer = ask(lynkr, surface, "simple", key="rungs", stream=streamed)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "17"
    assert "Slow down" in message_of(surface, answer.json())
    calls = [call for call in lynkr.operation(answer)["calls"] if call["account"] != "gone"]
    assert {call["upstream_status"] for call in calls} == {429}


def test_a_rate_limit_without_a_wait_still_tells_codex_one(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.when(lambda _: script.error(429, "Slow down"))
    assert int(ask(lynkr, "openai_responses", "resp/gpt-4o").headers["retry-after"]) >= 1


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("target", ["anth/claude-sonnet-4-5", "chat/gpt-4o", "resp/gpt-4o", "gem/gemini-2.5-pro"])
@pytest.mark.parametrize("surface", SURFACES)
def test_a_refused_account_is_not_the_callers_key(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str, status: int
) -> None:
    """LEK-3, LEK-4: the caller's own key is fine, and the provider's words may quote ours."""
    upstream.when(lambda _: script.error(status, SECRET_WORDS))
    answer = ask(lynkr, surface, target)
    assert answer.status_code == 502
    assert message_of(surface, answer.json())
    assert "sk-upstream" not in answer.text
    assert "Incorrect API key" not in answer.text
    row = lynkr.operation(answer)
    assert (row["status"], row["http_status"]) == ("failed", 502)
    assert "sk-upstream" not in row["error_message"]
    assert row["calls"][0]["upstream_status"] == status
    assert len(upstream.chats) == 1


@pytest.mark.parametrize("surface", SURFACES)
def test_a_refused_account_lets_the_next_target_serve(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    upstream.play(script.error(401, SECRET_WORDS), script.text("Stashes."))
    answer = ask(lynkr, surface, "simple", key="rungs")
    assert text_of(surface, answer.json()) == "Stashes."
    assert answer.headers["x-lynkr-provider"] == "chat"


@pytest.mark.parametrize("status", [401, 500])
def test_after_five_failures_the_target_rests_and_the_next_serves_at_once(
    lynkr: Gateway, upstream: Upstream, status: int
) -> None:
    upstream.when(lambda received: script.error(status) if received.dialect == "anthropic" else None)
    for _ in range(5):
        assert ask(lynkr, "anthropic", "simple", key="rungs").headers["x-lynkr-provider"] == "chat"
    upstream.reset()
    answer = ask(lynkr, "anthropic", "simple", key="rungs")
    assert answer.headers["x-lynkr-provider"] == "chat"
    assert [received.dialect for received in upstream.chats] == ["openai_chat"]
    assert len(lynkr.operation(answer)["calls"]) == 1
    refused = ask(lynkr, "anthropic", "anth/claude-sonnet-4-5")
    assert refused.status_code == 503
    assert len(upstream.chats) == 1
    lynkr.reload()  # closes the breakers
    assert ask(lynkr, "anthropic", "simple", key="rungs").headers["x-lynkr-provider"] == "anth"


def test_the_callers_own_mistakes_do_not_open_the_breaker(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.when(lambda _: script.error(400, "messages: too odd"))
    for _ in range(7):
        assert ask(lynkr, "anthropic", "anth/claude-sonnet-4-5").status_code == 400
    assert len(upstream.chats) == 7


@pytest.mark.parametrize("status", [400, 404, 413, 422])
@pytest.mark.parametrize("target", ["anth/claude-sonnet-4-5", "chat/gpt-4o", "resp/gpt-4o", "gem/gemini-2.5-pro"])
@pytest.mark.parametrize("surface", SURFACES)
def test_the_callers_own_mistake_is_told_in_its_dialect(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str, status: int
) -> None:
    upstream.when(lambda _: script.error(status, "The frobnication is out of range."))
    answer = ask(lynkr, surface, target)
    assert answer.status_code in ({400, 422} if status == 422 else {status})
    assert "The frobnication is out of range." in message_of(surface, answer.json())
    row = lynkr.operation(answer)
    assert (row["status"], row["attempts"]) == ("rejected", 1)
    assert row["calls"][0]["upstream_status"] == status


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("target", "said", "kind"),
    [
        ("anth/claude-sonnet-4-5", "prompt is too long: 250000 tokens > 200000 maximum", None),
        ("chat/gpt-4o", "This model's maximum context length is 128000 tokens.", "invalid_request_error"),
        ("resp/gpt-4o", "Your input exceeds the context window of this model: context length.", None),
        ("gem/gemini-2.5-pro", "The input token count (9) exceeds the maximum number of tokens allowed (8).", None),
    ],
)
@pytest.mark.parametrize("surface", SURFACES)
def test_a_prompt_that_is_too_long_is_told_so_that_clients_compact(
    lynkr: Gateway, upstream: Upstream, surface: str, target: str, said: str, kind: str | None, streamed: bool
) -> None:
    """CUR-7: no client summarises for ever because it cannot tell this error from others."""
    upstream.when(lambda _: script.error(400, said, error_type=kind))
    answer = ask(lynkr, surface, target, stream=streamed)
    assert answer.status_code == 400
    if surface == "anthropic":
        assert "prompt is too long" in message_of(surface, answer.json())
    else:
        assert answer.json()["error"]["code"] == "context_length_exceeded"


@pytest.mark.parametrize("surface", SURFACES)
def test_an_unknown_model_behind_a_tier_lets_the_next_target_serve(
    lynkr: Gateway, upstream: Upstream, surface: str
) -> None:
    upstream.play(script.error(404, "model: claude-sonnet-4-5 not found"), script.text("Stashes."))
    answer = ask(lynkr, surface, "simple", key="rungs")
    assert answer.headers["x-lynkr-provider"] == "chat"


def test_an_answer_that_is_no_json_moves_on(lynkr: Gateway, upstream: Upstream) -> None:
    page = script.Reply(raw=b"<html>Bad gateway</html>", content_type="text/html")
    upstream.play(page, page, script.text("Stashes."))
    answer = ask(lynkr, "anthropic", "simple", key="rungs")
    assert answer.headers["x-lynkr-provider"] == "chat"
    assert "html" not in lynkr.operation(answer)["calls"][0]["error_message"].lower()


@pytest.mark.parametrize("surface", SURFACES)
def test_a_page_in_place_of_a_stream_moves_on(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    page = script.Reply(raw=b"<html>Bad gateway</html>", content_type="text/html")
    upstream.play(page, page, script.text("Stashes."))
    with stream(lynkr, surface, "simple", key="rungs") as wire:
        wire.rest()
    assert wire.headers["x-lynkr-provider"] == "chat"


def test_retries_do_not_go_on_for_ever(lynkr: Gateway, upstream: Upstream) -> None:
    upstream.when(lambda _: script.error(503))
    begun = time.monotonic()
    assert ask(lynkr, "anthropic", "simple", key="rungs").status_code == 503
    assert time.monotonic() - begun < 8
    assert len(upstream.chats) <= 6


def test_a_key_that_does_not_work_is_told_so_by_the_admin_calls(lynkr: Gateway) -> None:
    for key in ("lyk_nonsense", lynkr.key):
        answer = httpx.post(f"{lynkr.base_url}/v1/admin/reload", headers={"authorization": f"Bearer {key}"})
        assert answer.status_code == 401
        assert "CSRF" not in answer.text
