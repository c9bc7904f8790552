"""Which teams may use a provider account; none named: all."""

from importlib import import_module

from django.db import migrations, models

trigger = import_module("gateway.migrations.0003_config_epoch").trigger


class Migration(migrations.Migration):
    dependencies = [("gateway", "0007_service_tier"), ("accounts", "0002_money")]

    operations = [
        migrations.AddField(
            model_name="provideraccount",
            name="teams",
            field=models.ManyToManyField(
                blank=True,
                help_text="Who may use it, by whatever name or tier. Empty: every team.",
                related_name="provider_accounts",
                to="accounts.team",
            ),
        ),
        trigger("gateway_provideraccount_teams"),
    ]
