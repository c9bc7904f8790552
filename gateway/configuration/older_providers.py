"""The older product's providers: which variables describe each, and what it is here.

Facts: its configuration reference (``*_API_KEY``, ``*_ENDPOINT``, ``*_MODEL``) and its README's examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Older:
    """`keys`, `endpoints`, `models`: variables, the first one set wins. `options`: ours by variable. `default_model`: what it
    used when none was set, "" where it had none."""

    name: str
    vendor: str
    keys: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    default_model: str = ""
    embeddings: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    base_url: str = ""
    aliases: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()

    @property
    def variables(self) -> set[str]:
        embeddings = {self.embeddings} if self.embeddings else set()
        return {*self.keys, *self.endpoints, *self.models, *self.options, *embeddings}


def _plain(name: str, prefix: str, default_model: str = "", **more: object) -> Older:
    return Older(
        name,
        str(more.pop("vendor", name)),
        (f"{prefix}_API_KEY",),
        (f"{prefix}_ENDPOINT",),
        (f"{prefix}_MODEL",),
        default_model,
        **more,  # type: ignore[arg-type]
    )


PROVIDERS = (
    Older(
        "databricks",
        "databricks",
        ("DATABRICKS_API_KEY",),
        ("DATABRICKS_API_BASE",),
        ("DATABRICKS_MODEL", "DATABRICKS_ENDPOINT_PATH"),
        "databricks-claude-sonnet-4-5",
    ),
    Older(
        "azure-anthropic",
        "azure-anthropic",
        ("AZURE_ANTHROPIC_API_KEY",),
        ("AZURE_ANTHROPIC_ENDPOINT",),
        ("AZURE_ANTHROPIC_MODEL",),
        "claude-opus-4-5",
        unused=("AZURE_ANTHROPIC_VERSION",),
    ),
    Older(
        "azure-openai",
        "azure-openai",
        ("AZURE_OPENAI_API_KEY",),
        ("AZURE_OPENAI_ENDPOINT",),
        ("AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_MODEL"),
        "gpt-4o",
        unused=("AZURE_OPENAI_API_VERSION", "AZURE_OPENAI_REASONING_EFFORT"),
    ),
    _plain("openai", "OPENAI", "gpt-4o", options={"OPENAI_ORGANIZATION": "organization"}),
    _plain("openrouter", "OPENROUTER", "openai/gpt-4o-mini", embeddings="OPENROUTER_EMBEDDINGS_MODEL"),
    _plain("edenai", "EDENAI", "", embeddings="EDENAI_EMBEDDINGS_MODEL", aliases=("eden-ai",)),
    _plain("atlas", "ATLASCLOUD", "qwen/qwen3.8-max", aliases=("atlascloud", "atlas-cloud")),
    _plain(
        "ollama",
        "OLLAMA",
        "qwen2.5-coder:7b",
        embeddings="OLLAMA_EMBEDDINGS_MODEL",
        options={"OLLAMA_KEEP_ALIVE": "keep_alive"},
        base_url="http://localhost:11434",
        unused=("OLLAMA_TIMEOUT_MS", "OLLAMA_EMBEDDINGS_ENDPOINT", "OLLAMA_MAX_TOOLS_FOR_ROUTING"),
    ),
    _plain(
        "llamacpp",
        "LLAMACPP",
        "default",
        base_url="http://localhost:8080",
        aliases=("llama.cpp", "llama-cpp"),
        unused=("LLAMACPP_TIMEOUT_MS", "LLAMACPP_EMBEDDINGS_ENDPOINT"),
    ),
    _plain(
        "lmstudio",
        "LMSTUDIO",
        "default",
        base_url="http://localhost:1234",
        aliases=("lm-studio",),
        unused=("LMSTUDIO_TIMEOUT_MS",),
    ),
    Older(
        "bedrock",
        "bedrock",
        ("AWS_BEDROCK_API_KEY",),
        (),
        ("AWS_BEDROCK_MODEL_ID",),
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
        options={"AWS_BEDROCK_REGION": "region", "AWS_REGION": "region"},
        aliases=("aws-bedrock",),
    ),
    _plain("zai", "ZAI", "GLM-4.7", aliases=("z-ai", "z.ai"), unused=("ZAI_MAX_CONCURRENT",)),
    _plain("moonshot", "MOONSHOT", "kimi-k2-turbo-preview", aliases=("kimi",)),
    _plain("baidu", "BAIDU", "ernie-4.5-turbo-128k", aliases=("qianfan",)),
    _plain("deepseek", "DEEPSEEK", "deepseek-chat"),
    # It called Google's Gemini API "vertex".
    Older(
        "vertex",
        "gemini",
        ("VERTEX_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY"),
        ("VERTEX_ENDPOINT",),
        ("VERTEX_MODEL", "GEMINI_MODEL"),
        "gemini-2.0-flash",
        aliases=("gemini", "google"),
    ),
    _plain("anthropic", "ANTHROPIC", "claude-sonnet-4-5", aliases=("claude",)),
)
BY_NAME = {word: older for older in PROVIDERS for word in (older.name, *older.aliases)}

_AGENT = "the older product's server-side agent; not needed here"
_ADMIN = "has its own place in the Django admin here"
_SERVER = "set {ours} in the environment of Lynkr itself"
NOT_NEEDED: Mapping[str, str] = {
    "PORT": _SERVER.format(ours="LYNKR_PORT"),
    "HOST": _SERVER.format(ours="LYNKR_HOST"),
    "LOG_LEVEL": _SERVER.format(ours="LYNKR_LOG_LEVEL"),
    "REQUEST_JSON_LIMIT": _SERVER.format(ours="LYNKR_MAX_BODY_MB"),
    "CLUSTER_WORKERS": _SERVER.format(ours="LYNKR_WEB_PROCESSES"),
    "NODE_ENV": "this is not Node",
    "FALLBACK_ENABLED": "used",
    "MODEL_DEFAULT": "a policy's auto names decide what unknown names mean",
    "PREFER_OLLAMA": "deprecated there; use TIER_*",
}
NOT_NEEDED_BEGINNINGS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("POLICY_", "MCP_", "WORKSPACE_", "WEB_SEARCH_", "WEB_FETCH_", "TINYFISH_", "AGENTS_", "INJECT_TOOLS_"), _AGENT),
    (("CODE_GRAPH_", "GRAPHIFY_", "CODEX_", "OPENCLAW_", "SESSION_DB_", "FILES_", "DEBUG_", "SUGGESTION_"), _AGENT),
    (("PROMPT_CACHE_", "SEMANTIC_CACHE_", "MEMORY_", "TENCENTDB_MEMORY_", "EMBEDDINGS_"), _ADMIN),
    (("TOON_", "GCF_", "CAVEMAN_", "HEADROOM_", "TOOL_", "HISTORY_", "TOKEN_", "SYSTEM_PROMPT_"), _ADMIN),
    (("CODE_MODE_", "SMART_TOOL_", "LARGE_PAYLOAD_", "MARKDOWN_", "OPENROUTER_MAX_TOOLS_"), _ADMIN),
    (("RATE_LIMIT_", "SECURITY_", "LLM_AUDIT_", "PROMETHEUS_", "OVERSIZED_ERROR_"), _ADMIN),
    (("LOAD_SHEDDING_", "WORKER_", "CLUSTER_", "LOG_FILE_", "HOT_RELOAD_", "PERF_"), "built in here"),
    (("LYNKR_",), "read from the environment of Lynkr itself, or the older product's own"),
)
