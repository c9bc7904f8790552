"""Fields by which a provider would do something else than was checked: another model, more answers, work that goes on unseen.

What Lynkr does not know goes to the provider as it came, so what it looked at must be all there is to look at. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.chat.errors import BadRequest

# Servers in Go take a field in any case, and Unicode's look-alikes of k and s (encoding/json): "Model" behind "model" wins.
_GUARDED = frozenset(
    [
        "model",
        "models",
        "fallbacks",
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "n",
        "best_of",
        "service_tier",
        "stream",
        "stream_options",
        "background",
    ]
)
# OpenRouter's and Perplexity's `models`, OpenRouter's, Anthropic's and LiteLLM's `fallbacks`: others that may serve instead,
# whatever this key may use and its budgets hold. Falling back is the policy's.
_OTHER_MODELS = ("models", "fallbacks")


def other_models(body: Mapping[str, Any]) -> list[str]:
    """The fields of `body` that name models beside `model`. They must not be sent."""
    return [name for name in _OTHER_MODELS if name in body]


# Servers in Python and JavaScript take "64" for 64 (vLLM's and other pydantic models do).
_NUMBERS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "n", "best_of")


def refuse(body: Mapping[str, Any]) -> None:
    """Raises BadRequest for a guarded field in another spelling, for one that counts and is no number, and for `background`:
    its answer is not waited for, so its cost would never be known."""
    for name in _NUMBERS:
        value = body.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise BadRequest(f"{name}: must be a number", param=name)
    for name in body:
        if not (name.isascii() and name.islower()) and (meant := name.casefold()) in _GUARDED:
            raise BadRequest(f"{name[:40]}: write this field {meant}", param=meant)
    if body.get("background"):
        raise BadRequest("background: not offered here; leave it out, and stream what takes long", param="background")
