"""Carrying a maker's signature through a client that speaks another dialect.

A thinking signature (or OpenAI `encrypted_content`, or a Gemini `thoughtSignature`) is valid only for the model that made
it. When it crosses to a client of another dialect it is sealed: wrapped, with its origin, in a text that no provider could
take for its own. What comes back sealed is opened and goes only to its origin (THK-3, CDX-8). Nothing is invented (THK-6).
"""

from __future__ import annotations

import base64
import binascii
import json

from .request import Origin

PREFIX = "lynkr1-"


def seal(origin: Origin, signature: str) -> str:
    """The sealed text: ASCII letters, digits, ``-`` and ``_`` only."""
    parts = [origin.dialect, origin.model, origin.account, signature]
    packed = json.dumps(parts, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return PREFIX + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def unseal(text: str) -> tuple[Origin | None, str]:
    """(origin, signature) of a sealed text; (None, text) of any other."""
    if not text.startswith(PREFIX):
        return None, text
    body = text[len(PREFIX) :]
    try:
        parts = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        dialect, model, account, signature = parts
    except (ValueError, TypeError, binascii.Error):
        return None, text
    if not all(isinstance(part, str) for part in parts):
        return None, text
    return Origin(dialect, model, account), signature
