"""`manage.py import_env .env`: take over the configuration of the older product."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gateway.configuration.env_import import translate
from gateway.configuration.nodes import Invalid
from gateway.configuration.writing import apply


class Command(BaseCommand):
    help = "Import providers, tiers, fallback and prices from a .env file of the older product. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default=".env")
        parser.add_argument("--dry-run", action="store_true", help="show what would change")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = Path(options["file"]).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise CommandError(f"cannot read {options['file']}: {error.strerror}") from None
        imported = translate(text)
        try:
            outcome = apply(imported.tree, dry_run=options["dry_run"], reason="import_env")
        except Invalid as invalid:
            lines = "\n".join(f"  {problem}" for problem in invalid.problems)
            raise CommandError(f"{options['file']} was not imported:\n{lines}") from None
        for line in (*imported.remarks, *outcome.lines):
            self.stdout.write(line)
        if not outcome.changes:
            self.stdout.write("nothing to change")
