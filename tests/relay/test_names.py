"""What a caller may name: models, keys, paths. Whatever is wrong is said in its own dialect."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import PATHS, SURFACES, Wire, ask, body, message_of, tool


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("name", "served"),
    [
        ("auto", "anth"),
        ("claude-opus-5-5", "anth"),
        ("simple", "anth"),
        ("SIMPLE", "anth"),
        ("Reasoning", "resp"),
        ("chat/gpt-4o", "chat"),
        ("gem/gemini-2.5-flash", "gem"),
        ("gpt-4o", "chat"),
        ("claude-sonnet-4-5", "anth"),
    ],
)
def test_a_model_is_found_by_each_of_its_names(
    lynkr: Gateway, upstream: Upstream, surface: str, name: str, served: str
) -> None:
    answer = ask(lynkr, surface, name)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-lynkr-provider"] == served
    assert lynkr.operation(answer)["requested_model"] == name


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("name", ["no-such-model", "nobody/gpt-4o", "gpt-4o/chat", "", "/", "chat/"])
@pytest.mark.parametrize("surface", SURFACES)
def test_an_unknown_model_is_not_found(
    lynkr: Gateway, upstream: Upstream, surface: str, name: str, streamed: bool
) -> None:
    answer = ask(lynkr, surface, name, stream=streamed)
    assert answer.status_code in ((400, 404) if not name else (404,))
    assert message_of(surface, answer.json())
    assert answer.headers["x-should-retry"] == "false"
    assert upstream.received == []
    assert lynkr.operation(answer)["status"] == "refused"


@pytest.mark.parametrize("surface", SURFACES)
def test_a_key_with_an_allowlist_gets_nothing_else(lynkr: Gateway, upstream: Upstream, surface: str) -> None:
    """LEK-3: the same words as for a model that does not exist, and not the list."""
    assert ask(lynkr, surface, "chat/gpt-4o", key="narrow").status_code == 200
    assert ask(lynkr, surface, "auto", key="narrow").headers["x-lynkr-model"] == "gpt-4o"
    refused = ask(lynkr, surface, "anth/claude-sonnet-4-5", key="narrow")
    unknown = ask(lynkr, surface, "anth/no-such-thing", key="narrow")
    assert (refused.status_code, unknown.status_code) == (404, 404)
    words = message_of(surface, refused.json()).replace("anth/claude-sonnet-4-5", "X")
    assert words == message_of(surface, unknown.json()).replace("anth/no-such-thing", "X")
    assert "gpt-4o" not in refused.text


@pytest.mark.parametrize("name", ["bed/simple", "anth/chat/gpt-4o", "anth/simple", "bed/x/gpt-4o"])
def test_an_allowlist_cannot_be_met_by_a_model_named_like_a_tier_or_an_account(
    lynkr: Gateway, upstream: Upstream, name: str
) -> None:
    """LEK-3: the allowlist says "simple" and "chat/*4o"; another account's model of such a name is neither."""
    assert ask(lynkr, "anthropic", "chat/gpt-4o", key="corner").status_code == 200
    assert ask(lynkr, "anthropic", "simple", key="corner").status_code == 200
    upstream.received.clear()
    assert ask(lynkr, "anthropic", name, key="corner").status_code == 404
    assert upstream.received == []


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("name", ["x-api-key", "api-key", "authorization"])
def test_a_key_is_taken_under_each_of_its_headers(lynkr: Gateway, upstream: Upstream, surface: str, name: str) -> None:
    value = f"Bearer {lynkr.key}" if name == "authorization" else lynkr.key
    headers = {name: value}
    if name != "authorization":
        headers["authorization"] = "Bearer placeholder"
    answer = httpx.post(lynkr.base_url + PATHS[surface], json=body(surface), headers=headers)
    assert answer.status_code == 200
    sent = str(upstream.last.headers)
    assert lynkr.key not in sent
    assert "placeholder" not in sent


KEYS: dict[str, dict[str, str]] = {
    "none": {},
    "empty": {"x-api-key": ""},
    "foreign": {"authorization": "Bearer sk-proj-abcdefghij1234567890"},
    "misspelt": {"x-api-key": "lyk_acme_0000000000000000000000000000000000000000"},
    "strange": {"x-api-key": "lyk_\xe9\xff' OR 1=1 --"},
    "long": {"x-api-key": "lyk_" + "x" * 5000},
}


@pytest.mark.parametrize("kind", [*KEYS, "expired", "revoked"])
@pytest.mark.parametrize("surface", SURFACES)
def test_a_bad_key_is_told_once_and_nothing_of_it_comes_back(
    lynkr: Gateway, upstream: Upstream, surface: str, kind: str
) -> None:
    """LEK-3, LEK-4: Claude Code tries a 401 for three minutes unless told not to."""
    if kind == "expired":
        headers = {"x-api-key": lynkr.keys["expired"]}
    elif kind == "revoked":
        headers = {"x-api-key": _revoked(lynkr)}
    else:
        headers = KEYS[kind]
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = httpx.post(lynkr.base_url + PATHS[surface], json=body(surface), headers=raw)
    assert answer.status_code == 401
    assert answer.headers["x-should-retry"] == "false"
    assert message_of(surface, answer.json())
    for value in headers.values():
        shown = value.removeprefix("Bearer ")
        assert not shown or shown[4:20] not in answer.text
    assert "digest" not in answer.text.lower()
    assert upstream.received == []


def _revoked(lynkr: Gateway) -> str:
    with psycopg.connect(lynkr.database_url) as connection:
        connection.execute("UPDATE accounts_apikey SET revoked_at = now() WHERE name = 'spare'")
    lynkr.reload()
    return lynkr.keys["spare"]


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/messages", "/v1/messages"),
        ("/v1/v1/messages", "/v1/messages"),
        ("/anthropic/v1/messages", "/v1/messages"),
        ("/v1/message", "/v1/messages"),
        ("/chat/completions", "/v1/chat/completions"),
        ("/v1/chat", "/v1/chat/completions"),
        ("/openai/v1/chat/completions", "/v1/chat/completions"),
        ("/api/v1/chat/completions", "/v1/chat/completions"),
        ("/responses", "/v1/responses"),
        ("/v1/v1/responses", "/v1/responses"),
        ("/v1/completions", "/v1/chat/completions"),
        ("/models", "/v1/models"),
        ("/embeddings", "/v1/embeddings"),
        ("/v1/messages/count_token", "/v1/messages/count_tokens"),
    ],
)
def test_a_wrong_path_is_told_the_right_one(lynkr: Gateway, path: str, right: str) -> None:
    answer = httpx.post(lynkr.base_url + path, json={}, headers={"x-api-key": lynkr.key})
    assert answer.status_code == 404
    surface = "anthropic" if "messag" in path else "openai_chat"
    told = message_of(surface, answer.json())
    assert f"{right}." in told or f"{right};" in told or f"{right} " in told
    assert answer.headers["x-should-retry"] == "false"


def test_a_trailing_slash_is_forgiven(lynkr: Gateway, upstream: Upstream) -> None:
    answer = httpx.post(lynkr.base_url + "/v1/messages/", json=body("anthropic"), headers={"x-api-key": lynkr.key})
    assert answer.status_code == 200


@pytest.mark.parametrize("surface", SURFACES)
def test_a_wrong_method_is_told(lynkr: Gateway, surface: str) -> None:
    answer = httpx.put(lynkr.base_url + PATHS[surface], json={}, headers={"x-api-key": lynkr.key})
    assert answer.status_code == 405
    assert "POST" in message_of(surface, answer.json())


def test_codex_asking_for_a_websocket_gets_426(lynkr: Gateway) -> None:
    upgrade = [
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-version", "13"),
        ("openai-beta", "responses_websockets=2026-02-06"),
    ]
    with Wire(lynkr, "/v1/responses", method="GET", headers=upgrade) as wire:
        assert wire.head().status == 426


@pytest.mark.parametrize("path", ["/", "/api/hello"])
def test_reachability_needs_no_key(lynkr: Gateway, path: str) -> None:
    assert httpx.head(lynkr.base_url + path).status_code == 200
    assert httpx.get(lynkr.base_url + path).json()["service"] == "Lynkr"


def test_telemetry_is_taken_and_dropped(lynkr: Gateway) -> None:
    answer = httpx.post(lynkr.base_url + "/api/event_logging/batch", json={"events": [{}]})
    assert answer.status_code == 200


def test_models_are_listed_in_the_dialect_of_the_caller(lynkr: Gateway) -> None:
    """CCD-7."""
    headers = {"x-api-key": lynkr.key}
    chat = httpx.get(lynkr.base_url + "/v1/models", headers=headers).json()
    assert chat["object"] == "list"
    names = [model["id"] for model in chat["data"]]
    assert names[:2] == ["auto", "simple"]
    assert "anth/claude-sonnet-4-5" in names
    own = httpx.get(
        lynkr.base_url + "/v1/models?limit=1000", headers={**headers, "anthropic-version": "2023-06-01"}
    ).json()
    assert [model["id"] for model in own["data"]] == names
    sonnet = next(model for model in own["data"] if model["id"] == "anth/claude-sonnet-4-5")
    assert sonnet["type"] == "model"
    assert sonnet["context_window"] >= 200_000
    assert sonnet["max_output_tokens"] > 0
    simple = next(model for model in own["data"] if model["id"] == "simple")
    assert 0 < simple["context_window"] <= sonnet["context_window"]
    narrow = httpx.get(lynkr.base_url + "/v1/models", headers={"x-api-key": lynkr.keys["narrow"]}).json()
    assert all("gpt-4o" in model["id"] or "/" not in model["id"] for model in narrow["data"])
    one = httpx.get(lynkr.base_url + "/v1/models/chat/gpt-4o", headers=headers)
    assert one.json()["id"] == "chat/gpt-4o"
    assert httpx.get(lynkr.base_url + "/v1/models/nothing", headers=headers).status_code == 404


def test_counting_sees_tools_and_answers_many_at_once(lynkr: Gateway, upstream: Upstream) -> None:
    """CCD-1, CCD-2: 25 in parallel, as Claude Code's /context asks; no provider is bothered."""
    plain = body("anthropic", "simple")
    del plain["max_tokens"]
    many = {**plain, "tools": [tool("anthropic", f"weather_{number}") for number in range(20)]}
    with (
        httpx.Client(headers={"x-api-key": lynkr.key}, base_url=lynkr.base_url) as client,
        ThreadPoolExecutor(25) as pool,
    ):

        def count(sent: dict[str, Any]) -> int:
            answer = client.post("/v1/messages/count_tokens?beta=true", json=sent)
            assert answer.status_code == 200, answer.text
            return answer.json()["input_tokens"]

        few, lots = count(plain), count(many)
        assert 0 < few < 60
        assert lots > few + 150  # what other tests made of this model's scale may be 0.4 at the least
        assert list(pool.map(count, [many] * 25)) == [lots] * 25
        wrong = client.post("/v1/messages/count_tokens", json={"model": "simple", "messages": "x"})
        assert wrong.status_code == 400
        assert message_of("anthropic", wrong.json())
    assert upstream.received == []


def test_embeddings_cross_as_they_are(lynkr: Gateway, upstream: Upstream) -> None:
    headers = {"x-api-key": lynkr.keys["root"]}
    url = lynkr.base_url + "/v1/embeddings"
    answer = httpx.post(url, json={"model": "chat/text-embed", "input": ["a", "b"]}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["data"]) == 2
    assert upstream.received[-1].json == {"model": "text-embed", "input": ["a", "b"]}
    row = lynkr.operation(answer)
    assert (row["surface"], row["status"], row["account"], row["model"]) == (
        "embeddings",
        "completed",
        "chat",
        "text-embed",
    )
    assert row["input_tokens"] > 0


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"model": "chat/text-embed"}, 400),
        ({"input": "a"}, 400),
        ({"model": "nobody/x", "input": "a"}, 404),
        ({"model": "anth/x", "input": "a"}, 400),
        ({"model": 7, "input": "a"}, 400),
        ([], 400),
    ],
)
def test_bad_embedding_requests_are_told(lynkr: Gateway, upstream: Upstream, sent: Any, status: int) -> None:
    answer = httpx.post(lynkr.base_url + "/v1/embeddings", json=sent, headers={"x-api-key": lynkr.keys["root"]})
    assert answer.status_code == status
    assert message_of("openai_chat", answer.json())
    assert upstream.received == []


@pytest.mark.parametrize(("status", "seen"), [(401, 502), (429, 429), (400, 400), (500, 503)])
def test_refused_embeddings_are_told(lynkr: Gateway, upstream: Upstream, status: int, seen: int) -> None:
    refused = script.error(status, "No key sk-upstream-chat", retry_after="9" if status == 429 else None)
    upstream.play_beside(refused, refused, refused)
    answer = httpx.post(
        lynkr.base_url + "/v1/embeddings",
        json={"model": "chat/text-embed", "input": "a"},
        headers={"x-api-key": lynkr.keys["root"]},
    )
    assert answer.status_code == seen
    assert "sk-upstream" not in answer.text
    if status == 429:
        assert answer.headers["retry-after"] == "9"
    row = lynkr.operation(answer)
    assert row["status"] in ("failed", "rejected")
    assert row["calls"][0]["upstream_status"] == status
