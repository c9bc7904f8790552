"""Requests read and write cache entries as the role `lynkr_cache`, to which a row of another scope does not exist (SEM-1).

The owner of the tables (the admin, Celery) sees all. Roles belong to the whole server: several databases may make this one
at the same time, and the last to go drops it. Where we may not make roles, the scope in every statement is the only filter,
and `gateway.store.PostgresMemory.problem` says so.
"""

from django.db import migrations

UP = """
DO $$
DECLARE
    turn int;
BEGIN
    FOR turn IN 1..5 LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lynkr_cache') THEN
                CREATE ROLE lynkr_cache NOLOGIN;
            END IF;
            IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
               AND NOT pg_has_role(current_user, 'lynkr_cache',
                   CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
                EXECUTE format('GRANT lynkr_cache TO %I', current_user);
            END IF;
            EXECUTE format('GRANT USAGE ON SCHEMA %I TO lynkr_cache', current_schema());
            GRANT SELECT, INSERT, UPDATE, DELETE ON caching_entry TO lynkr_cache;
            EXIT;
        EXCEPTION
            WHEN insufficient_privilege THEN
                RAISE NOTICE 'the role lynkr_cache cannot be made or used (%): cache entries are kept apart by the '
                    'statements alone', SQLERRM;
                EXIT;
            WHEN duplicate_object OR unique_violation OR undefined_object OR internal_error THEN
                -- another database of this server made or dropped it just now
                IF turn = 5 THEN
                    RAISE;
                END IF;
                PERFORM pg_sleep(0.1 * turn);
        END;
    END LOOP;
END
$$;
ALTER TABLE caching_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_scope ON caching_entry
    USING (scope = current_setting('lynkr.scope', true))
    WITH CHECK (scope = current_setting('lynkr.scope', true));
"""

DOWN = """
DROP POLICY own_scope ON caching_entry;
ALTER TABLE caching_entry DISABLE ROW LEVEL SECURITY;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'lynkr_cache') THEN
        REVOKE ALL ON caching_entry FROM lynkr_cache;
        EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM lynkr_cache', current_schema());
        BEGIN
            DROP ROLE lynkr_cache;
        EXCEPTION
            WHEN dependent_objects_still_exist OR insufficient_privilege OR undefined_object OR internal_error THEN
                RAISE NOTICE 'the role lynkr_cache stays: %', SQLERRM;
        END;
    END IF;
END
$$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('caching', '0001_initial'),
    ]

    operations = [migrations.RunSQL(UP, DOWN)]
