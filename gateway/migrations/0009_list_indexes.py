"""Indexes for the filters and searches of the list of requests (DBL-8), built without stopping anybody (MIG-5).

Postgres has no CREATE INDEX CONCURRENTLY for a partitioned table: the parent's index is declared first, which new partitions
follow, then each partition's is built CONCURRENTLY and attached. A run that was interrupted is simply repeated.
"""

from django.db import migrations

TABLE = "gateway_operation"
INDEXES = {
    # The rare ends of a request are looked for most; the common one needs no index to be found.
    "gateway_operation_status": "(status, id) WHERE status <> 'completed'",
    "gateway_operation_tier": "(tier, id)",
    "gateway_operation_session": "(session_id, id) WHERE session_id <> ''",
    "gateway_operation_client_request": "(client_request_id, id) WHERE client_request_id <> ''",
}


def build(apps, schema_editor):
    for name, definition in INDEXES.items():
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"CREATE INDEX IF NOT EXISTS {name} ON ONLY {TABLE} {definition}")
            cursor.execute(
                "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = %s::regclass ORDER BY 1", [TABLE]
            )
            for (partition,) in cursor.fetchall():
                _build_of(cursor, name, definition, partition)


def _build_of(cursor, name, definition, partition):
    own = name.replace(TABLE, partition)
    cursor.execute(
        "SELECT indexrelid::regclass::text FROM pg_inherits JOIN pg_index ON indexrelid = inhrelid "
        "WHERE inhparent = %s::regclass AND indrelid = %s::regclass",
        [name, partition],
    )
    if cursor.fetchone():
        return  # made with its partition
    cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [own])
    found = cursor.fetchone()
    if found and not found[0]:
        cursor.execute(f"DROP INDEX CONCURRENTLY {own}")  # left behind by a run that was interrupted
    cursor.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {own} ON {partition} {definition}")
    cursor.execute(f"ALTER INDEX {name} ATTACH PARTITION {own}")


def drop(apps, schema_editor):
    schema_editor.execute(f"DROP INDEX IF EXISTS {', '.join(INDEXES)}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("gateway", "0008_account_teams")]
    operations = [migrations.RunPython(build, drop)]
