"""What is measured, and what issue 2 asks for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """A client of dialect `client` through the gateway to a provider of dialect `provider` (direct access speaks the
    provider's). `aim`: the most CPU of the gateway, in ms, per `unit` (one request, or one event of `per` in a request)."""

    name: str
    client: str
    provider: str
    model: str = "bench-small"
    stream: bool = False
    agent: bool = False
    connections: int = 32
    per: int = 1
    unit: str = "request"
    aim: float | None = None


CHAT, CLAUDE = "openai_chat", "anthropic"
EVENTS = 200

SCENARIOS = (
    Scenario("small JSON, chat", CHAT, CHAT, aim=0.8),
    Scenario("small JSON, messages", CLAUDE, CLAUDE, aim=0.8),
    Scenario("small JSON, messages to chat", CLAUDE, CHAT, aim=0.8),
    Scenario("200-token burst, chat", CHAT, CHAT, "bench-burst", stream=True, aim=4.0),
    Scenario("200-token burst, messages", CLAUDE, CLAUDE, "bench-burst", stream=True, aim=4.0),
    Scenario("200-token burst, messages to chat", CLAUDE, CHAT, "bench-burst", stream=True, aim=4.0),
    Scenario("200-token burst, chat to messages", CHAT, CLAUDE, "bench-burst", stream=True, aim=4.0),
    Scenario("paced stream, messages", CLAUDE, CLAUDE, "bench-paced", True, False, 64, EVENTS, "event", 0.060),
    Scenario("paced stream, messages to chat", CLAUDE, CHAT, "bench-paced", True, False, 64, EVENTS, "event", 0.060),
    Scenario("150 kB agent turn, messages", CLAUDE, CLAUDE, agent=True, connections=16, aim=4.0),
    Scenario("150 kB agent turn, messages to chat", CLAUDE, CHAT, agent=True, connections=16),
)

OPEN_STREAMS = 256
STREAM_KB_AIM = 60.0
