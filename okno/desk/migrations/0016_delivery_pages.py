import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    # Apart from the one before: PostgreSQL alters no table whose rows have just been changed.
    dependencies = [("desk", "0015_deliveries_by_channel")]

    operations = [
        migrations.AlterField(
            "delivery",
            "channel",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="desk.channel",
            ),
        ),
        migrations.AddIndex(
            "delivery",
            models.Index(
                fields=["request"],
                name="delivery_on_page",
                condition=models.Q(request__isnull=False),
            ),
        ),
    ]
