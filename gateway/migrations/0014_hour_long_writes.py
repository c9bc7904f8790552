"""Of the tokens written to a provider's cache, those kept for an hour: they cost more than the others.

Days counted before have 0; `rollups.rebuild` counts them anew.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gateway", "0013_savings")]

    operations = [
        migrations.AddField(
            model,
            "cache_write_1h_tokens",
            models.BigIntegerField(default=0, help_text="Of those, the ones kept for an hour."),
        )
        for model in ("usageday", "usagehour")
    ]
