"""History of policies, which begins with what they are now, and candidates that are judged beside the live ones."""

from importlib import import_module

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

trigger = import_module("gateway.migrations.0003_config_epoch").trigger
RULE = ("name", "kind", "scope", "form", "pattern", "tier", "enabled", "position", "note")
NO_SETTINGS = frozenset({"id", "team_id", "version"})


def first_versions(apps, schema_editor):
    policies, versions = apps.get_model("routing", "RoutingPolicy"), apps.get_model("routing", "PolicyVersion")
    rules = apps.get_model("routing", "RoutingRule")
    for row in policies.objects.all():
        names = (field.attname for field in row._meta.concrete_fields)
        content = {name: getattr(row, name) for name in names if name not in NO_SETTINGS}
        content["rules"] = [
            {name: getattr(rule, name) for name in RULE} for rule in rules.objects.filter(team_id=row.team_id).order_by("position", "id")
        ]
        versions.objects.create(
            policy=row, number=row.version, content=content, reason="as it was before there was a history"
        )


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0004_sticky_sessions"),
        ("gateway", "0003_config_epoch"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="routing.routingpolicy"
                    ),
                ),
            ],
            options={"ordering": ["-number"]},
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.UniqueConstraint(fields=("policy", "number"), name="one_policy_version"),
        ),
        migrations.CreateModel(
            name="ShadowPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.JSONField()),
                (
                    "share",
                    models.PositiveSmallIntegerField(
                        default=100,
                        help_text="Percent of the sessions it judges.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "team",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shadow_policy", to="accounts.team"
                    ),
                ),
            ],
            options={"verbose_name": "candidate policy", "verbose_name_plural": "candidate policies"},
        ),
        migrations.RunPython(first_versions, migrations.RunPython.noop),
        trigger("routing_shadowpolicy"),
    ]
