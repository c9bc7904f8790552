"""`manage.py reseal_secrets`: the end of a rotation of LYNKR_ENCRYPTION_KEY."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gateway import secrets
from gateway.models import ProviderSecret


class Command(BaseCommand):
    help = "Seal all provider secrets with the first key of LYNKR_ENCRYPTION_KEY, so that the others can be removed."

    def handle(self, *args: Any, **options: Any) -> None:
        resealed, lost = 0, []
        for row in ProviderSecret.objects.select_related("account"):
            if not secrets.needs_resealing(row.sealed):
                continue
            try:
                row.seal(secrets.open_sealed(row.sealed))
            except secrets.CannotOpen:
                lost.append(row.account.name)
                continue
            row.save(update_fields=["sealed", "hint"])
            resealed += 1
        self.stdout.write(f"{resealed} secrets sealed anew")
        if lost:
            raise CommandError(f"no key opens a secret of {', '.join(sorted(set(lost)))}: enter it again")
