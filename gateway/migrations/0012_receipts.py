"""What the passes saved, by request and rolled up.

Adding a column with a constant default rewrites no partition.
"""

from django.db import migrations, models

ADD = """
ALTER TABLE gateway_operation ADD COLUMN tokens_saved bigint, ADD COLUMN saved_usd numeric(20, 10),
    ADD COLUMN passes jsonb NOT NULL DEFAULT '{}'
"""
DROP = "ALTER TABLE gateway_operation DROP COLUMN tokens_saved, DROP COLUMN saved_usd, DROP COLUMN passes"


class Migration(migrations.Migration):
    dependencies = [("gateway", "0011_kept_answers")]

    operations = [
        migrations.RunSQL(ADD, DROP),
        *(
            migrations.AddField(model, name, field)
            for model in ("usageday", "usagehour")
            for name, field in (
                (
                    "tokens_saved",
                    models.BigIntegerField(default=0, help_text="By the passes of gateway.compress, net."),
                ),
                ("saved_usd", models.DecimalField(decimal_places=10, default=0, max_digits=24)),
            )
        ),
    ]
