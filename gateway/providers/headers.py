"""Headers of a provider call: static ones of the account, and the few a client may hand through.

A client's credentials never leave this gateway (LEK-9): nothing is forwarded but what is listed by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .account import Account, Secret

USER_AGENT = "Lynkr"
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_VALUE = re.compile(r"[\x20-\x7e\x80-\xff\t]{0,8192}")
_RESERVED = frozenset(
    {
        "accept-encoding",
        "api-key",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "cookie",
        "expect",
        "host",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-api-key",
        "x-goog-api-key",
    }
)


def static(account: Account) -> dict[str, str]:
    """``options["headers"]`` with lower-case names; what is not valid is left out (and named by `problems`)."""
    given = account.options.get("headers")
    if not isinstance(given, Mapping):
        return {}
    return {str(name).lower(): value for name, value in given.items() if not _problem(name, value)}


def problems(account: Account) -> list[str]:
    """One sentence for each header of ``options["headers"]`` that cannot be sent."""
    given = account.options.get("headers")
    if given is None:
        return []
    if not isinstance(given, Mapping):
        return [f"{account.name}: options.headers must be an object of header names and values."]
    found = [(name, _problem(name, value)) for name, value in given.items()]
    return [f"{account.name}: options.headers: {name!r} {problem}." for name, problem in found if problem]


def _problem(name: object, value: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return "is not a header name"
    if name.lower() in _RESERVED:
        return "is set by the gateway; a key belongs in the account's secrets"
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        return "must be text without line breaks"
    return ""


def forwarded(client: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Those of the client's headers that are in `names` and fit to be sent."""
    return {name: client[name] for name in names if name in client and _VALUE.fullmatch(client[name])}


def credential(secret: Secret | None, style: str) -> dict[str, str]:
    """The header that carries the key: `style` "bearer", a header's name, or "both" (x-api-key and bearer)."""
    if secret is None or not (value := secret.value.strip()):
        return {}
    if style == "bearer":
        return {"authorization": f"Bearer {value}"}
    if style == "both":
        return {"authorization": f"Bearer {value}", "x-api-key": value}
    return {style: value}
