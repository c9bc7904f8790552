"""Our own ids: UUID version 7 (RFC 9562), time-ordered, never a provider's or client's id (CUT-16, CUT-17)."""

from __future__ import annotations

import uuid


def uuid7(milliseconds: int, entropy: bytes) -> uuid.UUID:
    """48 bits of unix `milliseconds`, 74 of the 80 bits of `entropy`. Clock and chance are the caller's."""
    value = milliseconds << 80 | int.from_bytes(entropy, "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)
