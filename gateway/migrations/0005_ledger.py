"""The ledger, partitioned by day like the attempts it charges, and the epoch for the new configuration tables."""

from importlib import import_module

from django.db import migrations

trigger = import_module("gateway.migrations.0003_config_epoch").trigger

LEDGER = """
CREATE TABLE gateway_ledgerentry (
    id uuid NOT NULL,
    day date NOT NULL,
    at timestamptz NOT NULL,
    kind varchar(10) NOT NULL,
    attempt_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    team_id bigint,
    user_id bigint,
    key_id uuid,
    account varchar(64) NOT NULL DEFAULT '',
    vendor varchar(40) NOT NULL DEFAULT '',
    model varchar(200) NOT NULL DEFAULT '',
    tier varchar(10) NOT NULL DEFAULT '',
    surface varchar(24) NOT NULL DEFAULT '',
    input_tokens bigint,
    output_tokens bigint,
    cache_read_tokens bigint,
    cache_write_5m_tokens bigint,
    cache_write_1h_tokens bigint,
    reasoning_tokens bigint,
    amount_usd numeric(20, 10),
    is_estimate boolean NOT NULL DEFAULT false,
    price_version varchar(60) NOT NULL DEFAULT '',
    reason varchar(200) NOT NULL DEFAULT '',
    PRIMARY KEY (id, day)
) PARTITION BY RANGE (day);
CREATE TABLE gateway_ledgerentry_default PARTITION OF gateway_ledgerentry DEFAULT;
CREATE UNIQUE INDEX gateway_ledgerentry_one_charge ON gateway_ledgerentry (attempt_id, day) WHERE kind = 'charge';
CREATE INDEX gateway_ledgerentry_team ON gateway_ledgerentry (team_id, at);
CREATE INDEX gateway_ledgerentry_at ON gateway_ledgerentry (at);
"""
APPEND_ONLY = """
CREATE FUNCTION gateway_ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: write an adjustment';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON gateway_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION gateway_ledger_is_append_only();
"""
USER = "UPDATE OF username, is_active, requests_per_minute, tokens_per_minute, parallel_requests"


class Migration(migrations.Migration):
    dependencies = [("gateway", "0004_money"), ("accounts", "0002_money"), ("routing", "0002_money")]

    operations = [
        migrations.RunSQL(LEDGER, "DROP TABLE gateway_ledgerentry"),
        migrations.RunSQL(APPEND_ONLY, "DROP FUNCTION gateway_ledger_is_append_only() CASCADE"),
        *[trigger(table) for table in ("accounts_budget", "accounts_budgetincrease", "routing_pricebook")],
        migrations.RunSQL(
            "DROP TRIGGER bump_config_epoch ON accounts_user", migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            "CREATE TRIGGER bump_config_epoch AFTER INSERT OR DELETE OR TRUNCATE OR "
            f"{USER} ON accounts_user FOR EACH STATEMENT EXECUTE FUNCTION gateway_bump_config_epoch()",
            migrations.RunSQL.noop,
        ),
    ]
