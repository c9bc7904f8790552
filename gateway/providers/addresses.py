"""Base URLs as people paste them: with or without a trailing slash, a version, or the whole endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qs, quote, urlsplit

Roots = Mapping[str, tuple[str, ...]]
"""By dialect: the path of the API root on this vendor's host, the usual one first, then others people use."""

# Longest first: what may follow an API root in a pasted address, and the dialect it speaks.
_ENDPOINTS: tuple[tuple[str, str], ...] = (
    ("/messages/count_tokens", "anthropic"),
    ("/chat/completions", "openai_chat"),
    ("/embeddings", "openai_chat"),
    ("/responses", "openai_responses"),
    ("/messages", "anthropic"),
    ("/api/generate", "ollama"),
    ("/api/chat", "ollama"),
    ("/api/tags", "ollama"),
    ("/models", "openai_chat"),
)
PATHS: Mapping[tuple[str, str], str] = {
    ("openai_chat", "chat"): "/chat/completions",
    ("openai_responses", "chat"): "/responses",
    ("anthropic", "chat"): "/messages",
    ("anthropic", "count_tokens"): "/messages/count_tokens",
    ("ollama", "chat"): "/api/chat",
}


@lru_cache(maxsize=2048)
def split(url: str) -> tuple[str, str, str]:
    """(scheme and host, path without a trailing slash, query) of `url`. User names, passwords and fragments are left out:
    credentials do not belong in an address. Raises ValueError when it is no http address."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("the address must begin with http:// or https:// and name a host")
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}", parts.path.rstrip("/"), parts.query


def query_value(url: str, name: str) -> str:
    """The first value of the query parameter `name` in `url`, or ""."""
    return (parse_qs(split(url)[2]).get(name) or [""])[0]


def segment(text: str, safe: str = "@") -> str:
    """`text` as one path segment: nothing in a model's name may change the address."""
    if text in (".", ".."):
        return text.replace(".", "%2E")
    return quote(text, safe=safe)


def is_local(url: str) -> bool:
    """Whether `url` is on this machine."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")


def api_root(url: str, dialect: str, roots: tuple[tuple[str, tuple[str, ...]], ...], *, exact_paths: bool) -> str:
    """Where the endpoints of `dialect` hang, for an address that may be the host, any root of the vendor, or one of
    its endpoints. With `exact_paths` an unknown path is kept as it is for the OpenAI dialects, as OpenAI's SDKs do
    with their base_url; otherwise the usual root is appended to it."""
    return _api_root(url, dialect, roots, exact_paths)


@lru_cache(maxsize=4096)
def _api_root(url: str, dialect: str, roots: tuple[tuple[str, tuple[str, ...]], ...], exact_paths: bool) -> str:
    host, path, _ = split(url)
    spoken = ""
    for ending, speaks in _ENDPOINTS:
        if path.endswith(ending):
            path, spoken = path[: -len(ending)], speaks
            break
    by_dialect = dict(roots)
    own = by_dialect.get(dialect, ("",))
    if spoken == dialect or (
        spoken.startswith("openai") and dialect.startswith("openai") and own == by_dialect.get(spoken)
    ):
        return host + path
    known = sorted({root for paths in by_dialect.values() for root in paths if root}, key=len, reverse=True)
    for root in known:
        for ending in (root, _unversioned(root)):
            if ending and path.endswith(ending):
                return host + path[: -len(ending)] + (root if root in own else own[0])
    if exact_paths and path and dialect.startswith("openai"):
        return host + path
    return host + path + own[0]


def _unversioned(root: str) -> str:
    """``/anthropic/v1`` is pasted as ``/anthropic`` by those who follow the Anthropic SDK's convention."""
    head, _, last = root.rpartition("/")
    return head if head and last[:1] == "v" and last[1:].isdigit() else ""
