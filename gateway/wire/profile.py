"""What the target of a request takes: filled by `gateway.providers` from vendor and model family, read by encoders.

Capabilities belong to the model family and the vendor's endpoint, so an encoder asks the profile and never compares a
provider's name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from gateway.chat.request import Effort


@dataclass(frozen=True, slots=True)
class Profile:
    """`model` is the id to write into the body. `account` names the provider account (part of a thinking origin).

    `vision`, `documents`, `tools`, `tool_images` (images inside tool results), `system_in_messages` (role "system" after
    the first turn), `sampling` (temperature and friends accepted), `stop`, `parallel_tools`, `response_format`,
    `custom_tools`: accepted or not; where not, the encoder converts as its docstring says and records a loss.
    `thinking`: how reasoning is asked for: "budget" (thinking.budget_tokens), "adaptive" (thinking.type adaptive +
    effort), "effort" (reasoning_effort / reasoning.effort), "none".
    `efforts`: the effort words taken; others map to the nearest.
    `max_tokens_field`: chat dialect only. `max_output_tokens`: cap, or None if unknown; `default_max_tokens`: written when
    the client gave none and the dialect requires one.
    `reasoning_content`: chat dialect: assistant `reasoning_content` is sent back (DeepSeek, Moonshot need it).
    `cache_control`: Anthropic-style marks are understood (also on chat endpoints such as OpenRouter).
    `strict_schema`: the endpoint rejects JSON-schema keywords outside its subset: sanitise declared tool schemas (SCH-1).
    `merge_roles`: consecutive messages of one role must be merged. `system_role`: word for leading system texts.
    `fields`: top-level extras (other than canonical ones) this endpoint accepts; None: all (SCH-3, CCD-10).
    `betas`: False: the endpoint refuses Anthropic beta features; defer_loading, tool_reference, eager_input_streaming,
    context_management and the like are expanded or stripped (CCD-9, CCD-10, CCD-11).
    `filler`: text to put where this provider demands non-empty content (EMP-5); None: leave it out.
    """

    model: str
    account: str = ""
    vision: bool = True
    documents: bool = True
    tools: bool = True
    tool_images: bool = True
    system_in_messages: bool = True
    sampling: bool = True
    stop: bool = True
    parallel_tools: bool = True
    response_format: bool = True
    custom_tools: bool = True
    thinking: Literal["budget", "adaptive", "effort", "none"] = "effort"
    efforts: tuple[Effort, ...] = ("low", "medium", "high")
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    max_output_tokens: int | None = None
    default_max_tokens: int = 32_000
    context_window: int | None = None
    reasoning_content: bool = False
    cache_control: bool = False
    strict_schema: bool = False
    merge_roles: bool = False
    system_role: Literal["system", "developer", "user"] = "system"
    fields: frozenset[str] | None = None
    betas: bool = True
    filler: str | None = None
    stream_usage: bool = True
    quirks: frozenset[str] = field(default_factory=frozenset)
