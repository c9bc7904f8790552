"""The machinery most vendors share: endpoints below a base URL, one key in a header, a profile from the model's family."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from gateway.chat.errors import BadRequest, NotFound
from gateway.wire.profile import Profile
from gateway.wire.registry import NAMES as DIALECTS

from . import addresses, betas, headers
from .account import Account, Secret
from .families import Family
from .profiles import build, family_of, model_id
from .vendor import Purpose, Vendor

ANTHROPIC_VERSION = "2023-06-01"
AFFINITY = ("x-session-id", "x-session-affinity", "session-id", "thread-id")


class Hosted(Vendor):
    """Options every vendor of this kind understands:

    ``headers`` static extra headers · ``dialects`` those to use, preferred first · ``auth`` "bearer", "x-api-key", "api-key"
    or "both" · ``betas`` true when the server takes Anthropic beta features · ``deployments`` our model names to the
    provider's · ``family`` a model's name to the model it behaves like · ``profile`` corrections of what a model takes.

    For a subclass: `roots` the path of each dialect's API root; `exact_paths` an unknown path in base_url is a root in
    itself; `auth` how the key is sent, by dialect; `extra_headers`; `limits` Profile fields for all models;
    `takes_betas` and `takes_versions`: Anthropic's beta features and newer API versions are understood; `forwards` the
    client's headers to hand through, by dialect.
    """

    roots: ClassVar[Mapping[str, tuple[str, ...]]]
    exact_paths: ClassVar[bool] = False
    auth: ClassVar[Mapping[str, str]] = {}
    extra_headers: ClassVar[Mapping[str, str]] = {}
    limits: ClassVar[Mapping[str, Any]] = {}
    takes_betas: ClassVar[bool] = False
    takes_versions: ClassVar[bool] = False
    forwards: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    purposes = frozenset({"chat", "embeddings", "models"})

    def address(self, account: Account, dialect: str) -> str:
        """The API root of `dialect`. Raises BadRequest when the base URL cannot be used."""
        roots = self._roots(dialect)
        try:
            return addresses.api_root(self.base_url(account), dialect, roots, exact_paths=self.exact_paths)
        except ValueError as error:
            raise BadRequest(
                f"The provider {account.name} has no usable base_url: {error}.", code="provider_misconfigured"
            ) from error

    def _roots(self, dialect: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """A dialect the vendor does not list, but the account's options do, hangs where chat does."""
        roots = tuple(self.roots.items())
        return roots if dialect in self.roots else (*roots, (dialect, next(iter(self.roots.values()))))

    def url(self, account: Account, model: str, dialect: str, purpose: Purpose, *, stream: bool) -> str:
        if not self.offers(account, model, purpose):
            raise NotFound(f"{self.label} has no endpoint for {purpose}.", code="not_supported_by_provider")
        if purpose in ("embeddings", "models"):
            listed = "openai_chat" if "openai_chat" in self.roots else next(iter(self.roots))
            return f"{self.address(account, listed)}/{purpose}"
        path = addresses.PATHS.get((dialect, purpose))
        if path is None:
            raise NotFound(f"{self.label} does not speak {dialect}.", code="not_supported_by_provider")
        return self.address(account, dialect) + path

    def headers(
        self, account: Account, secret: Secret | None, dialect: str, client: Mapping[str, str]
    ) -> dict[str, str]:
        made = {"content-type": "application/json", "user-agent": headers.USER_AGENT, **self.extra_headers}
        made.update(headers.forwarded(client, self.forwards.get(dialect, ())))
        if dialect == "anthropic":
            made["anthropic-version"] = ANTHROPIC_VERSION
            if self.takes_versions:
                made.update(headers.forwarded(client, ("anthropic-version",)))
            if self.betas(account):
                made.update(headers.forwarded(client, ("anthropic-beta",)))
        made.update(headers.static(account))
        made.update(headers.credential(secret, self.auth_style(account, dialect)))
        return made

    def auth_style(self, account: Account, dialect: str) -> str:
        given = account.options.get("auth")
        return given if given in ("bearer", "x-api-key", "api-key", "both") else self.auth.get(dialect, "bearer")

    def betas(self, account: Account) -> bool:
        given = account.options.get("betas")
        return given if isinstance(given, bool) else self.takes_betas

    def adapt(
        self, account: Account, model: str, dialect: str, body: dict[str, Any], purpose: Purpose = "chat"
    ) -> dict[str, Any] | None:
        """Where beta features are refused, their fields go with their header (CCD-10, CCD-11)."""
        if dialect == "anthropic" and not self.betas(account):
            return betas.without(body)
        return None

    def family(self, account: Account, model: str) -> Family:
        return family_of(account, model)

    def model_id(self, account: Account, model: str) -> str:
        return model_id(account, model)

    def profile(self, account: Account, model: str, dialect: str = "") -> Profile:
        spoken = dialect or self.dialects_of(account, model)[0]
        kind = self.family(account, model)
        limits = dict(self.limits)
        if spoken == "anthropic" and not self.betas(account):
            limits["betas"] = False
        limits.update(self.narrow(account, kind, spoken))
        return build(account, model, kind, spoken, limits)

    def narrow(self, account: Account, kind: Family, dialect: str) -> dict[str, Any]:
        """Profile fields this vendor sets for a family in a dialect."""
        return {}

    def check(self, account: Account) -> list[str]:
        problems = super().check(account)
        base = self.base_url(account)
        if base:
            try:
                addresses.split(base)
            except ValueError as error:
                problems.append(f"{account.name}: base_url: {error}.")
            if "@" in base.partition("://")[2].partition("/")[0]:
                problems.append(f"{account.name}: base_url holds a user name or password; put the key in the secrets.")
        problems.extend(headers.problems(account))
        unknown = [name for name in account.options.get("dialects") or () if name not in DIALECTS]
        if unknown:
            problems.append(f"{account.name}: options.dialects: {unknown[0]!r} is none of {', '.join(DIALECTS)}.")
        return problems
