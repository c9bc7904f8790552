"""Vendors by name, loaded when first asked for. To add one: a file beside this and a line here."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from .vendor import Vendor

_VENDORS: dict[str, tuple[str, tuple[str, ...]]] = {
    "anthropic": ("anthropic", ("claude",)),
    "openai": ("openai", ()),
    "azure-openai": ("azure_openai", ("azure", "azure_openai")),
    "azure-anthropic": ("azure_anthropic", ("azure_anthropic", "foundry-anthropic")),
    "bedrock": ("bedrock", ("aws-bedrock", "aws_bedrock", "amazon-bedrock")),
    "gemini": ("gemini", ("google", "google-ai-studio", "google-gemini")),
    "vertex": ("vertex", ("vertex-ai", "vertex_ai", "google-vertex")),
    "databricks": ("databricks", ()),
    "openrouter": ("openrouter", ()),
    "ollama": ("ollama", ()),
    "llamacpp": ("llamacpp", ("llama.cpp", "llama-cpp", "llama_cpp")),
    "lmstudio": ("lmstudio", ("lm-studio", "lm_studio")),
    "deepseek": ("deepseek", ()),
    "zai": ("zai", ("z.ai", "z-ai", "zhipu", "bigmodel")),
    "moonshot": ("moonshot", ("kimi", "moonshotai")),
    "atlas": ("atlas", ("atlascloud", "atlas-cloud")),
    "edenai": ("edenai", ("eden-ai", "eden")),
    "baidu": ("baidu", ("qianfan",)),
    "openai-compatible": ("openai_compatible", ("openai_compatible", "compatible", "vllm", "custom")),
    "anthropic-compatible": ("anthropic_compatible", ("anthropic_compatible",)),
}
_BY_ALIAS = {alias: name for name, (_, aliases) in _VENDORS.items() for alias in (name, *aliases)}


def names() -> tuple[str, ...]:
    """Every vendor's name as written in configuration."""
    return tuple(_VENDORS)


def canonical(name: str) -> str:
    """The vendor's name for `name` or an alias of it, in any case. Raises KeyError."""
    return _BY_ALIAS[name.strip().lower()]


@cache
def vendor(name: str) -> Vendor:
    """The vendor called `name` or an alias of it. Raises KeyError for an unknown one."""
    found: Vendor = import_module(f"gateway.providers.{_VENDORS[canonical(name)][0]}").VENDOR
    return found
