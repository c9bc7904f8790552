"""What real clients make of a refusal: how many requests they send for one ask, and what their user reads.

A budget, a policy and a bad key are final: another try is refused again and only costs time. A rate limit is a wait.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.fakes.script import Pace, text
from tests.fakes.upstream import Upstream

from .boot import Real
from .counting import Counted
from .world import Provider

ANSWER = "Served after all."

TEAMS: Sequence[dict[str, Any]] = (
    {
        "slug": "broke",
        "members": [{"user": "dev", "role": "member"}],
        "budgets": [{"window": "month", "limit": 0}],
    },
)
KEYS: Sequence[dict[str, Any]] = (
    {"name": "spent", "team": "broke", "user": "dev"},
    {"name": "slow", "team": "acme", "user": "dev", "limits": {"parallel_requests": 1}},
    {"name": "narrow", "team": "acme", "user": "dev", "models": ["another/model"]},
    {"name": "gone", "team": "acme", "user": "dev"},
)


@dataclass(frozen=True)
class Case:
    """`model` None: the provider's own, by name. `read`: words that must reach the user. `answered`: the client gets its
    answer in the end."""

    name: str
    key: str
    status: int
    read: str
    model: str | None = None
    answered: bool = False


CASES = (
    Case("budget spent", "spent", 429, "The month budget of team broke (0 USD) is used up"),
    Case("rate limit", "slow", 429, ANSWER, answered=True),
    Case("model unknown", "narrow", 404, "does not exist or this key may not use it"),
    Case("tier forbidden", "narrow", 403, "This key may not use any target of its team's tiers", model="auto"),
    Case("key revoked", "gone", 401, "This API key is not valid"),
)


# Clients with a mind of their own, as measured: they ask so often, or show words of their own. Never for a budget.
PERSISTENT = {("Claude Code", 404): 2, ("Codex", 401): 6, ("Codex", 403): 6}
OWN_WORDS = {("Claude Code", 404): "There's an issue with the selected model"}


def judged(client: str, case: Case, statuses: Sequence[int], printed: str) -> str:
    """What is wrong with the `statuses` a client was answered and what it `printed`; "" if nothing is."""
    family = client.partition(",")[0]
    if case.answered:
        if statuses[:1] != [case.status] or statuses[-1:] != [200]:
            return f"it was answered {list(statuses)}, not {case.status} and then 200"
    elif set(statuses) != {case.status} or len(statuses) > PERSISTENT.get((family, case.status), 1):
        return f"it was answered {list(statuses)}, not {case.status} once"
    if OWN_WORDS.get((family, case.status), case.read) not in " ".join(printed.split()):
        return "its user does not read why"
    return ""


def prepare(lynkr: Real, chosen: Provider) -> None:
    """The teams and keys that are refused, once for all cases."""
    target = lynkr.name_of(chosen)
    tiers = {tier: [target] for tier in ("SIMPLE", "MEDIUM", "COMPLEX", "REASONING")}
    fresh = "gone" not in lynkr.keys
    lynkr.configure([chosen], [{**team, "tiers": tiers} for team in TEAMS], KEYS)
    if fresh:
        lynkr.revoke("gone")


@contextmanager
def place_taken(lynkr: Real, upstream: Upstream, chosen: Provider, counted: Counted) -> Iterator[None]:
    """The one place of the key "slow" is taken until the client was refused for it; then it is answered."""
    upstream.play(text("Held.", pace=Pace(before_headers=60)), *([text(ANSWER)] * 3))
    body = json.dumps({"model": lynkr.name_of(chosen), "messages": [{"role": "user", "content": "Hold."}]})
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: lynkr\r\nauthorization: Bearer {lynkr.keys['slow']}\r\n"
    port = int(lynkr.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as holder:
        holder.sendall(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
        upstream.wait_for(1)
        done = threading.Event()

        def let_go() -> None:
            while not counted.asked and not done.wait(0.02):
                pass
            holder.close()

        waiting = threading.Thread(target=let_go, daemon=True)
        waiting.start()
        try:
            yield
        finally:
            done.set()
            waiting.join(5)
