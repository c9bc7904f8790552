"""Price books: what makes a new one, what is refused, which one is in force."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Team
from gateway import pricebooks, tasks
from gateway.chat.usage import Usage
from gateway.models import Alert
from gateway.pricelist import count_of, groups_of, merged
from gateway.pricing import bundled_list, cost
from gateway.snapshot import build
from lynkr_site.env import publish
from routing.models import PriceBook, PriceOverride
from tests.gateway import small_world


class Lists:
    """A server of price lists: `served` by path, as (status, body)."""

    def __init__(self) -> None:
        self.served: dict[str, tuple[int, bytes]] = {}
        served = self.served

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = served.get(self.path, (404, b""))
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def serve(self, name: str, document: Any, status: int = 200) -> str:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.served[f"/{name}"] = (status, body)
        return self.url(name)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def lists() -> Iterator[Lists]:
    server = Lists()
    yield server
    server.stop()


def entry(provider: str, input_: float, output: float, **more: Any) -> dict[str, Any]:
    return {
        "litellm_provider": provider,
        "mode": "chat",
        "input_cost_per_token": input_ / 1e6,
        "output_cost_per_token": output / 1e6,
        **more,
    }


def litellm_list(count: int = 2000, price: float = 1.0) -> dict[str, Any]:
    """As many models as the bundled list has, so that nothing seems to be gone."""
    models = {f"filler-{number}": entry("openai", 1, 2) for number in range(count)}
    return {
        "sample_spec": {"litellm_provider": "one of the providers", "mode": "chat"},
        **models,
        "gpt-4o": entry(
            "openai", price, 10 * price, input_cost_per_token_flex=price / 2e6, output_cost_per_token_flex=0
        ),
    }


def models_dev_list() -> dict[str, Any]:
    known = {"id": "new-claude", "cost": {"input": 3, "output": 15, "cache_read": 0.3, "cache_write": 3.75}}
    long = {**known["cost"], "context_over_200k": {"input": 6, "output": 22.5}}  # type: ignore[dict-item]
    return {
        "anthropic": {
            "id": "anthropic",
            "models": {
                "new-claude": {
                    **known,
                    "limit": {"context": 200000, "output": 64000},
                    "modalities": {"input": ["image"]},
                },
                "long-claude": {"id": "long-claude", "cost": long},
                "preview": {"id": "preview", "cost": {"input": 0, "output": 0}},
                "half": {"id": "half", "cost": {"input": 1}},
                "odd": {"id": "odd", "cost": None},
            },
        },
        "openai": {"id": "openai", "models": {"gpt-4o": {"id": "gpt-4o", "cost": {"input": 99, "output": 99}}}},
        "a-plan": {"id": "a-plan", "models": {"gpt-4o": {"id": "gpt-4o", "cost": {"input": 0.001, "output": 0.001}}}},
    }


def test_lists_of_both_forms_become_one_book_that_is_in_force(db: str, lists: Lists) -> None:
    small_world.make()
    urls = [lists.serve("a", litellm_list(price=7)), lists.serve("b", models_dev_list())]
    outcome = pricebooks.refresh(urls)
    assert outcome.book is not None
    assert outcome.models == 2001 + 2
    prices = build().prices
    assert prices.version == f"book {outcome.book.id}"
    assert cost(prices.price("openai", "gpt-4o"), Usage(1_000_000, 0)) == 7, "the first list's price stands"
    new = prices.price("anthropic", "new-claude")
    assert new is not None
    assert new.source == f"book {outcome.book.id}"
    assert (new.max_input_tokens, new.vision) == (200000, True)
    assert cost(new, Usage(0, 0, 0, 0, 1_000_000)) == 6
    long = prices.price("anthropic", "long-claude")
    assert cost(long, Usage(200_001, 0)) == Decimal("1.200006")
    assert prices.price("anthropic", "preview") is None, "UNK-2: a zero in a list is no price"
    assert prices.price("anthropic", "half") is None, "UNK-3: a price needs both directions"
    assert prices.price("openai", "gpt-4.1") is None, "what the book in force leaves out has no price"


def test_an_identical_list_makes_no_second_book(db: str, lists: Lists) -> None:
    url = lists.serve("a", litellm_list())
    assert pricebooks.refresh([url]).book is not None
    again = pricebooks.refresh([url])
    assert (again.book, again.problem) == (None, "")
    assert PriceBook.objects.count() == 1


def test_prices_that_return_to_what_they_were_are_a_new_book(db: str, lists: Lists) -> None:
    for price in (1.0, 2.0, 1.0):
        assert pricebooks.refresh([lists.serve("a", litellm_list(price=price))]).book is not None
    assert PriceBook.objects.count() == 3
    assert cost(build().prices.price("openai", "gpt-4o"), Usage(1_000_000, 0)) == 1


@pytest.mark.parametrize(
    ("status", "document", "problem"),
    [
        (200, b"<html>sign in</html>", "not JSON"),
        (200, b'{"gpt-4o": {"litellm_provider"', "not JSON"),
        (200, b"[]", "broken"),
        (200, {}, "no usable price"),
        (200, {"gpt-4o": {"litellm_provider": "openai", "mode": "chat"}}, "no usable price"),
        (200, litellm_list(1300), "1301 models"),
        (500, {}, "answered 500"),
        (404, litellm_list(), "answered 404"),
    ],
)
def test_a_bad_list_is_refused_and_told_and_the_old_book_stays(
    db: str, lists: Lists, status: int, document: Any, problem: str
) -> None:
    """UNK-3: broken, empty, or shrunk by more than a third."""
    good = lists.serve("good", litellm_list(2000))
    first = pricebooks.refresh([good]).book
    assert first is not None
    outcome = pricebooks.refresh(
        [good, lists.serve("bad", document, status)] if status != 200 else [lists.serve("bad", document, status)]
    )
    assert outcome.book is None
    assert problem in outcome.problem
    assert build().prices.version == f"book {first.id}"
    alert = Alert.objects.get(kind=pricebooks.ALERT, closed_at=None)
    assert problem in alert.message
    assert pricebooks.refresh([good]).problem == ""
    assert not Alert.objects.filter(closed_at=None).exists()


def test_a_list_that_shrank_by_less_than_a_third_is_taken(db: str, lists: Lists) -> None:
    assert count_of(bundled_list()[0]) > 2000
    assert pricebooks.refresh([lists.serve("a", litellm_list(2000))]).book is not None
    assert pricebooks.refresh([lists.serve("a", litellm_list(1334))]).book is not None


def test_a_server_that_is_away_is_an_alert_without_the_address(db: str) -> None:
    """LEK-2: an address may hold a key."""
    outcome = pricebooks.refresh(["http://127.0.0.1:9/prices?token=canary"])
    assert "cannot be reached" in outcome.problem
    assert "canary" not in Alert.objects.get().message


def test_numbers_that_are_no_prices_are_left_out() -> None:
    """UNK-3."""
    odd = {
        "nan": entry("openai", float("nan"), 1),
        "infinite": entry("openai", float("inf"), 1),
        "negative": entry("openai", -1, 1),
        "absurd": entry("openai", 1e9, 1),
        "text": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": "1", "output_cost_per_token": 1},
        "bool": {
            "litellm_provider": "openai",
            "mode": "chat",
            "input_cost_per_token": True,
            "output_cost_per_token": 1,
        },
        "good": entry("openai", 1, 2),
    }
    assert groups_of(odd) == {"openai": {"good": {"input": "1", "output": "2"}}}


def test_the_first_list_wins_and_later_ones_fill_gaps() -> None:
    one = {"openai": {"m": {"input": "1", "output": "1"}}}
    two = {"openai": {"m": {"input": "2", "output": "2"}, "n": {"input": "3", "output": "3"}}}
    assert merged([one, two]) == {"openai": {"m": one["openai"]["m"], "n": two["openai"]["n"]}}


def test_a_book_is_in_force_from_its_moment_on_and_overrides_come_before_it(db: str, lists: Lists) -> None:
    small_world.make()
    now = timezone.now()
    first = pricebooks.refresh([lists.serve("a", litellm_list(price=1))]).book
    later = pricebooks.adopt(groups_of(litellm_list(price=5)), "next year", now + dt.timedelta(days=365))
    assert first is not None
    assert later is not None
    assert cost(build().prices.price("openai", "gpt-4o"), Usage(1_000_000, 0)) == 1
    PriceOverride.objects.create(model="gpt-4o", team=Team.objects.get(slug="acme"), input=3, output=3)
    found = build()
    assert (
        cost(found.teams[Team.objects.get(slug="acme").id].prices.price("openai", "gpt-4o"), Usage(1_000_000, 0)) == 3
    )
    assert cost(found.prices.price("openai", "gpt-4o"), Usage(1_000_000, 0)) == 1


def test_the_task_and_the_command_refresh(db: str, lists: Lists, capsys: pytest.CaptureFixture[str]) -> None:
    assert tasks.SCHEDULE["refresh-prices"]["schedule"] == 24 * 3600
    publish({"LYNKR_PRICE_URLS": lists.serve("a", litellm_list())})
    try:
        assert tasks.refresh_prices().startswith("book ")
        assert tasks.refresh_prices() == "unchanged"
        call_command("refresh_prices")
        assert "as in the book in force" in capsys.readouterr().out
        with pytest.raises(CommandError, match="answered 404"):
            call_command("refresh_prices", "--url", lists.url("gone"))
        publish({"LYNKR_PRICE_URLS": "none"})
        assert "no price lists" in tasks.refresh_prices()
    finally:
        publish({"LYNKR_PRICE_URLS": ""})
