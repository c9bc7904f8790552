from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class GatewayConfig(AppConfig):
    name = "gateway"
    verbose_name = "Gateway"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gateway import account_teams

        post_migrate.connect(_ensure_partitions, sender=self)
        account_teams.watch()


def _ensure_partitions(using: str = "default", **_: Any) -> None:
    """So that the first request after `migrate` finds its day. Nothing to do when the schema was migrated backwards."""
    from django.db import connections

    from gateway import partitions

    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT to_regclass('gateway_operation') IS NOT NULL AND to_regclass('gateway_attempt') IS NOT NULL"
        )
        if cursor.fetchone()[0]:
            partitions.ensure()
