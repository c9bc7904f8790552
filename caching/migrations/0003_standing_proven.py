"""Whether checks have shown that few enough near matches are wrong, which requests learn; and which checks are counted."""

from importlib import import_module

from django.db import migrations, models

trigger = import_module("gateway.migrations.0003_config_epoch").trigger

BEFORE = "UPDATE OF off_since, off_why, raised_floor"


class Migration(migrations.Migration):
    dependencies = [("caching", "0002_row_security")]

    operations = [
        migrations.AddField("cachestanding", "proven", models.BooleanField(default=False)),
        migrations.AddField("cachecheck", "counted", models.BooleanField(default=False)),
        migrations.AddConstraint(
            "cachestanding",
            models.CheckConstraint(
                condition=models.Q(("wrong__gte", 0), ("wrong__lte", models.F("checks"))),
                name="no_more_wrong_than_checks",
            ),
        ),
        migrations.RunSQL(
            "DROP TRIGGER bump_config_epoch ON caching_standing",
            trigger("caching_standing", BEFORE).sql,
        ),
        trigger("caching_standing", f"{BEFORE}, proven"),
    ]
