"""`manage.py export`: the configuration as YAML that `apply` takes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from gateway.configuration.exporting import text


class Command(BaseCommand):
    help = "Write the configuration as YAML to standard output. Secrets leave as names of environment variables."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(text(), ending="")
