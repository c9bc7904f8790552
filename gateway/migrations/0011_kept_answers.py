"""Answers kept for a repeat with the same Idempotency-Key (CUT-18)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gateway', '0010_operation_features'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeptAnswer',
            fields=[
                ('id', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('fingerprint', models.CharField(max_length=64)),
                ('claim', models.UUIDField()),
                ('answer', models.BinaryField(null=True)),
                ('expires_at', models.DateTimeField(db_index=True)),
            ],
        ),
    ]
