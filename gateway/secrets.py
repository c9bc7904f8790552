"""Provider keys, and answers kept for a repeat, at rest: AES-256-GCM under keys of ours, which live outside the database.

``LYNKR_ENCRYPTION_KEY`` is one key, or several with commas for a rotation: the first seals, all open. A key is 32
bytes in base64; any other text of 16 characters or more is stretched to 32 bytes with HKDF. Sealed: one byte of format,
4 of key id, 12 of nonce, then cipher text and tag.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_FORMAT = b"\x01"
_ID, _NONCE = 4, 12
_BOUND_TO = b"lynkr provider secret"


class CannotOpen(Exception):
    """A sealed secret that no key of ours opens: LYNKR_ENCRYPTION_KEY changed, or the row was damaged."""


def seal(text: str) -> bytes:
    """Only `open_sealed` reads it again. Two seals of one text differ."""
    return seal_bytes(text.encode("utf-8", "surrogatepass"), _BOUND_TO)


def open_sealed(sealed: bytes) -> str:
    """Raises `CannotOpen`, whose text holds nothing of the secret."""
    return open_bytes(sealed, _BOUND_TO).decode("utf-8", "surrogatepass")


def seal_bytes(data: bytes, bound_to: bytes) -> bytes:
    """Only `open_bytes` with the same `bound_to` reads it again: what was sealed for one row opens in no other."""
    key_id, cipher = next(iter(_ring().items()))
    nonce = os.urandom(_NONCE)
    return _FORMAT + key_id + nonce + cipher.encrypt(nonce, data, bound_to)


def open_bytes(sealed: bytes, bound_to: bytes) -> bytes:
    """Raises `CannotOpen`, whose text holds nothing of what was sealed."""
    sealed = bytes(sealed)
    cipher = _ring().get(sealed[1 : 1 + _ID])
    if sealed[:1] != _FORMAT or cipher is None:
        raise CannotOpen("no key of LYNKR_ENCRYPTION_KEY opens this secret; enter it again or restore the key")
    nonce, body = sealed[1 + _ID : 1 + _ID + _NONCE], sealed[1 + _ID + _NONCE :]
    try:
        return cipher.decrypt(nonce, body, bound_to)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("this secret is damaged; enter it again") from error


def needs_resealing(sealed: bytes) -> bool:
    """Whether an older key than the first sealed it."""
    return bytes(sealed)[1 : 1 + _ID] != next(iter(_ring()))


def hint(text: str) -> str:
    """The last four characters, of a text long enough that they tell nothing."""
    return text[-4:] if len(text) >= 12 else ""


def _ring() -> Mapping[bytes, AESGCM]:
    return _keys(str(settings.LYNKR.encryption_key or ""))


@lru_cache(maxsize=4)
def _keys(texts: str) -> Mapping[bytes, AESGCM]:
    ring: dict[bytes, AESGCM] = {}
    for text in filter(None, (part.strip() for part in texts.split(","))):
        key = _key(text)
        ring[hashlib.sha256(b"id" + key).digest()[:_ID]] = AESGCM(key)
    if not ring:
        raise ImproperlyConfigured("Set LYNKR_ENCRYPTION_KEY: provider keys cannot be stored without it.")
    return ring


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) == 32:
        return key
    if len(text) < 16:
        raise ImproperlyConfigured("LYNKR_ENCRYPTION_KEY is too short: give 32 bytes in base64.")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"lynkr encryption key").derive(text.encode())
