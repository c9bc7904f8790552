"""Which extras of a request change nothing of its answer: notes on how a value was written, marks for the provider's prompt
cache, and how a request travels. Pure.

The names are those the decoders of `gateway.wire` use; one not known here counts, which costs a hit and no wrong answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FORM: Mapping[str, frozenset[str]] = {
    "anthropic": frozenset({"cache_control", "$content", "$system", "$format"}),
    "openai_chat": frozenset({"cache_control"}),
    "openai_responses": frozenset({"string"}),
    "bedrock_converse": frozenset({"cachePoint"}),
    "gemini": frozenset({"systemRole"}),
}
"""Marks for the provider's prompt cache, and notes on how a value was written."""
_NOTES = frozenset({"content", "flat", "bare", "null", "functions", "stop", "stream", "stream_options", "max_tokens"})
"""Of the notes that chat and Ollama keep under "~": those on form alone. The others hold fields."""
_TRANSPORT: Mapping[str, frozenset[str]] = {
    "anthropic": frozenset({"stream", "service_tier"}),
    "openai_chat": frozenset({"service_tier", "prompt_cache_retention"}),
    "openai_responses": frozenset({"stream", "stream_options", "service_tier", "prompt_cache_retention"}),
    "ollama": frozenset({"keep_alive"}),
}
"""Fields of a whole request: how fast, how dear, and how it travels. Who asks (`metadata`, `safety_identifier`,
`prompt_cache_key`) is none of these: people behind one application do not share answers."""
_PLAIN_ITEM: Mapping[str, frozenset[Any]] = {
    "type": frozenset({"message"}),
    "role": frozenset({"user", "assistant", "system"}),
}
_PLAIN_PARTS = ({"type": "input_text"}, {"type": "output_text"}, {"type": "text"})


def without_form(dialect: str, values: Mapping[str, Any], whole: bool, first: bool) -> Mapping[str, Any]:
    """What is left of a node's extras of `dialect`. `whole`: they are the request's; `first`: of the first system text."""
    form = _FORM.get(dialect, frozenset())
    if whole:
        form = form | _TRANSPORT.get(dialect, frozenset())
    kept = {name: value for name, value in values.items() if name not in form}
    if dialect in ("openai_chat", "ollama") and isinstance(kept.get("~"), Mapping):
        notes = {
            name: value
            for name, value in kept.pop("~").items()
            if name not in _NOTES and not (first and name == "starts") and not (name == "reasoning" and value == {})
        }
        if notes:
            kept["~"] = notes
    elif dialect == "openai_responses":
        _without_items(kept)
    return kept


def _without_items(kept: dict[str, Any]) -> None:
    """The item or part a text came in, where that says no more than the canonical form does."""
    item = kept.get("item")
    if item == "input" or (
        isinstance(item, Mapping)
        and all(isinstance(value, str) and value in _PLAIN_ITEM.get(name, ()) for name, value in item.items())
    ):
        del kept["item"]
    if kept.get("part") in _PLAIN_PARTS:
        del kept["part"]
