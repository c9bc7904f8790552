"""`manage.py import_env`: the README examples of the older product."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from gateway.configuration.document import parse
from gateway.configuration.env_import import translate
from gateway.models import ProviderAccount
from gateway.snapshot import build
from routing.models import PriceOverride, TierMap
from routing.tier_maps import content_of

TIERS = ("SIMPLE", "MEDIUM", "COMPLEX", "REASONING")
LOCAL = """
MODEL_PROVIDER=ollama
FALLBACK_ENABLED=false
OLLAMA_ENDPOINT=http://localhost:11434
OLLAMA_MODEL=qwen2.5-coder:latest
PORT=8081
POLICY_MAX_STEPS=50
"""
OPENROUTER = """
MODEL_PROVIDER=openrouter
OPENROUTER_API_KEY=sk-or-v1-canary-0123456789
FALLBACK_ENABLED=false
TIER_SIMPLE=openrouter:google/gemini-flash-1.5
TIER_MEDIUM=openrouter:anthropic/claude-3.5-sonnet
TIER_COMPLEX=openrouter:anthropic/claude-opus-4
TIER_REASONING=openrouter:anthropic/claude-opus-4
"""
BEDROCK = """
MODEL_PROVIDER=bedrock
AWS_BEDROCK_API_KEY=ABSK-canary-key-012345
AWS_BEDROCK_MODEL_ID=anthropic.claude-3-5-sonnet-20241022-v2:0
AWS_BEDROCK_REGION=eu-west-1
"""
DATABRICKS = """
MODEL_PROVIDER=databricks
DATABRICKS_API_BASE=https://your-workspace.cloud.databricks.com
DATABRICKS_API_KEY=dapi-canary-1234567890
DATABRICKS_MODEL=databricks-meta-llama-3-1-405b-instruct
# TIER_SIMPLE=databricks:other
"""
HYBRID = """
MODEL_PROVIDER=ollama
OLLAMA_ENDPOINT=http://localhost:11434
OLLAMA_MODEL=qwen2.5-coder:latest
FALLBACK_ENABLED=true
FALLBACK_PROVIDER=openrouter
OPENROUTER_API_KEY=sk-or-v1-canary-0123456789
TIER_SIMPLE=ollama:qwen2.5:3b
TIER_MEDIUM=ollama:qwen2.5:7b
TIER_COMPLEX=openrouter:anthropic/claude-3.5-sonnet
TIER_REASONING=openrouter:anthropic/claude-opus-4
"""


def _import(folder: Path, text: str, *arguments: str) -> str:
    file = folder / ".env"
    file.write_text(text)
    out = io.StringIO()
    call_command("import_env", str(file), *arguments, stdout=out, no_color=True)
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "vendor", "first", "complex_"),
    [
        (LOCAL, "ollama", "ollama/qwen2.5-coder:latest", ["ollama/qwen2.5-coder:latest"]),
        (OPENROUTER, "openrouter", "openrouter/google/gemini-flash-1.5", ["openrouter/anthropic/claude-opus-4"]),
        (
            BEDROCK,
            "bedrock",
            "bedrock/anthropic.claude-3-5-sonnet-20241022-v2:0",
            ["bedrock/anthropic.claude-3-5-sonnet-20241022-v2:0"],
        ),
        (
            DATABRICKS,
            "databricks",
            "databricks/databricks-meta-llama-3-1-405b-instruct",
            ["databricks/databricks-meta-llama-3-1-405b-instruct"],
        ),
        (
            HYBRID,
            "ollama",
            "ollama/qwen2.5:3b",
            ["openrouter/anthropic/claude-3.5-sonnet", "openrouter/openai/gpt-4o-mini"],
        ),
    ],
    ids=["local", "openrouter", "bedrock", "databricks", "hybrid"],
)
def test_the_examples_of_the_readme_work(
    db: str, tmp_path: Path, text: str, vendor: str, first: str, complex_: list[str]
) -> None:
    out = _import(tmp_path, text)
    assert "not understood" not in out
    assert "canary" not in out
    assert vendor in ProviderAccount.objects.values_list("vendor", flat=True)
    content = content_of(TierMap.objects.get(team=None))
    assert tuple(content) == TIERS, "all four are filled"
    assert content["SIMPLE"][0] == first
    assert content["COMPLEX"] == complex_
    assert all(account.secrets or account.vendor == "ollama" for account in build().accounts.values())
    assert _import(tmp_path, text).splitlines()[-1] == "nothing to change"


def test_every_line_that_did_nothing_is_reported_with_its_number(db: str, tmp_path: Path) -> None:
    out = _import(
        tmp_path,
        "OLLAMA_MODEL=x\nthis is no line\nFOO=secret-canary\nTIER_SIMPLE=nobody:x\nTIER_MEDIUM=ollama\n"
        "POLICY_MAX_STEPS=5\nexport PORT='8081'\nZAI_MODEL=GLM\nMODEL_PRICE_OVERRIDES=not json\nOPENAI_API_KEY=your-key\n",
    )
    lines = out.splitlines()
    for number, words in (
        (1, "OLLAMA_MODEL: not used"),
        (2, "not understood"),
        (3, "FOO: not understood"),
        (4, "TIER_SIMPLE: not understood: no provider is called 'nobody'"),
        (5, "TIER_MEDIUM: not understood: must be provider:model"),
        (6, "POLICY_MAX_STEPS: not needed"),
        (7, "PORT: not needed: set LYNKR_PORT"),
        (8, "ZAI_MODEL: not used"),
        (9, "MODEL_PRICE_OVERRIDES: not understood"),
        (10, "OPENAI_API_KEY: is still a placeholder"),
    ):
        assert [line for line in lines if line.startswith(f"line {number}: {words}")], (number, lines)
    assert "canary" not in out


def test_tiers_that_are_not_set_borrow_from_the_nearest(db: str, tmp_path: Path) -> None:
    _import(tmp_path, "TIER_MEDIUM=openai:gpt-4o\nTIER_REASONING=openai:o3\nOPENAI_API_KEY=sk-1234567890\n")
    content = content_of(TierMap.objects.get())
    assert [content[tier][0] for tier in TIERS] == ["openai/gpt-4o", "openai/gpt-4o", "openai/gpt-4o", "openai/o3"]


def test_prices_keep_their_exact_amounts(db: str, tmp_path: Path) -> None:
    _import(tmp_path, 'MODEL_PRICE_OVERRIDES={"my-model":{"input":0.1,"output":1.5,"cacheRead":0.01}}\n')
    row = PriceOverride.objects.get()
    assert (str(row.input), str(row.output), str(row.cache_read)) == ("0.100000", "1.500000", "0.010000")


def test_a_dry_run_writes_nothing(db: str, tmp_path: Path) -> None:
    assert "+ provider openrouter" in _import(tmp_path, OPENROUTER, "--dry-run")
    assert not ProviderAccount.objects.exists()


def test_names_that_mean_something_else_here_are_mapped() -> None:
    """Its vertex was Google's Gemini API, its azure-anthropic also Anthropic itself."""
    imported = translate(
        "VERTEX_API_KEY=k-1234567890\nAZURE_ANTHROPIC_ENDPOINT=https://api.anthropic.com/v1/messages\n"
        'AZURE_ANTHROPIC_API_KEY="k#1" # comment\nMODEL_PROVIDER=azure-anthropic\n'
    )
    document = parse(imported.tree)
    assert {row.name: row.vendor for row in document.providers or ()} == {
        "vertex": "gemini",
        "azure-anthropic": "anthropic",
    }
    secrets = {row.name: row.secrets[0].value for row in document.providers or () if row.secrets}
    assert secrets["azure-anthropic"] == "k#1"
