"""`manage.py refresh_prices`: fetch the price lists now instead of within a day."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gateway import pricebooks
from lynkr_site.env import env


class Command(BaseCommand):
    help = "Fetch the price lists of LYNKR_PRICE_URLS and make a new price book if they changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", action="append", help="a list to fetch instead; may be given several times")

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = pricebooks.refresh(options["url"] or env().price_urls)
        if outcome.problem:
            raise CommandError(outcome.problem)
        if outcome.book is None:
            self.stdout.write(f"{outcome.models} models, as in the book in force")
        else:
            self.stdout.write(f"price book {outcome.book.id} with {outcome.models} models is in force")
