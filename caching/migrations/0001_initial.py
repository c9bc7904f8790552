"""Answers kept from earlier requests, checks of near matches, a team's standing, and what makes vectors."""

from importlib import import_module

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import lynkr_site.ids
import pgvector.django.halfvec
from django.conf import settings
from django.db import migrations, models

trigger = import_module("gateway.migrations.0003_config_epoch").trigger

# By the database, not by Django, which would read every row before it deletes it.
KEYS = [
    ("caching_entry", "team_id", "accounts_team", "CASCADE"),
    ("caching_entry", "user_id", "accounts_user", "CASCADE"),
    ("caching_check", "team_id", "accounts_team", "CASCADE"),
    ("caching_check", "user_id", "accounts_user", "CASCADE"),
    ("caching_check", "entry_id", "caching_entry", "SET NULL"),
]

# Cipher text does not compress. An exact scan reads vectors, so they stay in the row while answers move out of it, and an
# update that counts a hit finds room in its page, so that no index is touched.
STORAGE = """
ALTER TABLE caching_entry
    ALTER answer SET STORAGE EXTERNAL,
    ALTER ask_sealed SET STORAGE EXTERNAL,
    ALTER vector SET STORAGE MAIN,
    SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05),
    ADD CONSTRAINT entry_exact_length CHECK (octet_length(exact) = 32),
    ADD CONSTRAINT entry_vector_length CHECK (
        (vector IS NULL) = (dimension IS NULL) AND (vector IS NULL OR vector_dims(vector) = dimension)
    );
ALTER TABLE caching_check
    ALTER kept_ask_sealed SET STORAGE EXTERNAL,
    ALTER ask_sealed SET STORAGE EXTERNAL,
    ALTER kept_answer_sealed SET STORAGE EXTERNAL,
    ALTER fresh_answer_sealed SET STORAGE EXTERNAL;
"""


def key(table: str, column: str, other: str, deed: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fk FOREIGN KEY ({column}) "
        f"REFERENCES {other} (id) ON DELETE {deed} DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_fk",
    )


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0004_key_passthrough'),
        ('gateway', '0014_hour_long_writes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CacheIndex',
            fields=[
                ('name', models.CharField(max_length=63, primary_key=True, serialize=False)),
                ('scope', models.TextField()),
                ('context', models.BinaryField(max_length=32)),
                ('embedder', models.CharField(max_length=120)),
                ('dimension', models.IntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'caching_index',
            },
        ),
        migrations.CreateModel(
            name='CacheEntry',
            fields=[
                ('id', models.UUIDField(default=lynkr_site.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('scope', models.TextField()),
                ('exact', models.BinaryField(max_length=32)),
                ('context', models.BinaryField(max_length=32, null=True)),
                ('ask_sealed', models.BinaryField(null=True)),
                ('answer', models.BinaryField()),
                ('target', models.CharField(max_length=300)),
                ('tier', models.CharField(blank=True, max_length=10)),
                ('policy', models.CharField(blank=True, max_length=60)),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), default=list, size=None)),
                ('input_tokens', models.BigIntegerField(null=True)),
                ('output_tokens', models.BigIntegerField(null=True)),
                ('cost_usd', models.DecimalField(decimal_places=10, max_digits=20, null=True)),
                ('embedder', models.CharField(blank=True, max_length=120)),
                ('dimension', models.IntegerField(null=True)),
                ('vector', pgvector.django.halfvec.HalfVectorField(null=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('hits', models.IntegerField(default=0)),
                ('last_hit_at', models.DateTimeField(null=True)),
                ('bytes', models.IntegerField(default=0)),
                ('most', models.IntegerField(default=50000)),
                ('quarantined_at', models.DateTimeField(null=True)),
                ('team', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.team')),
                ('user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'cache entries',
                'db_table': 'caching_entry',
            },
        ),
        migrations.CreateModel(
            name='CacheCheck',
            fields=[
                ('id', models.UUIDField(default=lynkr_site.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('scope', models.TextField()),
                ('mode', models.CharField(max_length=10)),
                ('kept_ask_sealed', models.BinaryField(null=True)),
                ('ask_sealed', models.BinaryField(null=True)),
                ('kept_answer_sealed', models.BinaryField(null=True)),
                ('fresh_answer_sealed', models.BinaryField(null=True)),
                ('similarity', models.FloatField()),
                ('gate', models.CharField(blank=True, max_length=20)),
                ('why', models.CharField(blank=True, max_length=200)),
                ('verdict', models.CharField(blank=True, max_length=10)),
                ('judged_by', models.CharField(blank=True, max_length=12)),
                ('judged_at', models.DateTimeField(null=True)),
                ('cost_usd', models.DecimalField(decimal_places=10, max_digits=20, null=True)),
                ('team', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.team')),
                ('user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entry', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='checks', to='caching.cacheentry')),
            ],
            options={
                'db_table': 'caching_check',
            },
        ),
        migrations.CreateModel(
            name='CacheStanding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('checks', models.IntegerField(default=0)),
                ('wrong', models.IntegerField(default=0)),
                ('off_since', models.DateTimeField(blank=True, null=True)),
                ('off_why', models.CharField(blank=True, max_length=300)),
                ('raised_floor', models.FloatField(default=0.0)),
                ('team', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='cache_standing', to='accounts.team')),
            ],
            options={
                'db_table': 'caching_standing',
            },
        ),
        migrations.CreateModel(
            name='EmbeddingSettings',
            fields=[
                ('id', models.SmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('embedded', 'the one that comes with Lynkr'), ('account', 'a provider account'), ('off', 'none: only the same request is found')], default='embedded', max_length=10)),
                ('model', models.CharField(blank=True, max_length=200)),
                ('dimension', models.PositiveIntegerField(blank=True, help_text='Asked of the model. Empty: its own.', null=True)),
                ('milliseconds', models.PositiveIntegerField(default=150, help_text='A request waits so long for its vector and then goes on without.')),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gateway.provideraccount')),
            ],
            options={
                'verbose_name': 'embedding settings',
                'verbose_name_plural': 'embedding settings',
                'db_table': 'caching_embeddingsettings',
            },
        ),
        migrations.AddIndex(
            model_name='cacheentry',
            index=models.Index(fields=['scope', 'context', 'embedder'], name='entry_near'),
        ),
        migrations.AddIndex(
            model_name='cacheentry',
            index=models.Index(fields=['team', 'created_at'], name='entry_age'),
        ),
        migrations.AddIndex(
            model_name='cacheentry',
            index=django.contrib.postgres.indexes.GinIndex(fields=['tags'], name='entry_tags'),
        ),
        migrations.AddConstraint(
            model_name='cacheentry',
            constraint=models.UniqueConstraint(fields=('scope', 'exact'), name='one_entry_a_request'),
        ),
        migrations.AddConstraint(
            model_name='cacheentry',
            constraint=models.CheckConstraint(condition=models.Q(('scope', ''), _negated=True), name='entry_has_a_scope'),
        ),
        migrations.AddIndex(
            model_name='cachecheck',
            index=models.Index(fields=['team', '-at'], name='check_age'),
        ),
        migrations.AddConstraint(
            model_name='embeddingsettings',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='one_embedding_settings'),
        ),
        *[key(*given) for given in KEYS],
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        trigger("caching_standing", "UPDATE OF off_since, off_why, raised_floor"),
        trigger("caching_embeddingsettings"),
    ]
