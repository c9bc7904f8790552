"""What the client tests need of a gateway, and the providers behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.fakes.upstream import Upstream

# dialect of the provider -> (vendor, what to put behind the upstream's address, a model of that vendor, options)
VENDORS: dict[str, tuple[str, str, str, Mapping[str, Any]]] = {
    "anthropic": ("anthropic", "", "claude-opus-5-5", {}),
    "openai_chat": ("openai", "/v1", "gpt-4o", {"dialects": ["openai_chat"]}),
    "openai_responses": ("openai", "/v1", "gpt-5.1", {"dialects": ["openai_responses"]}),
    "gemini": ("gemini", "/v1beta", "gemini-3-pro", {}),
    "bedrock_converse": ("bedrock", "", "anthropic.claude-opus-5-5", {"region": "eu-central-1"}),
    "ollama": ("ollama", "", "llama3.2-vision", {"dialects": ["ollama"]}),
}
DIALECTS = tuple(VENDORS)


@dataclass(frozen=True)
class Provider:
    """A provider account to configure, as in the YAML of ``manage.py apply``."""

    name: str
    vendor: str
    base_url: str
    model: str
    dialect: str
    secret: str = "upstream-secret"
    options: Mapping[str, Any] = field(default_factory=dict)


class Lynkr(Protocol):
    """A running gateway. `base_url` has no ``/v1`` and no trailing slash; `key` is one developer's."""

    base_url: str
    key: str

    def configure(self, providers: Sequence[Provider]) -> None:
        """Makes exactly these providers known, every tier pointing at the first one's model."""
        ...

    def name_of(self, provider: Provider) -> str:
        """What a client writes in `model` to reach this provider's model."""
        ...

    def serves(self, client_dialect: str, provider: Provider) -> bool:
        """False where a stand-in without translation cannot."""
        ...


class Direct:
    """No gateway: the client talks to the upstream itself. Shows that test and fake agree before a gateway is judged."""

    key = "direct"

    def __init__(self, upstream: Upstream) -> None:
        self.base_url = upstream.url

    def configure(self, providers: Sequence[Provider]) -> None:
        """Nothing to do."""

    def name_of(self, provider: Provider) -> str:
        return provider.model

    def serves(self, client_dialect: str, provider: Provider) -> bool:
        return client_dialect == provider.dialect


def provider(upstream: Upstream, dialect: str) -> Provider:
    vendor, suffix, model, options = VENDORS[dialect]
    return Provider(f"up-{dialect}".replace("_", "-"), vendor, upstream.url + suffix, model, dialect, options=options)


@dataclass(frozen=True)
class World:
    """One client dialect, one provider dialect. `model` is what the client asks for."""

    lynkr: Lynkr
    upstream: Upstream
    provider: Provider

    @property
    def model(self) -> str:
        return self.lynkr.name_of(self.provider)

    @property
    def direct(self) -> bool:
        return isinstance(self.lynkr, Direct)

    @property
    def dialect(self) -> str:
        return self.provider.dialect


def strings(value: Any, key: str = "") -> list[tuple[str, str]]:
    """Every string in a JSON body with the key it stands under."""
    if isinstance(value, dict):
        return [pair for name, inner in value.items() for pair in strings(inner, name)]
    if isinstance(value, list):
        return [pair for inner in value for pair in strings(inner, key)]
    return [(key, value)] if isinstance(value, str) else []


def assert_image_arrived(upstream: Upstream, data: str) -> None:
    """IMG-1, IMG-4: the picture left as a picture, and never as text."""
    found = [key for key, text in strings(upstream.last.json) if data in text]
    assert found, f"the image is not in the body sent to {upstream.last.path}"
    assert not {"text", "content", "output", "input_text"} & set(found), f"the image was sent as text under {found}"
