from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('routing', '0003_rules'),
    ]

    operations = [
        migrations.AddField(
            model_name='routingpolicy',
            name='sticky',
            field=models.BooleanField(default=True, help_text='Keep a session on its model while its prompt is cached there, unless the task outgrows it or moving pays.'),
        ),
    ]
