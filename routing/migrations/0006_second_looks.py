from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('routing', '0005_policy_versions'),
    ]

    operations = [
        migrations.AddField(
            model_name='routingpolicy',
            name='badge',
            field=models.BooleanField(default=False, help_text='End answers with a visible line that says which tier and model gave them.'),
        ),
        migrations.AddField(
            model_name='routingpolicy',
            name='borderline',
            field=models.PositiveSmallIntegerField(default=5, help_text='An ask is borderline when its score is this near to a bound, in points.', validators=[MaxValueValidator(50)]),
        ),
        migrations.AddField(
            model_name='routingpolicy',
            name='cascade',
            field=models.BooleanField(default=False, help_text='Check cheap answers that are not streamed (empty, repeating, cut off, broken calls, wrong language), and let the next tier answer where one fails. Both are paid for.'),
        ),
        migrations.AddField(
            model_name='routingpolicy',
            name='explore_percent',
            field=models.PositiveSmallIntegerField(default=0, help_text='The share of borderline asks that goes to the neighbouring tier, to learn from.', validators=[MaxValueValidator(50)]),
        ),
        migrations.AddField(
            model_name='routingpolicy',
            name='judge',
            field=models.CharField(blank=True, help_text='A model (account/model) that is asked how hard a borderline ask is. It sees the ask. Empty: none.', max_length=300),
        ),
        migrations.AddField(
            model_name='routingpolicy',
            name='judge_milliseconds',
            field=models.PositiveIntegerField(default=800, help_text='How long its answer is waited for; after that the score counts.', validators=[MinValueValidator(50), MaxValueValidator(10000)]),
        ),
    ]
