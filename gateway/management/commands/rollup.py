"""`manage.py rollup`: count what is new, or make days anew."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gateway import partitions, rollups


class Command(BaseCommand):
    help = "Bring the hourly and daily totals up to date; with --rebuild, make those of whole days (UTC) anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rebuild", action="store_true")
        parser.add_argument("--from", dest="first", type=dt.date.fromisoformat, help="YYYY-MM-DD; today if not given")
        parser.add_argument("--to", dest="last", type=dt.date.fromisoformat, help="YYYY-MM-DD; today if not given")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["rebuild"]:
            if options["first"] or options["last"]:
                raise CommandError("--from and --to go with --rebuild")
            run = rollups.roll_up(run_seconds=float("inf"))
            self.stdout.write("another process is counting" if run is None else f"counted {run.hours} hours")
            return
        first, last = options["first"] or partitions.today(), options["last"] or partitions.today()
        if first > last:
            raise CommandError("--from is after --to")
        try:
            days = rollups.rebuild(first, last)
        except rollups.Fenced as problem:
            raise CommandError(str(problem)) from None
        wanted = (last - first).days + 1
        self.stdout.write(
            f"made {days} days anew" + (f"; {wanted - days} were dropped and keep theirs" * (days < wanted))
        )
