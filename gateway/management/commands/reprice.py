"""`manage.py reprice --from 2026-11-01 --to 2026-11-15`: correct past charges by adjustments."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Team
from gateway.repricing import reprice


class Command(BaseCommand):
    help = (
        "Compute the charges of some days anew, with today's price overrides and the price books effective then, and write "
        "the differences into the ledger as adjustments. Safe to repeat."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", required=True, type=dt.date.fromisoformat, help="first day (UTC)")
        parser.add_argument("--to", dest="last", required=True, type=dt.date.fromisoformat, help="last day (UTC)")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be written")

    def handle(self, *args: Any, **options: Any) -> None:
        first, last, dry_run = options["first"], options["last"], options["dry_run"]
        if last < first:
            raise CommandError("--to is before --from")
        report = reprice(first, last, dry_run)
        names = dict(Team.objects.values_list("id", "slug"))
        for team, difference in sorted(report.difference.items(), key=lambda item: -abs(item[1])):
            self.stdout.write(f"{names.get(team, team) or 'no team'}: {difference:+f} USD")
        done = "would be written" if dry_run else "written"
        self.stdout.write(
            f"{report.charges} charges, {report.adjusted} adjustments {done} ({report.total:+f} USD), "
            f"{report.unknown} of unknown price"
        )
