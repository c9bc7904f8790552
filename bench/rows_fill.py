"""Ten million calls with their requests, charges, people and roll-ups, made in SQL, a day's partition at a time.

Every partition is filled before it is attached: its indexes are then built in one go, as the migrations describe them, and
the triggers that note late hours have nothing to do. Partitions are UNLOGGED, which changes writing only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from gateway import partitions, rollups

DAYS = 90
CALLS_PER_REQUEST = 1.05


@dataclass(frozen=True)
class Size:
    """How much there is. `rows` are calls (attempts) over `days` days, evenly; requests are a twentieth fewer."""

    rows: int = 10_000_000
    days: int = DAYS
    teams: int = 40
    users: int = 500
    keys: int = 700
    audit_events: int = 300_000

    @property
    def requests_a_day(self) -> int:
        return int(self.rows / CALLS_PER_REQUEST / self.days)


def fill(size: Size, say: Callable[[str], Any] = print) -> None:
    """Fill an empty, migrated database (Django's connection)."""
    with connection.cursor() as cursor:
        for statement in (_PEOPLE, _CONFIGURATION, _BUDGETS, _HISTORY):
            cursor.execute("SET session_replication_role = replica")  # no trigger of the configuration per row
            cursor.execute(statement, _words(size))
        cursor.execute("SET session_replication_role = DEFAULT")
    for n in range(size.days):
        day = partitions.today() - dt.timedelta(days=n)
        _fill_day(size, day)
        if n % 10 == 9:
            say(f"{n + 1} of {size.days} days")
    say("roll-ups")
    rollups.rebuild(partitions.today() - dt.timedelta(days=size.days - 1), partitions.today())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _words(size: Size) -> dict[str, int]:
    return {"teams": size.teams, "users": size.users, "keys": size.keys, "events": size.audit_events}


def _fill_day(size: Size, day: dt.date) -> None:
    seconds = 86_400
    if day == partitions.today():
        now = dt.datetime.now(dt.UTC)
        seconds = max(60, now.hour * 3600 + now.minute * 60 + now.second)
    newest = day == partitions.today()
    values = {**_words(size), "day": day, "seconds": seconds, "rows": size.requests_a_day, "open": 20 if newest else 0}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS made")
        cursor.execute(_REQUESTS, values)
        for parent, source in (
            ("gateway_operation", _OPERATIONS),
            ("gateway_attempt", _ATTEMPTS),
            ("gateway_ledgerentry", _CHARGES),
        ):
            name = f"{parent}_{day:%Y%m%d}"
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE UNLOGGED TABLE {name} (LIKE {parent} INCLUDING DEFAULTS)")
            cursor.execute(source.replace("INTO target", f"INTO {name}"))
            following = day + dt.timedelta(days=1)
            cursor.execute(f"ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ('{day}') TO ('{following}')")


_ZEROS = "lpad(to_hex({}), 32, '0')::uuid"
_PEOPLE = f"""
INSERT INTO accounts_team (id, slug, name, cost_center, is_active, created_at)
SELECT n, 'team-' || n, 'Team ' || n, 'CC-' || n %% 12, true, now() FROM generate_series(1, %(teams)s) n;
INSERT INTO accounts_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
    date_joined, is_service)
SELECT n, '!', false, 'user-' || n, 'First', 'Last', 'user-' || n || '@example.com', false, true, now(), n %% 50 = 0
FROM generate_series(1, %(users)s) n;
SELECT setval('accounts_team_id_seq', %(teams)s), setval('accounts_user_id_seq', %(users)s);
INSERT INTO accounts_membership (team_id, user_id, role)
SELECT (n - 1) %% %(teams)s + 1, n, CASE WHEN n <= %(teams)s THEN 'lead' ELSE 'member' END
FROM generate_series(1, %(users)s) n;
INSERT INTO accounts_apikey (id, name, prefix, digest, team_id, user_id, scopes, model_allowlist, passthrough,
    revoked_because, created_at)
SELECT {_ZEROS.format("n")}, 'key-' || n, 'lyk_' || lpad(to_hex(n), 8, '0'), sha256(n::text::bytea),
    (n %% %(users)s) %% %(teams)s + 1, n %% %(users)s + 1, '[]', '[]', false, '', now()
FROM generate_series(0, %(keys)s - 1) n;
INSERT INTO accounts_keyuse (key_id, last_used_on) SELECT id, current_date FROM accounts_apikey;
"""
_CONFIGURATION = """
INSERT INTO gateway_provideraccount (id, name, vendor, base_url, options, weight, enabled, created_at)
SELECT n + 1, 'account-' || n, CASE WHEN n < 3 THEN 'openai-compatible' ELSE 'anthropic' END, '', '{}', 1, true, now()
FROM generate_series(0, 5) n;
SELECT setval('gateway_provideraccount_id_seq', 6);
INSERT INTO routing_tiermap (id, team_id, version) SELECT n, n, 50 FROM generate_series(1, %(teams)s) n;
INSERT INTO routing_tiertarget (tier_map_id, tier, position, account_id, model)
SELECT n, tier, place, (n + place) %% 6 + 1, 'model-' || (n + place) %% 12
FROM generate_series(1, %(teams)s) n, unnest(array['SIMPLE', 'MEDIUM', 'COMPLEX', 'REASONING']) tier,
    generate_series(0, 2) place;
INSERT INTO routing_tiermapversion (tier_map_id, number, content, reason, author_id, created_at)
SELECT n, number, '{"SIMPLE": ["account-1/model-1"], "COMPLEX": ["account-4/model-4"]}', 'tuned', n, now()
FROM generate_series(1, %(teams)s) n, generate_series(1, 50) number;
INSERT INTO routing_routingpolicy (team_id, version, auto_names, fallback, pinned_tier, sticky,
    capture_content, unknown_price, simple_up_to, medium_up_to, complex_up_to,
    cascade, judge, judge_milliseconds, borderline, explore_percent, badge, calibrate,
    compress_results, tool_selection, cache_marks, bypass, terse, trim_history, repair_calls, hold_out_percent,
    cache, cache_scope, cache_hours, cache_temperature, cache_gate, cache_judge, cache_check_percent, cache_error_percent,
    cache_prove, cache_entries, cache_entry_kb)
SELECT n, 1, '["auto"]', true, '', true,
    false, 'allow', 25, 50, 75, false, '', 800, 5, 0, false, 'off',
    true, 'off', '5m', true, 'off', false, true, 5,
    'exact', 'user', 24, 0, 'balanced', '', 5, 0.5, false, 50000, 256 FROM generate_series(1, %(teams)s) n;
INSERT INTO routing_cataloguemodel (account_id, model, alias, enabled)
SELECT n %% 6 + 1, 'model-' || n, 'name-' || n, true FROM generate_series(0, 299) n;
INSERT INTO routing_priceoverride (team_id, model, input, output, is_free)
SELECT CASE WHEN n > %(teams)s THEN NULL ELSE n END, 'model-' || n, 1, 2, false FROM generate_series(1, 200) n;
INSERT INTO routing_pricebook (effective_from, source, digest, content, models_count, created_at)
SELECT now() - n * interval '1 day', 'list', lpad(n::text, 64, '0'), decode(repeat(md5(n::text), 8000), 'hex'), 3000, now()
FROM generate_series(1, 120) n;
"""
_BUDGETS = """
INSERT INTO accounts_budget (id, team_id, user_id, model_pattern, "window", rolling, time_zone, "limit", soft_action,
    cap_tier, is_active, version, set_by_admin, created_at)
SELECT gen_random_uuid(), team, person, '', word, rolling, 'UTC', 100000, 'notify', '', true, 1, true, now()
FROM (SELECT n AS team, NULL::bigint AS person FROM generate_series(1, %(teams)s) n
    UNION ALL SELECT NULL, n FROM generate_series(1, %(users)s) n) AS of_whom,
    (VALUES ('month', false), ('day', false), ('week', true)) AS windows (word, rolling);
INSERT INTO accounts_budgetwindow (budget_id, window_start, spent, leased, notified)
SELECT id, date_trunc('day', now(), 'UTC') - n * interval '1 day', 1.5, 0, 0
FROM accounts_budget, generate_series(0, 89) n WHERE "window" <> 'month' OR n %% 30 = 0;
INSERT INTO accounts_budgetincrease (budget_id, amount, expires_at, reason, created_at)
SELECT id, 10, now() + interval '1 day', '', now() FROM accounts_budget LIMIT 200;
"""
_HISTORY = """
INSERT INTO accounts_auditevent (id, at, actor_id, actor_name, via, action, object_type, object_id, object_name, team_id,
    before, after)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000' || '8' || lpad(to_hex(n), 15, '0'))::uuid,
    at, n %% %(users)s + 1, 'user-' || n %% %(users)s + 1, (array['admin', 'api', 'portal', 'sso'])[n %% 4 + 1],
    (array['created', 'changed', 'deleted'])[n %% 3 + 1], (array['ApiKey', 'Membership', 'Budget', 'Team'])[n %% 4 + 1],
    (n %% 5000)::text, 'thing ' || n %% 5000, n %% %(teams)s + 1, '{"limit": "10"}', '{"limit": "20"}'
FROM (SELECT n, now() - n * interval '90 days' / %(events)s AS at FROM generate_series(0, %(events)s - 1) n) AS moments;
INSERT INTO gateway_alert (kind, subject, message, opened_at, last_seen_at, closed_at)
SELECT 'books', 'day ' || n, 'differ', now() - n * interval '1 hour', now(), now() FROM generate_series(1, 2000) n;
"""


def _id(moment: str, rest: str) -> str:
    """A uuid7 of that moment."""
    return (
        f"(lpad(to_hex((extract(epoch FROM {moment}) * 1000)::bigint), 12, '0') || '7' || substr({rest}, 1, 3) || '8' "
        f"|| substr({rest}, 4, 15))::uuid"
    )


# A key is used from one client and for four models, as a tier map has them; few keys make most of the traffic.
_REQUESTS = """
CREATE TEMP TABLE made AS SELECT n, started_at, md5(n::text || started_at::text) AS chance,
    key, key %% %(users)s + 1 AS person, (key %% %(users)s) %% %(teams)s + 1 AS team, (key + place) %% 12 AS model,
    place, (array['anthropic', 'openai_chat', 'openai_responses'])[key %% 3 + 1] AS surface,
    CASE WHEN n <= %(open)s THEN 'open' WHEN fate < 0.95 THEN 'completed' WHEN fate < 0.97 THEN 'interrupted'
        WHEN fate < 0.985 THEN 'rejected' WHEN fate < 0.995 THEN 'failed' WHEN fate < 0.999 THEN 'refused'
        ELSE 'truncated' END AS status, n %% 20 = 0 AS again, (random() * 30000)::int AS tokens
FROM (SELECT n, %(day)s::date::timestamp AT TIME ZONE 'UTC' + n * (%(seconds)s / (%(rows)s + 1.0)) * interval '1 second'
        AS started_at, floor(%(keys)s * random() ^ 2)::int AS key, floor(4 * random() ^ 2)::int AS place, random() AS fate
    FROM generate_series(1, %(rows)s) n) AS drawn
"""
_COST = "CASE WHEN model <> 11 THEN tokens * 0.000003 END"
_OPERATIONS = f"""
INSERT INTO target (id, day, started_at, input_tokens, output_tokens, cache_read_tokens, cost_usd, first_token_ms, total_ms,
    team_id, user_id, key_id, key_prefix, surface, client, client_request_id, session_id, streamed, requested_model, tier,
    score, reason, decision, account, model, status, http_status, attempts)
SELECT {_id("started_at", "chance")}, (started_at AT TIME ZONE 'UTC')::date, started_at, tokens, tokens / 20, tokens * 3,
    {_COST}, 400, 4000, team, person, {_ZEROS.format("key")}, 'lyk_' || lpad(to_hex(key), 8, '0'), surface, 'claude-cli',
    'req-' || substr(chance, 1, 20), 'session-' || key || '-' || n / 2000, true, 'auto',
    (array['SIMPLE', 'MEDIUM', 'COMPLEX', 'REASONING'])[place + 1], 20, 'short question',
    '{{"asked": "auto", "tier": "SIMPLE", "targets": ["account-1/model-1"]}}', 'account-' || model % 6, 'model-' || model,
    status, CASE status WHEN 'open' THEN NULL WHEN 'completed' THEN 200 WHEN 'failed' THEN 502 ELSE 400 END, 1 + again::int
FROM made
"""
_ATTEMPTS = f"""
INSERT INTO target (id, day, started_at, input_tokens, output_tokens, cost_usd, first_token_ms, total_ms, operation_id,
    sequence, team_id, key_id, account, vendor, model, dialect, tier, status, upstream_status, upstream_request_id,
    price_version)
SELECT {_id("started_at", "reverse(chance)")}, (started_at AT TIME ZONE 'UTC')::date, started_at, tokens, tokens / 20,
    {_COST}, 400, 4000, {_id("started_at", "chance")}, again::int, team, {_ZEROS.format("key")}, 'account-' || model % 6,
    CASE WHEN model % 6 < 3 THEN 'openai-compatible' ELSE 'anthropic' END, 'model-' || model, 'anthropic', 'SIMPLE',
    CASE status WHEN 'completed' THEN 'settled' WHEN 'refused' THEN 'rejected' ELSE status END, 200, 'req_' || n, 'book 1'
FROM made
UNION ALL
SELECT {_id("started_at", "md5(chance)")}, (started_at AT TIME ZONE 'UTC')::date, started_at, NULL, NULL, NULL, NULL, 300,
    {_id("started_at", "chance")}, 0, team, {_ZEROS.format("key")}, 'account-' || (model + 1) % 6, 'anthropic',
    'model-' || model, 'anthropic', 'SIMPLE', 'failed', 529, 'req_' || n, ''
FROM made WHERE again
"""
_CHARGES = f"""
INSERT INTO target (id, day, at, kind, attempt_id, operation_id, team_id, user_id, key_id, account, vendor, model, tier,
    surface, input_tokens, output_tokens, cache_read_tokens, amount_usd, price_version)
SELECT {_id("started_at", "chance")}, (started_at AT TIME ZONE 'UTC')::date, started_at, 'charge',
    {_id("started_at", "reverse(chance)")}, {_id("started_at", "chance")}, team, person, {_ZEROS.format("key")},
    'account-' || model % 6, CASE WHEN model % 6 < 3 THEN 'openai-compatible' ELSE 'anthropic' END, 'model-' || model,
    (array['SIMPLE', 'MEDIUM', 'COMPLEX', 'REASONING'])[place + 1], surface, tokens, tokens / 20, tokens * 3,
    {_COST}, 'book 1'
FROM made WHERE status IN ('completed', 'interrupted', 'truncated')
"""
