"""Which targets get prompt-cache marks, and where a session is told so that it finds its prompt again (FBK-7)."""

from __future__ import annotations

import pytest

from gateway.providers.account import Account
from gateway.providers.cache_marks import Taken, taken
from gateway.providers.registry import vendor

CLAUDE = Taken(512)


@pytest.mark.parametrize(
    ("name", "model", "dialect", "found"),
    [
        ("anthropic", "claude-sonnet-4-5", "anthropic", CLAUDE),
        ("anthropic", "some-new-model", "anthropic", Taken(1024)),
        ("azure-anthropic", "claude-opus-4-5", "anthropic", CLAUDE),
        ("vertex", "claude-sonnet-4-5@20250929", "anthropic", CLAUDE),
        ("vertex", "gemini-2.5-pro", "gemini", None),
        ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock_converse", CLAUDE),
        ("bedrock", "anthropic.claude-sonnet-4-6", "bedrock_converse", Taken(512, hour=False)),
        ("bedrock", "anthropic.claude-3-haiku-20240307-v1:0", "bedrock_converse", None),
        ("bedrock", "amazon.nova-pro-v1:0", "bedrock_converse", None),
        ("openrouter", "anthropic/claude-sonnet-4.5", "openai_chat", Taken(512, tools=False)),
        ("openrouter", "anthropic/claude-sonnet-4.5", "anthropic", CLAUDE),
        ("openrouter", "qwen/qwen3-coder-plus", "openai_chat", Taken(1024, hour=False, tools=False)),
        ("openrouter", "qwen/qwen3-coder", "openai_chat", None),
        ("openrouter", "google/gemini-2.5-pro", "openai_chat", None),
        ("anthropic-compatible", "claude-sonnet-4-5", "anthropic", None),
        ("openai", "gpt-5.1", "openai_responses", None),
    ],
)
def test_marks_go_where_they_are_documented(name: str, model: str, dialect: str, found: Taken | None) -> None:
    assert taken(name, Account(1, "a", name), model, dialect) == found


def test_a_deployment_is_known_by_the_model_it_stands_for() -> None:
    account = Account(1, "a", "azure-anthropic", options={"deployments": {"prod": "claude-opus-4-5"}})
    assert taken("azure-anthropic", account, "prod", "anthropic") == CLAUDE


@pytest.mark.parametrize(
    ("name", "base_url", "dialect", "places"),
    [
        ("openai", "", "openai_chat", ("prompt_cache_key", "")),
        ("openai", "", "openai_responses", ("prompt_cache_key", "")),
        ("azure-openai", "https://x.openai.azure.com", "openai_chat", ("prompt_cache_key", "")),
        (
            "azure-openai",
            "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
            "openai_chat",
            ("", ""),
        ),
        ("openrouter", "", "openai_chat", ("", "x-session-id")),
        ("openrouter", "", "anthropic", ("", "x-session-id")),
        ("openai-compatible", "https://api.x.ai/v1", "openai_chat", ("", "x-grok-conv-id")),
        ("openai-compatible", "https://api.x.ai/v1", "openai_responses", ("prompt_cache_key", "")),
        ("openai-compatible", "https://api.mistral.ai/v1", "openai_chat", ("prompt_cache_key", "")),
        ("openai-compatible", "http://api.x.ai.example/v1", "openai_chat", ("", "")),
        ("openai-compatible", "", "openai_chat", ("", "")),
        ("anthropic", "", "anthropic", ("", "")),
    ],
)
def test_a_session_is_told_where_a_vendor_documents_it(
    name: str, base_url: str, dialect: str, places: tuple[str, str]
) -> None:
    assert vendor(name).session_places(Account(1, "a", name, base_url), dialect) == places
