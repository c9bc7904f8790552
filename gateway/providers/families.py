"""What a model can do, by family: rules on its bare name, matched as a whole, never by a substring.

A family is a property of the model, whoever serves it; a vendor narrows it (`Vendor.profile`). Windows and limits in tokens.
Sources: the vendors' model pages (platform.claude.com/docs/en/about-claude/models, .../build-with-claude/effort;
developers.openai.com/api/docs/models and its latest-model guide; ai.google.dev/gemini-api/docs/models and .../thinking;
api-docs.deepseek.com/guides/thinking_mode; platform.moonshot.ai/docs; docs.z.ai; docs.x.ai), November 2026.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from gateway.chat.request import Effort

Style = Literal["budget", "adaptive", "effort", "none"]


@dataclass(frozen=True, slots=True)
class Family:
    """Field names are those of `wire.profile.Profile`. `prefers_responses`: over chat when a request crosses dialects.
    `mid_system`: messages of role system are taken after the first turn in the Anthropic dialect (Claude Code sends them
    to these). `quirks`: ``tools_need_responses`` (OpenAI's chat refuses function tools beside reasoning),
    ``responses_only``, ``always_thinks`` (reasoning cannot be switched off), ``thinking_switch`` (chat takes
    ``thinking: {type}``), ``effort_beside_budget`` (output_config.effort is taken beside budget_tokens)."""

    name: str
    context_window: int | None = None
    max_output_tokens: int | None = None
    vision: bool = True
    documents: bool = True
    thinking: Style = "none"
    efforts: tuple[Effort, ...] = ("low", "medium", "high")
    sampling: bool = True
    stop: bool = True
    parallel_tools: bool = True
    custom_tools: bool = False
    max_completion_tokens: bool = False
    reasoning_content: bool = False
    developer_role: bool = False
    prefers_responses: bool = False
    mid_system: bool = False
    quirks: frozenset[str] = frozenset()


K = 1000
UNKNOWN = Family("unknown")

_CLAUDE = Family("claude", 200 * K, 64 * K, thinking="budget")
_CLAUDE_EFFORT = replace(_CLAUDE, quirks=frozenset({"effort_beside_budget"}))
_CLAUDE_46 = replace(_CLAUDE, context_window=K * K, max_output_tokens=128 * K, thinking="adaptive")
_CLAUDE_46 = replace(_CLAUDE_46, efforts=("low", "medium", "high", "max"))
# From 4.7 on a budget or a sampling parameter is a 400.
_CLAUDE_47 = replace(_CLAUDE_46, efforts=("low", "medium", "high", "xhigh", "max"), sampling=False)

_CLAUDE_48 = replace(_CLAUDE_47, mid_system=True)

_GPT = Family("gpt", 128 * K, 16_384, custom_tools=False)
_GPT_41 = replace(_GPT, context_window=1_047_576, max_output_tokens=32_768)
_O = Family(
    "openai-reasoning",
    200 * K,
    100 * K,
    thinking="effort",
    sampling=False,
    stop=False,
    max_completion_tokens=True,
    developer_role=True,
    prefers_responses=True,
    parallel_tools=False,
    quirks=frozenset({"always_thinks"}),
)
_O_TEXT = replace(_O, vision=False, documents=False)
_GPT_5 = replace(
    _O, name="gpt-5", context_window=400 * K, max_output_tokens=128 * K, custom_tools=True,
    efforts=("minimal", "low", "medium", "high"), parallel_tools=True,
)  # fmt: skip
_GPT_51 = replace(_GPT_5, efforts=("none", "low", "medium", "high"), quirks=frozenset())
_GPT_52 = replace(_GPT_51, efforts=("none", "low", "medium", "high", "xhigh"))
_GPT_54 = replace(_GPT_52, context_window=1_050 * K, quirks=frozenset({"tools_need_responses"}))
_GPT_54_SMALL = replace(_GPT_54, context_window=400 * K)
_GPT_6 = replace(_GPT_54, name="gpt-6", efforts=("none", "low", "medium", "high", "xhigh", "max"))
_GPT_6_THINKS = replace(
    _GPT_6, efforts=("low", "medium", "high", "xhigh", "max"), quirks=_GPT_6.quirks | {"always_thinks"}
)
_ONLY = frozenset({"responses_only", "always_thinks"})
_CODEX = replace(_GPT_5, name="codex", efforts=("low", "medium", "high", "xhigh"), quirks=_ONLY)
_PRO = replace(_GPT_5, name="gpt-pro", context_window=1_050 * K, efforts=("medium", "high", "xhigh"), quirks=_ONLY)
_GPT_CHAT = replace(_GPT, max_completion_tokens=True, sampling=False, developer_role=True)
_GPT_OSS = Family(
    "gpt-oss", 131_072, 131_072, vision=False, documents=False, thinking="effort", reasoning_content=True,
    quirks=frozenset({"always_thinks"}),
)  # fmt: skip

_GEMINI_2 = Family("gemini", 1_048_576, 8192)
_GEMINI_25 = replace(_GEMINI_2, max_output_tokens=65_536, thinking="budget")
_GEMINI_3 = replace(
    _GEMINI_25, thinking="effort", efforts=("minimal", "low", "medium", "high"), quirks=frozenset({"always_thinks"})
)
_GEMINI_4 = replace(_GEMINI_3, max_output_tokens=1_048_576)
_GEMMA = Family("gemma", 131_072, 8192, documents=False)

_OPEN = Family("open-weights", 131_072, 32_768, vision=False, documents=False)
_OPEN_THINKS = replace(_OPEN, reasoning_content=True)
_DEEPSEEK = replace(_OPEN, name="deepseek", max_output_tokens=8192)
_DEEPSEEK_R = replace(_DEEPSEEK, max_output_tokens=65_536, reasoning_content=True, sampling=False)
_DEEPSEEK_4 = replace(
    _DEEPSEEK_R,
    context_window=K * K,
    max_output_tokens=393_216,
    thinking="effort",
    efforts=("low", "high", "max"),
    quirks=frozenset({"thinking_switch"}),
)
_KIMI_2 = replace(_OPEN_THINKS, name="kimi", context_window=262_144, max_output_tokens=262_144)
_KIMI_25 = replace(_KIMI_2, vision=True, sampling=False, quirks=frozenset({"thinking_switch"}))
_KIMI_27 = replace(_KIMI_25, quirks=frozenset({"always_thinks"}))
_KIMI_3 = replace(
    _KIMI_27, context_window=1_048_576, max_output_tokens=1_048_576, thinking="effort", efforts=("low", "high", "max")
)
_GLM = replace(_OPEN_THINKS, name="glm", context_window=200 * K, max_output_tokens=128 * K)
_GLM = replace(_GLM, quirks=frozenset({"thinking_switch"}))
_GLM_1M = replace(_GLM, context_window=K * K)
_QWEN = replace(_OPEN_THINKS, name="qwen", context_window=262_144, max_output_tokens=65_536)
_GROK = replace(_OPEN_THINKS, name="grok", vision=True, context_window=500 * K, max_output_tokens=None, stop=False)
_MISTRAL = replace(_OPEN, name="mistral", context_window=262_144, max_output_tokens=None, vision=True)

_RULES: tuple[tuple[str, Family], ...] = (
    # Claude: claude-{name}-{major}[-{minor}], older ones claude-{major}[-{minor}]-{name}
    (r"claude-(?:fable|mythos|opus|sonnet|haiku)-(?:[5-9]|\d\d)(?:-\d{1,2})?(?:-fast)?", _CLAUDE_48),
    (r"claude-mythos(?:-preview)?", _CLAUDE_47),
    (r"claude-(?:opus|sonnet|haiku)-4-(?:[89]|\d\d)(?:-fast)?", _CLAUDE_48),
    (r"claude-(?:opus|sonnet|haiku)-4-7(?:-fast)?", _CLAUDE_47),
    (r"claude-(?:opus|sonnet|haiku)-4-6(?:-fast)?", _CLAUDE_46),
    (r"claude-opus-4-5", _CLAUDE_EFFORT),
    (r"claude-(?:sonnet|haiku)-4-5", _CLAUDE),
    (r"claude-sonnet-4(?:-0)?", _CLAUDE),
    (r"claude-opus-4(?:-[01])?", replace(_CLAUDE, max_output_tokens=32 * K)),
    (r"claude-3-7-sonnet", _CLAUDE),
    (r"claude-3-5-(?:sonnet|haiku)", replace(_CLAUDE, max_output_tokens=8192, thinking="none")),
    (r"claude-3-(?:opus|sonnet|haiku)", replace(_CLAUDE, max_output_tokens=4096, thinking="none")),
    (r"claude(?:-instant|-2(?:-[01])?)?", replace(_CLAUDE, vision=False, max_output_tokens=4096, thinking="none")),
    # OpenAI
    (r"codex-mini|gpt-5(?:\.\d+)?-codex(?:-(?:mini|max|spark))?", _CODEX),
    (r"gpt-5(?:\.[0-3])?-pro", replace(_PRO, context_window=400 * K)),
    (r"gpt-\d(?:\.\d+)?-pro", _PRO),
    (r"gpt-5(?:\.\d+)?-chat|chat-latest|chatgpt-4o", _GPT_CHAT),
    (r"gpt-6-astra(?:-\w+)?|gpt-6\.1-sol", _GPT_6_THINKS),
    (r"gpt-(?:[6-9]|\d\d)(?:\.\d+)?(?:-(?:sol|luna|terra|mini|nano|rosalind))?", _GPT_6),
    (r"gpt-5\.4-(?:mini|nano)", _GPT_54_SMALL),
    (r"gpt-5\.(?:[4-9]|\d\d)(?:-(?:sol|terra|luna|mini|nano|cyber))?", _GPT_54),
    (r"gpt-5\.[23](?:-(?:mini|nano))?", _GPT_52),
    (r"gpt-5\.1(?:-(?:mini|nano))?", _GPT_51),
    (r"gpt-5(?:-(?:mini|nano))?", _GPT_5),
    (r"o1-mini|o1-preview|o3-mini", _O_TEXT),
    (r"o[134](?:-(?:mini|pro|deep-research|mini-deep-research))?", _O),
    (r"gpt-oss(?:-\d+b)?(?:-\w+)?", _GPT_OSS),
    (r"gpt-4\.1(?:-(?:mini|nano))?", _GPT_41),
    (r"gpt-4o(?:-mini)?(?:-(?:audio|search|realtime))?", _GPT),
    (r"gpt-4\.5|gpt-4-turbo|gpt-4-vision", replace(_GPT, max_output_tokens=4096)),
    (r"gpt-4", Family("gpt", 8192, 4096, vision=False, documents=False)),
    (r"gpt-3\.?5-turbo(?:-16k)?", Family("gpt", 16_385, 4096, vision=False, documents=False)),
    # Google
    (r"gemini-(?:[4-9]|\d\d)(?:\.\d+)?-[a-z]+(?:-[a-z]+)*", _GEMINI_4),
    (r"gemini-3(?:\.\d+)?-(?:pro|flash)(?:-lite)?(?:-[a-z]+)*|gemini-(?:pro|flash|flash-lite)", _GEMINI_3),
    (r"gemini-2\.5-(?:pro|flash)(?:-lite)?(?:-[a-z]+)*", _GEMINI_25),
    (r"gemini-(?:1\.5|2\.0)-(?:pro|flash)(?:-(?:lite|8b|exp|thinking))*", _GEMINI_2),
    (r"gemma-?\d?(?:\.\d)?(?:-[\w.]+)*", _GEMMA),
    # Open weights and others
    (r"deepseek-(?:v[4-9](?:\.\d+)?-)?flash(?:-[\w.]+)*", replace(_DEEPSEEK_4, vision=True)),
    (r"deepseek-v[4-9](?:[.-]\d+)?(?:-[\w.]+)*", _DEEPSEEK_4),
    (r"deepseek-(?:reasoner|r1)(?:-[\w.]+)*", _DEEPSEEK_R),
    (r"deepseek-(?:chat|coder|v[23](?:[.-]\d+)?)(?:-[\w.]+)*", _DEEPSEEK),
    (r"kimi-k(?:[3-9]|\d\d)(?:\.\d+)?(?:-[\w.]+)*", _KIMI_3),
    (r"kimi-k2[.-](?:[7-9]|\d\d)(?:-[\w.]+)*", _KIMI_27),
    (r"kimi-k2[.-][56](?:-[\w.]+)*", _KIMI_25),
    (r"kimi-(?:k2|latest|dev)(?:-[\w.]+)*|kimi-for-coding", _KIMI_2),
    (r"moonshot-v1-(?:auto|128k)(?:-\w+)*", replace(_OPEN, name="kimi")),
    (r"moonshot-v1-32k(?:-\w+)*", replace(_OPEN, name="kimi", context_window=32_768)),
    (r"moonshot-v1-8k(?:-\w+)*", replace(_OPEN, name="kimi", context_window=8192, max_output_tokens=8192)),
    (r"glm-\d(?:[.-]\d)?v(?:-[\w.]+)*", replace(_GLM, vision=True)),
    (r"glm-5[.-]3-flash(?:x)?", replace(_GLM_1M, vision=True)),
    (r"glm-5[.-][2-9](?:-[\w.]+)*", _GLM_1M),
    (r"glm-(?:5(?:[.-]1)?|4[.-][67])(?:-[\w.]+)*", _GLM),
    (r"glm-4(?:[.-]5)?(?:-[\w.]+)*", replace(_GLM, context_window=128 * K, max_output_tokens=32 * K)),
    (r"qwen-?\d*(?:\.\d+)?-?(?:[\w.]+-)*vl(?:-[\w.]+)*|qvq(?:-[\w.]+)*", replace(_QWEN, vision=True)),
    (r"qwen-?\d*(?:\.\d+)?(?:-[\w.]+)*|qwq(?:-[\w.]+)*", _QWEN),
    (r"llama-?4(?:-[\w.]+)*", replace(_OPEN, name="llama", context_window=K * K, vision=True)),
    (r"llama-?3[.-]2(?:-\d+b)?-vision(?:-[\w.]+)*", replace(_OPEN, name="llama", vision=True)),
    (r"(?:code)?llama-?\d?(?:[.-]\d)?(?:-[\w.]+)*", replace(_OPEN, name="llama")),
    (r"(?:mistral|ministral|magistral|pixtral)(?:-[\w.]+)*", _MISTRAL),
    (r"(?:codestral|devstral|mixtral|open-mi[sx]tral)(?:-[\w.]+)*", replace(_MISTRAL, vision=False)),
    (r"grok-(?:code|build)(?:-[\w.]+)*", replace(_GROK, context_window=256 * K)),
    (r"grok-4[.-](?:20|3)(?:-[\w.]+)*", replace(_GROK, context_window=K * K)),
    (r"grok-\d(?:\.\d+)?(?:-[\w.]+)*", _GROK),
    (r"nova-(?:micro|lite|pro|premier)|nova-2-(?:lite|pro|omni)", Family("nova", 300 * K, 10_000)),
    (r"(?:minimax|ernie|hunyuan|doubao|step|mimo)(?:-[\w.]+)*", _OPEN_THINKS),
)
_COMPILED = tuple((re.compile(rule), family) for rule, family in _RULES)

_REGION = re.compile(r"(?:us|eu|apac|global|jp|au|ca|us-gov|sa|mea)\.(?=[a-z0-9]+\.)")
_MAKER = re.compile(
    r"(?:anthropic|meta|amazon|mistral|deepseek|openai|qwen|moonshot|moonshotai|zai|google|nvidia|minimax|xai"
    r"|ai21|cohere|writer|system\.ai)\."
)
_DEEPSEEK_DOT = re.compile(r"deepseek\.(?=v\d|r\d)")
_HOST = re.compile(r"(?:databricks-)?(?:meta-(?=llama))?(?:zai-(?=glm))?")
_TAIL = re.compile(
    r"(?:@[\w.-]+|\[1m\]|-v\d+:\d+(?::\d+k)?|:[\w.-]+|-20\d{2}-?\d{2}-?\d{2}|-latest|-preview|-exp"
    r"|-0\d{3}|-1[0-2]\d{2}|-\d{2}-20\d{2}|-\d{2}-\d{2}|-00\d)$"
)


_MAKERS = frozenset({"anthropic", "openai", "gemini", "azure-anthropic"})
_CLOSED = frozenset({"claude", "gpt", "openai-reasoning", "gpt-5", "gpt-6", "gemini", "nova"})
_CLOUDS = frozenset({"azure-openai", "bedrock", "vertex", "databricks"})
_OPEN_MODELS = frozenset(
    {"open-weights", "gpt-oss", "gemma", "deepseek", "kimi", "glm", "qwen", "grok", "mistral", "llama"}
)


def calls_are_sound(vendor: str, kind: Family) -> bool:
    """Whether tool calls come out of the server of those who made the model, which knows its format: the makers' own APIs,
    their models in the large clouds, and models that nobody else serves, through whatever proxy. Elsewhere whoever serves the
    model reads the calls out of its text."""
    return vendor in _MAKERS or kind.name in _CLOSED or (vendor in _CLOUDS and kind.name not in _OPEN_MODELS)


@lru_cache(maxsize=8192)
def bare(model: str) -> str:
    """The model's own name: lower case, without the vendor, region and version marks people and clouds put around it.

    ``us.anthropic.claude-opus-4-5-20251101-v1:0`` -> ``claude-opus-4-5``, ``anthropic/claude-sonnet-4.5`` ->
    ``claude-sonnet-4-5``, ``databricks-gpt-5-2`` -> ``gpt-5-2``, ``ft:gpt-4o-2024-08-06:org::id`` -> ``gpt-4o``."""
    name = model.strip().lower()
    if name.startswith("ft:"):
        name = name[3:].partition(":")[0]
    name = name.rpartition("/")[2]
    name = _REGION.sub("", name, count=1)
    name = _DEEPSEEK_DOT.sub("deepseek-", name, count=1)
    name = _MAKER.sub("", name, count=1)
    name = _HOST.sub("", name, count=1)
    while (short := _TAIL.sub("", name)) != name and short:
        name = short
    if name.startswith("claude-"):
        name = re.sub(r"-v\d$", "", name.replace(".", "-"))
    return name


@lru_cache(maxsize=8192)
def family(model: str) -> Family:
    """The family of `model`, however its vendor spells it; `UNKNOWN` if no rule matches its whole name."""
    name = bare(model)
    for candidate in (name, _dotted(name)):
        for rule, found in _COMPILED:
            if rule.fullmatch(candidate):
                return found
    return UNKNOWN


def _dotted(name: str) -> str:
    """``gpt-5-4-mini`` (Databricks and some resellers) -> ``gpt-5.4-mini``."""
    return re.sub(r"^((?:gpt|gemini|grok|glm)-\d)-(\d{1,2})(?=-|$)", r"\1.\2", name)
