"""What a request was judged by, in numbers that hold no text: for explaining it, and for saying what another policy would do.

Adding a column with a constant default rewrites no partition.
"""

from django.db import migrations

ADD = "ALTER TABLE gateway_operation ADD COLUMN features jsonb NOT NULL DEFAULT '{}'"
DROP = "ALTER TABLE gateway_operation DROP COLUMN features"


class Migration(migrations.Migration):
    dependencies = [("gateway", "0009_list_indexes")]

    operations = [migrations.RunSQL(ADD, DROP)]
