"""Databricks model serving: chat at <workspace>/serving-endpoints/chat/completions
(docs.databricks.com/machine-learning/model-serving/query-chat-models), for Claude models Anthropic's dialect at
/serving-endpoints/anthropic/v1/messages (.../query-anthropic-messages), Bearer token.

base_url is the workspace's address; a pasted ``/serving-endpoints/<name>/invocations`` is cut back to it. Unknown fields such
as `stream_options` are refused (SCH-3), beta fields too (CCD-14).
"""

from __future__ import annotations

from typing import Any, ClassVar

from .account import Account
from .families import Family
from .hosted import Hosted


class Databricks(Hosted):
    name: ClassVar[str] = "databricks"
    label: ClassVar[str] = "Databricks"
    dialects = ("openai_chat", "anthropic")
    roots = {
        "openai_chat": ("/serving-endpoints",),
        "anthropic": ("/serving-endpoints/anthropic/v1", "/ai-gateway/anthropic/v1"),
    }
    limits = {"stream_usage": False, "documents": False, "max_tokens_field": "max_tokens"}
    purposes = frozenset({"chat", "embeddings"})

    def base_url(self, account: Account) -> str:
        base = super().base_url(account)
        host, mark, rest = base.partition("/serving-endpoints/")
        return base if not mark or rest.startswith("anthropic") else f"{host}/serving-endpoints"

    def dialects_of(self, account: Account, model: str) -> tuple[str, ...]:
        if account.options.get("dialects"):
            return super().dialects_of(account, model)
        return ("anthropic", "openai_chat") if self.family(account, model).name == "claude" else ("openai_chat",)

    def narrow(self, account: Account, kind: Family, dialect: str) -> dict[str, Any]:
        if kind.name != "claude":
            return {}
        if dialect == "anthropic":
            return {"documents": True}
        # Its chat takes Claude's thinking in a form of its own.
        return {"thinking": "none", "cache_control": True}


VENDOR = Databricks()
