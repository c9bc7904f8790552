"""`manage.py detect_local`: add the Ollama of this machine, if there is one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from gateway.configuration import local
from gateway.configuration.writing import apply
from gateway.models import ProviderAccount
from routing.models import TierMap


class Command(BaseCommand):
    help = "Add the Ollama on this machine as a provider, and its models as default tiers where there are none yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=local.OLLAMA)

    def handle(self, *args: Any, **options: Any) -> None:
        tree = local.ollama(options["url"].rstrip("/"))
        if not tree or ProviderAccount.objects.filter(name="ollama").exists():
            return
        if TierMap.objects.filter(team=None, targets__isnull=False).exists():
            del tree["defaults"]
        for line in apply(tree, reason="found on this machine").lines:
            self.stdout.write(line)
