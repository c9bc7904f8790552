"""What a model takes is known by its family, whoever serves it and however it is spelled there."""

from __future__ import annotations

import pytest

from gateway.providers.families import UNKNOWN, bare, family


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("global.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("claude-haiku-4-5@20251001", "claude-haiku-4-5"),
        ("databricks-claude-opus-5-5", "claude-opus-5-5"),
        ("system.ai.claude-sonnet-4-5", "claude-sonnet-4-5"),
        (
            "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "claude-sonnet-4-5",
        ),
        ("claude-opus-5-5[1m]", "claude-opus-5-5"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("ft:gpt-4o-mini-2024-07-18:acme::id", "gpt-4o-mini"),
        ("openai/gpt-5.2-chat-latest", "gpt-5.2-chat"),
        ("models/gemini-2.5-pro-preview-05-06", "gemini-2.5-pro"),
        ("qwen3-coder:30b", "qwen3-coder"),
        ("deepseek.v3.2", "deepseek-v3.2"),
        ("deepseek-v3", "deepseek-v3"),
        ("deepseek/deepseek-r1:free", "deepseek-r1"),
    ],
)
def test_marks_of_vendors_regions_and_versions_are_taken_off(written: str, expected: str) -> None:
    assert bare(written) == expected


@pytest.mark.parametrize(
    ("model", "thinking", "sampling"),
    [
        ("claude-3-5-sonnet-20241022", "none", True),
        ("claude-sonnet-4-5", "budget", True),
        ("claude-opus-4-6", "adaptive", True),
        ("claude-opus-4-7", "adaptive", False),
        ("claude-opus-5-5", "adaptive", False),
        ("claude-haiku-5-5", "adaptive", False),
        ("gpt-4o", "none", True),
        ("gpt-4.1-mini", "none", True),
        ("o3", "effort", False),
        ("gpt-5-mini", "effort", False),
        ("gpt-6.1-sol", "effort", False),
        ("gpt-5-4-mini", "effort", False),
        ("gpt-oss-120b", "effort", True),
        ("gemini-2.5-flash", "budget", True),
        ("gemini-3.1-pro-preview", "effort", True),
        ("deepseek-v4-pro", "effort", False),
        ("kimi-k3", "effort", False),
        ("glm-5.2", "none", True),
        ("my-own-model", "none", True),
    ],
)
def test_thinking_and_sampling_follow_the_family(model: str, thinking: str, sampling: bool) -> None:
    found = family(model)
    assert (found.thinking, found.sampling) == (thinking, sampling)


@pytest.mark.parametrize(
    "model",
    [
        "not-claude-sonnet-4-5",
        "my-gpt-4o-finetune",
        "o3x",
        "gpt-5isnot",
        "notgemini-2.5-pro",
        "claude-sonnet-4-5-lookalike",
        "prod-chat",
        "",
        "auto",
    ],
)
def test_a_name_that_only_contains_a_family_is_unknown(model: str) -> None:
    """Substring luck gives a model capabilities it does not have."""
    assert family(model) is UNKNOWN


def test_vision_is_a_property_of_the_model_and_not_of_the_host() -> None:
    """IMG-2."""
    for prefix in ("", "openai/", "openrouter/openai/", "databricks-"):
        assert family(f"{prefix}gpt-4o").vision
    assert not family("o3-mini").vision
    assert not family("glm-4.7").vision
    assert family("glm-4.5v").vision
    assert family("qwen2.5-vl-72b-instruct").vision
    assert family("qwen3-vl-235b-a22b").vision
    assert not family("qwen3-coder-480b-a35b-instruct").vision


def test_windows_of_current_models_are_known() -> None:
    assert (family("claude-opus-5-5").context_window, family("claude-opus-5-5").max_output_tokens) == (
        1_000_000,
        128_000,
    )
    assert family("gpt-4.1").context_window == 1_047_576
    assert family("gpt-4o").max_output_tokens == 16_384
    assert family("my-own-model").context_window is None
