"""API keys: ``lyk_`` + 8 characters of prefix + 32 of secret + 6 of checksum, all base62.

The prefix names the key in logs and pages; the secret carries 190 bits; the checksum lets a scanner or a client tell a
mistyped key from a wrong one without asking anybody. Only ``HMAC-SHA256(pepper, key)`` is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import zlib
from dataclasses import dataclass

START = "lyk_"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PREFIX, _SECRET, _CHECK = 8, 32, 6
LENGTH = len(START) + _PREFIX + _SECRET + _CHECK


@dataclass(frozen=True, slots=True)
class Minted:
    """A new key: `text` is shown to its owner once and kept nowhere."""

    text: str
    prefix: str
    digest: bytes

    def __repr__(self) -> str:
        return f"Minted({self.prefix})"


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = ""
    for _ in range(_CHECK):
        number, rest = divmod(number, 62)
        digits = _ALPHABET[rest] + digits
    return digits


def mint(pepper: bytes) -> Minted:
    body = START + "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX + _SECRET))
    text = body + _checksum(body)
    return Minted(text, prefix_of(text), digest(text, pepper))


def well_formed(text: str) -> bool:
    """Whether `text` has a key's shape and its checksum is right; says nothing of whether it exists."""
    return len(text) == LENGTH and text.startswith(START) and _checksum(text[:-_CHECK]) == text[-_CHECK:]


def prefix_of(text: str) -> str:
    """The part of a key that may be logged: ``lyk_`` and 8 characters."""
    return text[: len(START) + _PREFIX]


def digest(text: str, pepper: bytes) -> bytes:
    """32 bytes; about 2 microseconds."""
    return hmac.digest(pepper, text.encode("utf-8", "surrogatepass"), hashlib.sha256)
