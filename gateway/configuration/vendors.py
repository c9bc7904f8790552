"""Vendors as configuration knows them: any spelling the registry takes, stored under the vendor's own name."""

from __future__ import annotations

from gateway.providers import registry


def names() -> tuple[str, ...]:
    return tuple(sorted(registry.names()))


def canonical(word: str) -> str | None:
    """The vendor's own name for `word`, or None when nobody is called that."""
    try:
        return registry.canonical(word) if word else None
    except KeyError:
        return None
