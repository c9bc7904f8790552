"""Whether checks have shown that few enough near matches are wrong, which requests learn; which checks are counted, and whose
answer each was of."""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

key = import_module("caching.migrations.0001_initial").key
trigger = import_module("gateway.migrations.0003_config_epoch").trigger

BEFORE = "UPDATE OF off_since, off_why, raised_floor"


class Migration(migrations.Migration):
    dependencies = [("caching", "0002_row_security")]

    operations = [
        migrations.AddField("cachestanding", "proven", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("cachecheck", "counted", models.BooleanField(default=False, db_default=False)),
        migrations.AddField(
            "cachecheck",
            "kept_user",
            models.ForeignKey(
                settings.AUTH_USER_MODEL,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
            ),
        ),
        key("caching_check", "kept_user_id", "accounts_user", "CASCADE"),
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
