"""Two web processes on one Valkey: a session keeps its model whichever process its requests come to."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
import yaml

from tests.conftest import dedicated_database
from tests.fakes import script
from tests.fakes.gateway import Gateway, running
from tests.fakes.upstream import Upstream

from .test_sessions import EASY, HAIKU, HARD, LARGE, OPUS, Session, begun, configuration, model

THINKING = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4000}


@pytest.fixture(scope="module")
def two(
    _template: None, _upstream: Upstream, _valkey: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Gateway]]:
    with ExitStack() as stack:
        url = stack.enter_context(dedicated_database("two"))
        folder = Path(tmp_path_factory.mktemp("two"))
        with ThreadPoolExecutor(2) as pool:
            opened = [running(url, folder / str(number), REDIS_URL=_valkey) for number in range(2)]
            found = list(pool.map(stack.enter_context, opened))
        keys = _configure(_upstream)
        for gateway in found:
            gateway.keys = keys
            gateway.reload()
        yield found


def _configure(upstream: Upstream) -> dict[str, str]:
    from gateway.configuration.loading import load
    from gateway.configuration.writing import apply

    document = configuration()
    document["providers"] = [
        {"name": "anth", "vendor": "anthropic", "base_url": upstream.url, "secret": "sk-upstream-anth"},
        {"name": "chat", "vendor": "openai-compatible", "base_url": f"{upstream.url}/v1", "secret": "sk-upstream-chat"},
    ]
    document["teams"].append({"slug": "acme", "members": [{"user": "bob", "role": "admin"}]})
    document["keys"].append({"name": "root", "team": "acme", "user": "bob", "scopes": ["chat", "admin"]})
    return apply(load(yaml.safe_dump(document))).keys


@pytest.fixture
def pair(two: list[Gateway], upstream: Upstream, valkey: str) -> list[Gateway]:
    for gateway in two:
        gateway.reload()
    return two


def test_a_session_stays_on_its_model_in_another_process(pair: list[Gateway], upstream: Upstream, valkey: str) -> None:
    here, there = pair
    session = begun(here, upstream, "travelling")
    session.gateway = there
    answer = session.ask(EASY)
    assert model(answer) == OPUS
    assert answer.headers["x-lynkr-reason"].endswith("session stays (cache warm)")
    with redis.Redis.from_url(valkey) as client:
        (key,) = client.keys("lynkr:pin:*")
        assert 0 < client.ttl(key) <= 3600
        stored = client.get(key)
    assert b"Raft" not in stored  # nothing of what was said
    assert b"travelling" not in stored + key


def test_a_process_that_was_left_aside_learns_where_the_session_went(pair: list[Gateway], upstream: Upstream) -> None:
    """What a process remembers itself may be older than what another one has seen since."""
    here, there = pair
    upstream.when(lambda _: script.text("It is. " * 30_000, usage=LARGE))
    session = Session(here, name="wandering")
    assert model(session.ask(EASY)) == HAIKU
    session.gateway = there
    assert model(session.ask(HARD)) == OPUS
    session.gateway = here
    assert model(session.ask(EASY)) == OPUS


def test_who_made_a_thought_is_known_in_the_other_process(pair: list[Gateway], upstream: Upstream) -> None:
    """THK-4: no refused call, the foreign thought is left out at once."""
    here, there = pair
    session = Session(here, name="thinking", **{"user-agent": "claude-cli/2"})
    session.more = THINKING
    upstream.when(lambda _: script.Reply(parts=(script.Thinking("Easy one."), script.Text("It stashes.")), usage=LARGE))
    assert model(session.ask(EASY)) == HAIKU
    session.gateway = there
    answer = session.ask(HARD)
    assert model(answer) == OPUS
    assert [received.refused for received in upstream.chats] == [None, None]
    assert b"Easy one." not in upstream.last.body


@pytest.mark.usefixtures("_template")
def test_without_redis_each_process_goes_by_its_own(
    upstream: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.fakes.upstream import refusing_address

    address, held = refusing_address()
    folder = Path(tmp_path_factory.mktemp("alone"))
    redis_url = address.replace("http://", "redis://")
    with held, dedicated_database("alone") as url, running(url, folder, REDIS_URL=redis_url) as gateway:
        gateway.keys = _configure(upstream)
        gateway.reload()
        session = begun(gateway, upstream, "alone")
        assert model(session.ask(EASY)) == OPUS
