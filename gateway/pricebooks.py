"""Price books: public price lists fetched, checked and kept as they were, each in force from a moment on.

A refresh either makes one new book or changes nothing. A list that cannot be had, is in no form we know, is empty, or would
leave less than two thirds of the models is refused: the book in force stays, and an `Alert` tells.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from django.db import connection, transaction
from django.utils import timezone

from gateway.alerts import close_alert, raise_alert
from gateway.pricelist import Groups, NotAList, count_of, groups_of, merged
from gateway.pricing import bundled_list
from routing.models import PriceBook

log = structlog.get_logger("lynkr.prices")

ALERT = "price_refresh"
MOST_BYTES = 64 * 1024 * 1024
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('gateway_pricebooks'))"


class Refused(Exception):
    """Why no book was made of what was fetched; fit for an operator's eyes."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`book`: the new one, None when nothing changed or the refresh was refused (`problem` tells why)."""

    book: PriceBook | None
    models: int = 0
    problem: str = ""


def refresh(urls: Iterable[str], effective_from: dt.datetime | None = None) -> Outcome:
    """Fetch the lists at `urls` and make a book of them if they differ from the one in force. Never raises for what a list
    is or a server does: that is an `Alert`."""
    addresses = tuple(urls)
    if not addresses:
        return Outcome(None, problem="no price lists are configured")
    try:
        groups = merged(fetch(url) for url in addresses)
        book = adopt(groups, ", ".join(_host(url) for url in addresses), effective_from)
    except Refused as problem:
        raise_alert(ALERT, "", f"The price lists were not taken, the old book stays: {problem}")
        return Outcome(None, problem=str(problem))
    close_alert(ALERT, "")
    return Outcome(book, count_of(groups))


def fetch(url: str) -> Groups:
    """The usable entries of the list at `url`. Raises `Refused`."""
    where = _host(url)
    try:
        with (
            httpx.Client(timeout=_TIMEOUT, follow_redirects=True) as client,
            client.stream("GET", url, headers={"accept": "application/json"}) as response,
        ):
            if response.status_code != 200:
                raise Refused(f"{where} answered {response.status_code}")
            raw = bytearray()
            for part in response.iter_bytes():
                raw += part
                if len(raw) > MOST_BYTES:
                    raise Refused(f"the list of {where} is too large")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Refused(f"{where} cannot be reached ({type(error).__name__})") from error
    try:
        return groups_of(json.loads(raw))
    except NotAList as error:
        raise Refused(f"the list of {where} is broken: {error}") from error
    except (ValueError, RecursionError) as error:
        raise Refused(f"the list of {where} is not JSON") from error


def adopt(groups: Groups, source: str, effective_from: dt.datetime | None = None) -> PriceBook | None:
    """A new book of `groups`, in force from `effective_from` (now); None when it says what the book in force says.
    Raises `Refused` when too many models would be gone."""
    moment = effective_from or timezone.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
        row = in_force_at(moment)
        now = groups_in(row) if row is not None else bundled_list()[0]
        if groups == now:
            return None
        had, has = count_of(now), count_of(groups)
        if has * 3 < had * 2:
            raise Refused(f"it has {has} models, the book in force {had}")
        document = {"source": source, "unit": "USD per 1M tokens", "models": groups}
        book = PriceBook.objects.create(
            effective_from=moment,
            source=source[:300],
            # Prices may return to what they once were: what a book follows is part of its name.
            digest=hashlib.sha256(_packed({"after": row.id if row else 0, "models": groups})).hexdigest(),
            content=gzip.compress(_packed(document), 9, mtime=0),
            models_count=has,
        )
    log.info("new price book", book=book.id, models=has, source=source)
    return book


def in_force_at(moment: dt.datetime) -> PriceBook | None:
    return PriceBook.objects.filter(effective_from__lte=moment).order_by("-effective_from", "-id").first()


def groups_in(book: PriceBook) -> Groups:
    models: Groups = json.loads(gzip.decompress(bytes(book.content)))["models"]
    return models


def _packed(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _host(url: str) -> str:
    """An address may hold a credential; its host does not."""
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"
