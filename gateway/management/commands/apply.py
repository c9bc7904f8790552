"""`manage.py apply FILE.yaml`: make the configuration what a file says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gateway.configuration.loading import load
from gateway.configuration.nodes import Invalid
from gateway.configuration.writing import apply


class Command(BaseCommand):
    help = "Apply a configuration file; run it as often as you like, only differences are written. See also: export."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a YAML file, or - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="show what would change")
        parser.add_argument(
            "--prune", action="store_true", help="let go of what the file's sections do not list (keys are revoked)"
        )
        parser.add_argument(
            "--print-keys", choices=["json"], help="print {name: key} of the keys made by this run; the diff to stderr"
        )
        parser.add_argument("--reason", default="apply", help="written into the history of tier maps")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = sys.stdin.read() if options["file"] == "-" else Path(options["file"]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"cannot read {options['file']}: {getattr(error, 'strerror', 'not UTF-8')}") from None
        try:
            outcome = apply(load(text), dry_run=options["dry_run"], prune=options["prune"], reason=options["reason"])
        except Invalid as invalid:
            lines = "\n".join(f"  {problem}" for problem in invalid.problems)
            raise CommandError(f"{options['file']} was not applied:\n{lines}") from None
        out = self.stderr if options["print_keys"] else self.stdout
        for line in outcome.lines:
            out.write(line, style_func=str)
        if not outcome.changes:
            out.write("nothing to change", style_func=str)
        elif options["dry_run"]:
            out.write(f"{outcome.changes} changes, not applied (--dry-run)", style_func=str)
        if options["print_keys"]:
            self.stdout.write(json.dumps(outcome.keys))
        elif outcome.keys:
            self.stdout.write("New keys, shown only now:")
            for name, key in outcome.keys.items():
                self.stdout.write(f"  {name}  {key}")
