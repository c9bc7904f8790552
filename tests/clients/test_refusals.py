"""The official Python SDKs, set up as their makers do, before a refusal: one request for what is final, and words to read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import anthropic
import openai
import pytest

from tests.fakes.upstream import Upstream

from .boot import Real
from .counting import counting
from .refusals import CASES, Case, judged, place_taken, prepare
from .world import Provider, provider


def by_anthropic(base_url: str, key: str, model: str) -> str:
    with anthropic.Anthropic(base_url=base_url, api_key=key) as client:
        said = client.messages.create(model=model, max_tokens=100, messages=[{"role": "user", "content": "Hello?"}])
        return "".join(block.text for block in said.content if block.type == "text")


def by_anthropic_stream(base_url: str, key: str, model: str) -> str:
    hello = [{"role": "user", "content": "Hello?"}]
    with (
        anthropic.Anthropic(base_url=base_url, api_key=key) as client,
        client.messages.stream(model=model, max_tokens=100, messages=hello) as stream,  # type: ignore[arg-type]
    ):
        return stream.get_final_text()


def by_chat(base_url: str, key: str, model: str) -> str:
    with openai.OpenAI(base_url=f"{base_url}/v1", api_key=key) as client:
        done = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hello?"}])
        return done.choices[0].message.content or ""


def by_responses(base_url: str, key: str, model: str) -> str:
    with openai.OpenAI(base_url=f"{base_url}/v1", api_key=key) as client:
        return client.responses.create(model=model, input="Hello?").output_text


ASKS: dict[str, tuple[str, Callable[[str, str, str], str]]] = {
    "anthropic": ("anthropic", by_anthropic),
    "anthropic, streamed": ("anthropic", by_anthropic_stream),
    "openai chat": ("openai_chat", by_chat),
    "openai responses": ("openai_responses", by_responses),
}
KINDS = {401: "AuthenticationError", 403: "PermissionDeniedError", 404: "NotFoundError", 429: "RateLimitError"}


@pytest.fixture(scope="module")
def refusing(request: pytest.FixtureRequest, lynkr: Real, running_upstream: Upstream) -> Provider:
    chosen = provider(running_upstream, request.param)
    prepare(lynkr, chosen)
    return chosen


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
@pytest.mark.parametrize(("refusing", "ask"), ASKS.values(), ids=list(ASKS), indirect=["refusing"], scope="module")
def test_a_refusal_costs_one_request_and_says_why(
    lynkr: Real, upstream: Upstream, refusing: Provider, ask: Callable[[str, str, str], str], case: Case
) -> None:
    """BUD-11, LIM-5: a budget, a policy and a bad key are final; a limit is a wait, and then the answer."""
    kind = ""
    with (
        counting(lynkr.base_url) as counted,
        place_taken(lynkr, upstream, refusing, counted) if case.answered else nullcontext(),
    ):
        try:
            printed = ask(counted.base_url, lynkr.keys[case.key], case.model or lynkr.name_of(refusing))
        except (anthropic.APIStatusError, openai.APIStatusError) as error:
            printed, kind = str(error), type(error).__name__
    assert judged("SDK", case, counted.statuses, printed) == ""
    assert kind == ("" if case.answered else KINDS[case.status])
    for seen in counted.asked:
        assert "," not in seen.headers.get("x-request-id", ""), "a header is there twice"
