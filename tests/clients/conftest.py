"""Fixtures of the client tests: `world` pairs the module's client dialect (`CLIENT`) with every provider dialect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.upstream import Upstream

from .boot import boot
from .world import DIALECTS, Lynkr, World, provider


@pytest.fixture(scope="session")
def running_upstream() -> Iterator[Upstream]:
    with Upstream() as running:
        yield running


@pytest.fixture
def upstream(running_upstream: Upstream) -> Upstream:
    """The scripted upstream, with nothing left over from another test."""
    running_upstream.reset()
    return running_upstream


@pytest.fixture(scope="session")
def lynkr(_template: None) -> Iterator[Lynkr]:
    with boot() as running:
        yield running


@pytest.fixture(params=DIALECTS)
def world(request: pytest.FixtureRequest, lynkr: Lynkr, upstream: Upstream) -> World:
    chosen = provider(upstream, request.param)
    client_dialect: str = request.module.CLIENT
    if not lynkr.serves(client_dialect, chosen):
        pytest.skip(f"{client_dialect} to {chosen.dialect} needs the gateway")
    lynkr.configure([chosen])
    return World(lynkr, upstream, chosen)
