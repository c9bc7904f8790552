"""Receipts of the passes rolled up by hour and day, and what they save net."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_key_passthrough'),
        ('gateway', '0012_receipts'),
    ]

    operations = [
        migrations.CreateModel(
            name='PassDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('team_id', models.BigIntegerField(default=0)),
                ('name', models.CharField(max_length=40)),
                ('requests', models.BigIntegerField(default=0)),
                ('tokens_before', models.BigIntegerField(default=0)),
                ('tokens_after', models.BigIntegerField(default=0)),
                ('saved_usd', models.DecimalField(decimal_places=10, default=0, max_digits=24)),
                ('day', models.DateField()),
            ],
            options={
                'indexes': [models.Index(fields=['team_id', 'day'], name='gateway_pas_team_id_4dba52_idx')],
                'constraints': [models.UniqueConstraint(fields=('day', 'team_id', 'name'), name='one_pass_day')],
            },
        ),
        migrations.CreateModel(
            name='PassHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('team_id', models.BigIntegerField(default=0)),
                ('name', models.CharField(max_length=40)),
                ('requests', models.BigIntegerField(default=0)),
                ('tokens_before', models.BigIntegerField(default=0)),
                ('tokens_after', models.BigIntegerField(default=0)),
                ('saved_usd', models.DecimalField(decimal_places=10, default=0, max_digits=24)),
                ('hour', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['team_id', 'hour'], name='gateway_pas_team_id_023b49_idx')],
                'constraints': [models.UniqueConstraint(fields=('hour', 'team_id', 'name'), name='one_pass_hour')],
            },
        ),
        migrations.CreateModel(
            name='NetSavings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('computed_at', models.DateTimeField()),
                ('since', models.DateTimeField(help_text='Sessions that began then or later.')),
                ('days', models.PositiveSmallIntegerField()),
                ('sessions_treated', models.PositiveIntegerField(default=0)),
                ('sessions_held_out', models.PositiveIntegerField(default=0)),
                ('net_share', models.FloatField(null=True)),
                ('low', models.FloatField(help_text='95% interval.', null=True)),
                ('high', models.FloatField(null=True)),
                ('net_usd', models.DecimalField(decimal_places=10, max_digits=20, null=True)),
                ('gross_usd', models.DecimalField(decimal_places=10, default=0, max_digits=20)),
                ('cost_usd', models.DecimalField(decimal_places=10, default=0, max_digits=20)),
                ('team', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='net_savings', to='accounts.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('team',), name='one_net_savings', nulls_distinct=False)],
            },
        ),
    ]
