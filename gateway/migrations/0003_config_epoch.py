"""Every change of configuration bumps one epoch and notifies "lynkr_config" when it commits.

Triggers, not signals: SQL, `apply`, the admin and `QuerySet.update` all count, and the notification leaves with the commit.
A sign-in writes only `last_login`, which no trigger watches.
"""

from django.db import migrations

TABLES = [
    "accounts_team",
    "accounts_membership",
    "accounts_apikey",
    "gateway_provideraccount",
    "gateway_providersecret",
    "routing_tiermap",
    "routing_tiertarget",
    "routing_routingpolicy",
    "routing_cataloguemodel",
    "routing_priceoverride",
]

EPOCH = """
CREATE TABLE gateway_config_epoch (
    id smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    epoch bigint NOT NULL
);
INSERT INTO gateway_config_epoch (epoch) VALUES (1);
CREATE FUNCTION gateway_bump_config_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    current bigint;
BEGIN
    INSERT INTO gateway_config_epoch AS row (id, epoch) VALUES (1, 1)
        ON CONFLICT (id) DO UPDATE SET epoch = row.epoch + 1 RETURNING epoch INTO current;
    PERFORM pg_notify('lynkr_config', current::text);
    RETURN NULL;
END
$$;
"""

NO_EPOCH = "DROP FUNCTION gateway_bump_config_epoch(); DROP TABLE gateway_config_epoch"


def trigger(table: str, update: str = "UPDATE") -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER bump_config_epoch AFTER INSERT OR DELETE OR TRUNCATE OR {update} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION gateway_bump_config_epoch()",
        f"DROP TRIGGER bump_config_epoch ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0002_operations"),
        ("accounts", "0001_initial"),
        ("routing", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(EPOCH, NO_EPOCH),
        *[trigger(table) for table in TABLES],
        trigger("accounts_user", "UPDATE OF username, is_active"),
    ]
