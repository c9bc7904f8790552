"""Is the schema the one this code expects? (MIG-1, MIG-4)"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

# Any number, the same in every process that migrates: held while migrating, so that several starting at once take turns.
ADVISORY_LOCK = 0x4C594E4B52  # "LYNKR"


def missing_migrations(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of migrations this code has and the database lacks, in order. A database that is ahead of the code is fine:
    during a rollout the old code runs on the new schema (expand, then contract; MIG-2)."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
