"""Who is asking, as the data plane sees it: a frozen copy of a key's row with its team and user."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.limits import Subject


@dataclass(frozen=True, slots=True)
class Caller:
    """`models`: patterns (fnmatch) of catalogue names, tier words or "account/model" this key may use; empty: all its
    team may. `expires_at` unix seconds; for a rotated key, the end of its grace window. `scopes`: "chat", "embeddings",
    "models", "admin"; empty: all but "admin". `limits`: those of the key and of its user, if they have any.
    `passthrough`: its requests are sent as they come."""

    key_id: str
    key_prefix: str
    key_name: str
    team_id: int
    team_slug: str
    user_id: int | None = None
    username: str = ""
    scopes: frozenset[str] = frozenset()
    models: tuple[str, ...] = ()
    expires_at: float | None = None
    limits: tuple[Subject, ...] = ()
    passthrough: bool = False

    def may(self, scope: str) -> bool:
        return scope in self.scopes if self.scopes else scope != "admin"
