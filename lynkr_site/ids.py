"""Our own ids for rows, with the clock and chance of this process."""

from __future__ import annotations

import os
import time
import uuid

from gateway.chat.ids import uuid7 as made_of


def uuid7() -> uuid.UUID:
    """Time-ordered, never a provider's or client's id (CUT-16, CUT-17)."""
    return made_of(time.time_ns() // 1_000_000, os.urandom(10))
