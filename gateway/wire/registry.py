"""Dialects by name, loaded when first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from .dialect import Dialect

NAMES = ("anthropic", "openai_chat", "openai_responses", "gemini", "bedrock_converse", "ollama")


@cache
def dialect(name: str) -> Dialect:
    """The dialect called `name`. Raises KeyError for a name not in `NAMES`."""
    if name not in NAMES:
        raise KeyError(name)
    found: Dialect = import_module(f"gateway.wire.{name}").DIALECT
    return found
