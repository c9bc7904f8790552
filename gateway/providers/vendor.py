"""The contract of a vendor. Most vendors are a subclass with a few attributes; `gateway/providers/openai_compatible.py` is
the one to read first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

from gateway.wire.profile import Profile

from .account import Account, Secret

Purpose = Literal["chat", "count_tokens", "embeddings", "models"]


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, ready to be sent. `headers` may hold credentials: never logged, no repr."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


class TokenFetcher(Protocol):
    """How `authorize` makes a side call (OAuth token exchange): returns (status, body). Given by the transport."""

    async def __call__(self, call: Call) -> tuple[int, bytes]: ...


class Vendor:
    """One kind of provider. Stateless and pure but for `authorize`, which may cache tokens.

    `name` as written in configuration; `aliases` other spellings taken; `label` for people; `default_base_url` when the
    account gives none; `dialects` the chat dialects spoken here, the preferred one for crossing first; `needs_secret`;
    `purposes` it has an endpoint for.
    """

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    label: ClassVar[str]
    default_base_url: ClassVar[str] = ""
    dialects: ClassVar[tuple[str, ...]] = ("openai_chat",)
    needs_secret: ClassVar[bool] = True
    is_local: ClassVar[bool] = False
    purposes: ClassVar[frozenset[Purpose]] = frozenset({"chat"})

    # Where a session is told, so that its requests find their prompt cache (FBK-7): a body field, a header.
    session_field: ClassVar[str] = ""
    session_header: ClassVar[str] = ""

    def session_places(self, account: Account, dialect: str) -> tuple[str, str]:
        """(body field, header) that tell a session in `dialect`; "" where there is none."""
        return (self.session_field if dialect.startswith("openai_") else ""), self.session_header

    def base_url(self, account: Account) -> str:
        """Without a trailing slash."""
        return (account.base_url or self.default_base_url).rstrip("/")

    def dialects_of(self, account: Account, model: str) -> tuple[str, ...]:
        """Dialects this account can serve `model` in, preferred first. ``options["dialects"]`` overrides."""
        chosen = account.options.get("dialects")
        return tuple(chosen) if chosen else self.dialects

    def offers(self, account: Account, model: str, purpose: Purpose) -> bool:
        """Whether `url` has an address for `purpose`."""
        return purpose in self.purposes

    def url(self, account: Account, model: str, dialect: str, purpose: Purpose, *, stream: bool) -> str:
        """The address to call. Embeddings and models lists are OpenAI-shaped unless the vendor's file says otherwise;
        `dialect` does not matter for them. Raises NotFound for a purpose the vendor does not serve, BadRequest when the
        account's address or options cannot be used."""
        raise NotImplementedError

    def headers(
        self, account: Account, secret: Secret | None, dialect: str, client: Mapping[str, str]
    ) -> dict[str, str]:
        """All headers of the call, credentials included. `client` are the client's headers (lower-case names) when it
        speaks this same dialect, else empty: forward only what the vendor takes (anthropic-version, anthropic-beta, ...),
        never a credential of the client's (LEK-9)."""
        raise NotImplementedError

    def adapt(
        self, account: Account, model: str, dialect: str, body: dict[str, Any], purpose: Purpose = "chat"
    ) -> dict[str, Any] | None:
        """Top-level changes a faithful body needs for this vendor (field -> value, `envelope.REMOVE` to drop), on top of
        `model` and `stream`, which the pipeline sets; None: no changes. Example: Vertex wants `anthropic_version`
        in the body and no `model`."""
        return None

    async def authorize(self, call: Call, account: Account, secret: Secret | None, fetch: TokenFetcher) -> Call:
        """Sign or add a short-lived token. Most vendors return `call` as it is."""
        return call

    def profile(self, account: Account, model: str, dialect: str = "") -> Profile:
        """What `model` takes here when spoken to in `dialect` ("": the preferred one)."""
        raise NotImplementedError

    def embeddings_body(self, account: Account, model: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """An OpenAI embeddings body as this vendor takes it."""
        return {**body, "model": self.profile(account, model).model}

    def check(self, account: Account) -> list[str]:
        """What is misconfigured, one sentence each with the fix; for `manage.py doctor` and the admin."""
        problems = []
        if not self.base_url(account):
            problems.append(f"{account.name}: set base_url, {self.label} has no common address.")
        if self.needs_secret and not account.secrets:
            problems.append(f"{account.name}: add a key, {self.label} needs one.")
        return problems
