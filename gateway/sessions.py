"""Which conversation a request belongs to: the client's own id, else a fingerprint of how the conversation began.

What a session keeps warm is the provider's prompt cache: its requests take the same key of an account, and providers that
take a hint are told (FBK-6, FBK-7).
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from gateway.chat.request import ChatRequest, Text
from gateway.pins import name_of

from .exchange import Exchange

_HEADERS = (
    "x-claude-code-session-id",
    "session-id",
    "session_id",
    "x-session-id",
    "x-session-affinity",
    "agent-session-id",
)
_AGENT = "x-claude-code-agent-id"
BILLING = "x-anthropic-billing-header:"


def session_of(headers: Mapping[str, str]) -> str:
    """The client's session id (clients.md section 6, point 7), or "" if it sends none. Not unique across tenants."""
    for name in _HEADERS:
        value = headers.get(name)
        if value:
            return value[:120]
    return ""


def fingerprint(request: ChatRequest) -> str:
    """The same for every turn of one conversation: the names of its tools, its leading system texts and its first user text,
    without cache marks (which move) and without Claude Code's billing line (which changes), FBK-8. "" when there is nothing
    to tell conversations apart by."""
    first = next((message for message in request.messages if message.role == "user"), None)
    texts = [block.text for block in first.blocks if isinstance(block, Text)] if first is not None else []
    if not texts:
        return ""
    digest = blake2b(digest_size=12)
    for tool in sorted(tool.name for tool in request.tools):
        digest.update(tool.encode("utf-8", "surrogatepass") + b"\0")
    for block in request.system:
        if not block.text.startswith(BILLING):
            digest.update(block.text.encode("utf-8", "surrogatepass") + b"\1")
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\2")
    return "fp-" + digest.hexdigest()


def conversation(exchange: Exchange, request: ChatRequest) -> str:
    """The name under which what is known of this conversation is kept (gateway.pins), of one of the team's users or keys."""
    caller = exchange.caller
    agent = exchange.headers.get(_AGENT, "")[:120]
    return name_of(exchange.team.id, caller.user_id, caller.key_id, exchange.session_id, agent, request)


def hint(team_id: int, session_id: str) -> str:
    """What a provider is told: the same for a session, and nothing of the client's own id."""
    if not session_id:
        return ""
    return "lynkr-" + blake2b(f"{team_id}:{session_id}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
