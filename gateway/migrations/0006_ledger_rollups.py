"""State of the roll-up writer, the hours that late rows touched, and the indexes the lists and roll-ups read by.

Triggers note late hours, so that whatever writes a row late (a journal's replay, the sweeper, an adjustment), the roll-ups
hear of it. Rows that are young need no note: every run counts the last hours anew.
"""

from django.db import migrations, models

LATE = """
CREATE FUNCTION gateway_note_late_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gateway_latehour (hour)
    SELECT DISTINCT date_trunc('hour', at, 'UTC') FROM fresh WHERE at < now() - interval '1 hour' ORDER BY 1;
    RETURN NULL;
END
$$;
CREATE FUNCTION gateway_note_late_operation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gateway_latehour (hour)
    SELECT DISTINCT date_trunc('hour', started_at, 'UTC') FROM fresh
    WHERE status <> 'open' AND started_at < now() - interval '1 hour' ORDER BY 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_late AFTER INSERT ON gateway_ledgerentry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION gateway_note_late_ledger();
CREATE TRIGGER note_late_insert AFTER INSERT ON gateway_operation REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION gateway_note_late_operation();
CREATE TRIGGER note_late_update AFTER UPDATE ON gateway_operation REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION gateway_note_late_operation();
"""
NO_LATE = """
DROP FUNCTION gateway_note_late_ledger() CASCADE;
DROP FUNCTION gateway_note_late_operation() CASCADE;
"""
INDEXES = """
CREATE INDEX gateway_operation_started ON gateway_operation (started_at);
CREATE INDEX gateway_operation_user ON gateway_operation (user_id, id);
CREATE INDEX gateway_attempt_started ON gateway_attempt (started_at);
CREATE INDEX gateway_ledgerentry_adjustment ON gateway_ledgerentry (attempt_id) WHERE kind = 'adjustment';
"""
NO_INDEXES = "DROP INDEX gateway_operation_started, gateway_operation_user, gateway_attempt_started, gateway_ledgerentry_adjustment"


class Migration(migrations.Migration):
    dependencies = [("gateway", "0005_ledger")]

    operations = [
        migrations.CreateModel(
            name="RollupState",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("token", models.BigIntegerField(default=0)),
                ("counted_to", models.DateTimeField(null=True)),
                ("kept_from", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="LateHour",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL("INSERT INTO gateway_rollupstate (id, token) VALUES (1, 0)", migrations.RunSQL.noop),
        migrations.RunSQL(LATE, NO_LATE),
        migrations.RunSQL(INDEXES, NO_INDEXES),
    ]
