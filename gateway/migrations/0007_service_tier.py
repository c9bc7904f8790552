"""The service tier (batch, flex, priority) that an attempt was served by and its charge priced by.

Adding a column with a constant default rewrites no partition.
"""

from django.db import migrations

ADD = """
ALTER TABLE gateway_attempt ADD COLUMN service_tier varchar(12) NOT NULL DEFAULT '';
ALTER TABLE gateway_ledgerentry ADD COLUMN service_tier varchar(12) NOT NULL DEFAULT '';
"""
DROP = """
ALTER TABLE gateway_ledgerentry DROP COLUMN service_tier;
ALTER TABLE gateway_attempt DROP COLUMN service_tier;
"""


class Migration(migrations.Migration):
    dependencies = [("gateway", "0006_ledger_rollups")]

    operations = [migrations.RunSQL(ADD, DROP)]
