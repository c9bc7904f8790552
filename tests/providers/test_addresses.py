"""Base URLs in every form people paste them (CDX-7)."""

from __future__ import annotations

import pytest

from gateway.chat.errors import BadRequest
from gateway.providers import addresses
from gateway.providers.account import Account
from gateway.providers.registry import vendor


def chat_url(name: str, base_url: str, dialect: str, model: str = "m", **options: object) -> str:
    account = Account(1, "a", name, base_url, options=options)
    return vendor(name).url(account, model, dialect, "chat", stream=False)


@pytest.mark.parametrize(
    "pasted",
    [
        "https://llm.acme.com",
        "https://llm.acme.com/",
        " https://llm.acme.com/v1 ",
        "https://llm.acme.com/v1/",
        "https://llm.acme.com/v1/chat/completions",
        "https://llm.acme.com/v1/chat/completions/",
        "https://llm.acme.com/v1/models",
        "https://user:pass@llm.acme.com/v1#top",
    ],
)
def test_every_way_to_paste_an_openai_address_means_the_same(pasted: str) -> None:
    assert chat_url("openai-compatible", pasted, "openai_chat") == "https://llm.acme.com/v1/chat/completions"
    assert chat_url("openai", pasted, "openai_responses") == "https://llm.acme.com/v1/responses"


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("https://host/openai", "https://host/openai/chat/completions"),
        ("https://host/api/v3", "https://host/api/v3/chat/completions"),
        ("https://host/chat/completions", "https://host/chat/completions"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1/chat/completions"),
    ],
)
def test_a_path_of_its_own_is_kept_as_openai_sdks_do(pasted: str, expected: str) -> None:
    assert chat_url("openai-compatible", pasted, "openai_chat") == expected


@pytest.mark.parametrize(
    "pasted",
    [
        "https://api.acme.com/anthropic",
        "https://api.acme.com/anthropic/",
        "https://api.acme.com/anthropic/v1",
        "https://api.acme.com/anthropic/v1/messages",
        "https://api.acme.com/anthropic/v1/messages/count_tokens",
    ],
)
def test_every_way_to_paste_an_anthropic_address_means_the_same(pasted: str) -> None:
    assert chat_url("anthropic-compatible", pasted, "anthropic") == "https://api.acme.com/anthropic/v1/messages"


@pytest.mark.parametrize(
    ("name", "pasted", "dialect", "expected"),
    [
        (
            "deepseek",
            "https://api.deepseek.com/anthropic",
            "openai_chat",
            "https://api.deepseek.com/v1/chat/completions",
        ),
        ("deepseek", "https://api.deepseek.com/v1", "anthropic", "https://api.deepseek.com/anthropic/v1/messages"),
        ("deepseek", "https://api.deepseek.com/beta", "openai_chat", "https://api.deepseek.com/beta/chat/completions"),
        (
            "zai",
            "https://api.z.ai/api/coding/paas/v4",
            "openai_chat",
            "https://api.z.ai/api/coding/paas/v4/chat/completions",
        ),
        ("zai", "https://api.z.ai/api/coding/paas/v4", "anthropic", "https://api.z.ai/api/anthropic/v1/messages"),
        ("zai", "https://api.z.ai/api/anthropic", "openai_chat", "https://api.z.ai/api/paas/v4/chat/completions"),
        ("moonshot", "https://api.moonshot.cn/v1", "anthropic", "https://api.moonshot.cn/anthropic/v1/messages"),
        ("openrouter", "https://openrouter.ai/api", "anthropic", "https://openrouter.ai/api/v1/messages"),
        ("edenai", "https://api.edenai.run/v3/llm", "openai_chat", "https://api.edenai.run/v3/llm/chat/completions"),
        ("ollama", "http://gpu:11434/v1", "ollama", "http://gpu:11434/api/chat"),
        ("ollama", "http://gpu:11434/api/chat", "openai_chat", "http://gpu:11434/v1/chat/completions"),
        ("ollama", "http://gpu/ollama", "openai_chat", "http://gpu/ollama/v1/chat/completions"),
        (
            "databricks",
            "https://w.databricks.com/serving-endpoints/databricks-claude-sonnet-4-5/invocations",
            "openai_chat",
            "https://w.databricks.com/serving-endpoints/chat/completions",
        ),
        (
            "databricks",
            "https://w.databricks.com",
            "anthropic",
            "https://w.databricks.com/serving-endpoints/anthropic/v1/messages",
        ),
        (
            "azure-anthropic",
            "https://r.services.ai.azure.com/anthropic/v1/messages",
            "anthropic",
            "https://r.services.ai.azure.com/anthropic/v1/messages",
        ),
        (
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent",
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent",
        ),
    ],
)
def test_an_address_for_one_dialect_serves_the_others(name: str, pasted: str, dialect: str, expected: str) -> None:
    assert chat_url(name, pasted, dialect) == expected


@pytest.mark.parametrize(
    ("pasted", "dialect", "options", "expected"),
    [
        ("https://r.openai.azure.com", "openai_chat", {}, "https://r.openai.azure.com/openai/v1/chat/completions"),
        (
            "https://r.openai.azure.com/openai/v1/",
            "openai_responses",
            {},
            "https://r.openai.azure.com/openai/v1/responses",
        ),
        (
            "https://r.services.ai.azure.com/openai/v1/responses?api-version=preview",
            "openai_chat",
            {},
            "https://r.services.ai.azure.com/openai/v1/chat/completions?api-version=preview",
        ),
        (
            "https://r.openai.azure.com/openai/deployments/prod/chat/completions?api-version=2024-08-01-preview",
            "openai_chat",
            {},
            "https://r.openai.azure.com/openai/deployments/prod/chat/completions?api-version=2024-08-01-preview",
        ),
        (
            "https://r.openai.azure.com",
            "openai_chat",
            {"api_version": "2024-10-21", "deployments": {"m": "my gpt/4"}},
            "https://r.openai.azure.com/openai/deployments/my%20gpt%2F4/chat/completions?api-version=2024-10-21",
        ),
        (
            "https://r.openai.azure.com/openai/responses?api-version=2025-04-01-preview",
            "openai_responses",
            {},
            "https://r.openai.azure.com/openai/responses?api-version=2025-04-01-preview",
        ),
        (
            "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview",
            "openai_chat",
            {},
            "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview",
        ),
    ],
)
def test_azure_addresses_are_taken_in_every_form(pasted: str, dialect: str, options: dict, expected: str) -> None:
    assert chat_url("azure-openai", pasted, dialect, **options) == expected


@pytest.mark.parametrize("bad", ["llm.acme.com", "ftp://x", "https://", "http:///v1", "javascript:alert(1)"])
def test_an_address_that_is_none_is_named_in_the_error(bad: str) -> None:
    with pytest.raises(BadRequest, match="base_url"):
        chat_url("openai-compatible", bad, "openai_chat")
    assert any("base_url" in text for text in vendor("openai").check(Account(1, "a", "openai", bad)))


@pytest.mark.parametrize(
    "evil", ["../../admin", "..", "m?key=1", "m#x", "a/b", "m%2e", "m\r\nx: y", "m:generateContent"]
)
def test_a_model_name_cannot_leave_its_path_segment(evil: str) -> None:
    """A caller chooses the model's name; it must not choose the address."""
    for name, dialect in (("gemini", "gemini"), ("bedrock", "bedrock_converse"), ("vertex", "anthropic")):
        url = chat_url(name, "https://host.example", dialect, evil, project="p")
        path = url.removeprefix("https://host.example")
        benign = chat_url(name, "https://host.example", dialect, "m", project="p").removeprefix("https://host.example")
        assert path.count("/") == benign.count("/")
        assert path.count(":") == benign.count(":")
        assert not {"?key", "#", "\r", "\n", " "} & set(path)
        assert "/../" not in path


def test_addresses_on_this_machine_are_told_from_others() -> None:
    assert addresses.is_local("http://127.0.0.1:11434")
    assert addresses.is_local("http://localhost/v1")
    assert not addresses.is_local("https://localhost.evil.com")
