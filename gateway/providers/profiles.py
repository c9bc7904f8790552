"""From a model family, a dialect and a vendor's limits to a `Profile`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from gateway.wire.profile import Profile

from .account import Account
from .families import UNKNOWN, Family, family

_NAMES = frozenset(field.name for field in fields(Profile)) - {"model", "account"}
_LARGEST_DEFAULT = 32_000
_UNKNOWN_DEFAULT = 8192


def model_id(account: Account, model: str) -> str:
    """What the provider calls `model`: ``options["deployments"]`` maps our names to its own."""
    given = account.options.get("deployments")
    found = given.get(model) if isinstance(given, Mapping) else None
    return found if isinstance(found, str) and found else model


def family_of(account: Account, model: str) -> Family:
    """The family of `model`; ``options["family"]`` names, for a model or deployment with a name of one's own, the model
    it behaves like: ``{"prod-chat": "gpt-5.4"}``."""
    given = account.options.get("family")
    if isinstance(given, Mapping):
        same_as = given.get(model) or given.get(model_id(account, model))
        if isinstance(same_as, str):
            return family(same_as)
    found = family(model)
    return found if found is not UNKNOWN else family(model_id(account, model))


def build(account: Account, model: str, kind: Family, dialect: str, limits: Mapping[str, Any]) -> Profile:
    """`limits` are the vendor's: Profile fields that hold for every model there. Strongest are ``options["profile"]``,
    fields for the whole account, or by model: ``{"vision": false}`` or ``{"my-model": {"vision": false}}``."""
    values: dict[str, Any] = {
        "vision": kind.vision,
        "documents": kind.documents,
        "sampling": kind.sampling,
        "stop": kind.stop,
        "parallel_tools": kind.parallel_tools,
        "custom_tools": False,
        "thinking": kind.thinking,
        "efforts": kind.efforts,
        "max_output_tokens": kind.max_output_tokens,
        "context_window": kind.context_window,
        "quirks": kind.quirks,
        "default_max_tokens": _default_max_tokens(kind),
    }
    values.update(_SHAPES.get(dialect, _keep)(kind))
    values.update(limits)
    values.update(_overrides(account, model))
    return Profile(model=model_id(account, model), account=account.name, **values)


def _default_max_tokens(kind: Family) -> int:
    if kind is UNKNOWN:
        return _UNKNOWN_DEFAULT
    return min(_LARGEST_DEFAULT, kind.max_output_tokens or _LARGEST_DEFAULT)


def _overrides(account: Account, model: str) -> dict[str, Any]:
    given = account.options.get("profile")
    if not isinstance(given, Mapping):
        return {}
    found = {name: value for name, value in given.items() if name in _NAMES}
    own = given.get(model)
    if isinstance(own, Mapping):
        found.update({name: value for name, value in own.items() if name in _NAMES})
    for name in ("efforts", "fields", "quirks"):
        if isinstance(found.get(name), list | tuple):
            found[name] = tuple(found[name]) if name == "efforts" else frozenset(found[name])
    return found


def _keep(kind: Family) -> dict[str, Any]:
    return {}


def _chat(kind: Family) -> dict[str, Any]:
    return {
        "thinking": "effort" if kind.thinking != "none" else "none",
        # A tool message of the chat dialect holds text only (IMG-3).
        "tool_images": False,
        "reasoning_content": kind.reasoning_content,
        "max_tokens_field": "max_completion_tokens" if kind.max_completion_tokens else "max_tokens",
        "custom_tools": kind.custom_tools,
        "betas": False,
    }


def _responses(kind: Family) -> dict[str, Any]:
    return {
        "thinking": "effort" if kind.thinking != "none" else "none",
        "stop": False,
        "custom_tools": kind.custom_tools,
        "betas": False,
    }


def _anthropic(kind: Family) -> dict[str, Any]:
    claude = kind.name == "claude"
    return {
        # Others than Claude know thinking as enabled or disabled.
        "thinking": kind.thinking if claude or kind.thinking == "none" else "budget",
        "cache_control": True,
        "system_in_messages": kind.mid_system,
        "betas": claude,
    }


def _gemini(kind: Family) -> dict[str, Any]:
    return {
        "tool_images": False,
        "system_in_messages": False,
        "strict_schema": True,
        "merge_roles": True,
        "betas": False,
    }


def _converse(kind: Family) -> dict[str, Any]:
    claude = kind.name == "claude"
    return {
        "thinking": kind.thinking if claude else "none",
        "tool_images": kind.vision,
        "system_in_messages": False,
        "merge_roles": True,
        "cache_control": claude or kind.name == "nova",
        "parallel_tools": False,
        "betas": False,
    }


def _ollama(kind: Family) -> dict[str, Any]:
    return {
        # `think` is a 400 on a model that cannot; only gpt-oss takes words for it.
        "thinking": "effort" if kind.name == "gpt-oss" else "none",
        "tool_images": False,
        "documents": False,
        "parallel_tools": False,
        "betas": False,
    }


_SHAPES = {
    "openai_chat": _chat,
    "openai_responses": _responses,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "bedrock_converse": _converse,
    "ollama": _ollama,
}
