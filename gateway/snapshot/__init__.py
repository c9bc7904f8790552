"""All configuration as one immutable object (`gateway.ports.Snapshot`), kept fresh in each process."""

from gateway.snapshot.holder import SnapshotHolder
from gateway.snapshot.rows import build

__all__ = ["SnapshotHolder", "build"]
