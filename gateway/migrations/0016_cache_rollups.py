"""How many requests were looked for in the answer cache, and answered by it.

Hours counted before have 0; the newest two are counted anew by themselves, `rollups.rebuild` does others.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gateway", "0015_operation_cache")]

    operations = [
        migrations.AddField(model, name, models.BigIntegerField(default=0, help_text=words))
        for model in ("usageday", "usagehour")
        for name, words in (
            ("cache_lookups", "Requests that were looked for in the answer cache."),
            ("cache_hits", "Of those, the ones it answered."),
        )
    ]
