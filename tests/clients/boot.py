"""The one place that knows how the client tests get a gateway; `make test` and `make clients` both come here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.fakes.upstream import Upstream

from .world import Direct, Lynkr


@contextmanager
def boot(upstream: Upstream) -> Iterator[Lynkr]:
    """A running gateway for as long as the block lasts.

    For now a stand-in: clients talk to the upstream itself, so only pairs of equal dialects are run. The real one starts the
    web process on a free port (real sockets: an in-process transport buffers streams), applies a YAML with one team and one
    key, and implements `world.Lynkr`.
    """
    yield Direct(upstream)
