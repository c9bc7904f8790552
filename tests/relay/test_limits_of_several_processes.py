"""Four web processes on one Valkey: limits are those of the installation, whichever process a request comes to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.conftest import dedicated_database
from tests.fakes import script
from tests.fakes.gateway import Gateway, running
from tests.fakes.upstream import Upstream

from .calls import ask

MODEL = "anth/claude-sonnet-4-5"


@pytest.fixture(scope="module")
def four(
    _template: None, _upstream: Upstream, _valkey: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Gateway]]:
    with ExitStack() as stack:
        url = stack.enter_context(dedicated_database("several"))
        folder = Path(tmp_path_factory.mktemp("several"))
        with ThreadPoolExecutor(4) as pool:
            opened = [running(url, folder / str(number), REDIS_URL=_valkey) for number in range(4)]
            found = list(pool.map(stack.enter_context, opened))
        names = ("requests", "tokens", "places", "killed")
        limits = (
            {"requests_per_minute": 13},
            {"tokens_per_minute": 2000},
            {"parallel_requests": 6},
            {"parallel_requests": 4},
        )
        found[0].keys.update(_configure(_upstream, names, limits))
        for gateway in found:
            gateway.keys = found[0].keys
            gateway.reload()
        yield found


def _configure(upstream: Upstream, names: tuple[str, ...], limits: tuple[dict[str, int], ...]) -> dict[str, str]:
    import yaml

    from gateway.configuration.loading import load
    from gateway.configuration.writing import apply

    keys = [
        {"name": name, "team": "acme", "user": "bob", "limits": limit}
        for name, limit in zip(names, limits, strict=True)
    ]
    provider = {"name": "anth", "vendor": "anthropic", "base_url": upstream.url, "secret": "sk-upstream-anth"}
    root = {"name": "root", "team": "acme", "user": "bob", "scopes": ["chat", "admin"]}
    team = {"slug": "acme", "members": [{"user": "bob", "role": "admin"}], "tiers": {"SIMPLE": [MODEL]}}
    document = {"providers": [provider], "teams": [team], "keys": [root, *keys]}
    return apply(load(yaml.safe_dump(document))).keys


def crowd(gateways: list[Gateway], key: str, many: int) -> list[httpx.Response]:
    with ThreadPoolExecutor(24) as pool:
        return list(
            pool.map(lambda number: ask(gateways[number % len(gateways)], "anthropic", MODEL, key=key), range(many))
        )


def test_requests_and_tokens_are_counted_once(four: list[Gateway], upstream: Upstream) -> None:
    """LIM-3, LIM-4"""
    answers = crowd(four, "requests", 40)
    assert sorted(answer.status_code for answer in answers) == [200] * 13 + [429] * 27
    assert len(upstream.chats) == 13
    assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in answers if answer.status_code == 429)
    upstream.reset()
    usage = script.Usage(input=60, output=140)
    upstream.when(lambda _: script.text("Stashes.", usage=usage, pace=script.Pace(before_headers=1.0)))
    served = [answer for answer in crowd(four, "tokens", 24) if answer.status_code == 200]
    assert len(served) == len(upstream.chats) == 8  # some 230 reserved each
    time.sleep(0.3)
    left = [
        answer.status_code for answer in (ask(four[number], "anthropic", MODEL, key="tokens") for number in range(4))
    ]
    assert left == [200, 429, 429, 429]  # eight used 200: 400 were left


def test_places_are_counted_over_all_processes(four: list[Gateway], upstream: Upstream) -> None:
    """LIM-2"""
    upstream.when(lambda _: script.text("Stashes.", pace=script.Pace(before_headers=5)))
    for _ in range(2):
        upstream.received.clear()
        answers = crowd(four, "places", 24)
        assert sorted(answer.status_code for answer in answers) == [200] * 6 + [429] * 18
        assert len(upstream.chats) == 6
        time.sleep(0.3)


def test_places_of_a_killed_process_come_back(four: list[Gateway], upstream: Upstream) -> None:
    """LIM-2: kill -9 gives nothing back by itself."""
    upstream.when(lambda _: script.text("Stashes.", pace=script.Pace(before_headers=30)))
    victim, other = four[3], four[0]
    with ThreadPoolExecutor(4) as pool:
        lost = [pool.submit(ask, victim, "anthropic", MODEL, key="killed", timeout=40) for _ in range(4)]
        until = time.monotonic() + 10
        while len(upstream.chats) < 4:
            assert time.monotonic() < until
            time.sleep(0.05)
        time.sleep(4)  # a heartbeat
        victim.process.kill()
        for one in lost:
            with pytest.raises(httpx.HTTPError):
                one.result()
    upstream.when(lambda _: script.text("Stashes."))
    assert ask(other, "anthropic", MODEL, key="killed").status_code == 429
    until = time.monotonic() + 16
    while ask(other, "anthropic", MODEL, key="killed").status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.3)
