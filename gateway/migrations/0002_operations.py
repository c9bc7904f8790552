"""Tables of operations and attempts, partitioned by day from the start (retention drops partitions, MIG-5), and pgvector.

The default partition is a safety net: a row whose day nobody prepared is kept, and moved when the partition is made.
"""

from django.db import migrations

USAGE = """
    input_tokens bigint,
    output_tokens bigint,
    cache_read_tokens bigint,
    cache_write_5m_tokens bigint,
    cache_write_1h_tokens bigint,
    reasoning_tokens bigint,
    cost_usd numeric(20, 10),
    is_estimate boolean NOT NULL DEFAULT false,
    first_token_ms integer,
    total_ms integer,
"""

OPERATION = f"""
CREATE TABLE gateway_operation (
    id uuid NOT NULL,
    day date NOT NULL,
    started_at timestamptz NOT NULL,
    {USAGE}
    team_id bigint,
    user_id bigint,
    key_id uuid,
    key_prefix varchar(16) NOT NULL DEFAULT '',
    surface varchar(24) NOT NULL DEFAULT '',
    client varchar(40) NOT NULL DEFAULT '',
    client_request_id varchar(120) NOT NULL DEFAULT '',
    session_id varchar(120) NOT NULL DEFAULT '',
    streamed boolean NOT NULL DEFAULT false,
    requested_model varchar(200) NOT NULL DEFAULT '',
    tier varchar(10) NOT NULL DEFAULT '',
    score smallint,
    reason varchar(200) NOT NULL DEFAULT '',
    decision jsonb NOT NULL DEFAULT '{{}}',
    account varchar(64) NOT NULL DEFAULT '',
    model varchar(200) NOT NULL DEFAULT '',
    status varchar(12) NOT NULL,
    http_status smallint,
    error_code varchar(60) NOT NULL DEFAULT '',
    error_message varchar(500) NOT NULL DEFAULT '',
    attempts smallint NOT NULL DEFAULT 0,
    losses jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (id, day)
) PARTITION BY RANGE (day);
CREATE TABLE gateway_operation_default PARTITION OF gateway_operation DEFAULT;
CREATE INDEX gateway_operation_team ON gateway_operation (team_id, id);
CREATE INDEX gateway_operation_key ON gateway_operation (key_id, id);
CREATE INDEX gateway_operation_open ON gateway_operation (started_at) WHERE status = 'open';
"""

ATTEMPT = f"""
CREATE TABLE gateway_attempt (
    id uuid NOT NULL,
    day date NOT NULL,
    started_at timestamptz NOT NULL,
    {USAGE}
    operation_id uuid NOT NULL,
    sequence smallint NOT NULL DEFAULT 0,
    team_id bigint,
    key_id uuid,
    account varchar(64) NOT NULL DEFAULT '',
    vendor varchar(40) NOT NULL DEFAULT '',
    model varchar(200) NOT NULL DEFAULT '',
    dialect varchar(24) NOT NULL DEFAULT '',
    tier varchar(10) NOT NULL DEFAULT '',
    status varchar(12) NOT NULL,
    upstream_status smallint,
    upstream_request_id varchar(120) NOT NULL DEFAULT '',
    error_code varchar(60) NOT NULL DEFAULT '',
    error_message varchar(500) NOT NULL DEFAULT '',
    price_version varchar(60) NOT NULL DEFAULT '',
    PRIMARY KEY (id, day)
) PARTITION BY RANGE (day);
CREATE TABLE gateway_attempt_default PARTITION OF gateway_attempt DEFAULT;
CREATE INDEX gateway_attempt_operation ON gateway_attempt (operation_id);
CREATE INDEX gateway_attempt_open ON gateway_attempt (started_at) WHERE status = 'open';
"""


class Migration(migrations.Migration):
    dependencies = [("gateway", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS vector", migrations.RunSQL.noop),
        migrations.RunSQL(OPERATION, "DROP TABLE gateway_operation"),
        migrations.RunSQL(ATTEMPT, "DROP TABLE gateway_attempt"),
    ]
