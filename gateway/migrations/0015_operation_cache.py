"""What the answer cache had to do with an operation: a word (gateway.lookup). A constant default rewrites no partition."""

from django.db import migrations

ADD = "ALTER TABLE gateway_operation ADD COLUMN cache varchar(40) NOT NULL DEFAULT ''"
DROP = "ALTER TABLE gateway_operation DROP COLUMN cache"


class Migration(migrations.Migration):
    dependencies = [("gateway", "0014_hour_long_writes")]

    operations = [migrations.RunSQL(ADD, DROP)]
