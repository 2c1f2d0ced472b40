import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]

    operations = [
        # Only the index goes: Django would write the whole table anew on SQLite.
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL("DROP INDEX contacts_contact_merged_into_id_940ac4a0")],
            [
                migrations.AlterField(
                    "contact",
                    "merged_into",
                    models.ForeignKey(
                        "contacts.contact",
                        django.db.models.deletion.PROTECT,
                        null=True,
                        related_name="merged",
                        db_index=False,
                    ),
                )
            ],
        ),
        migrations.AddIndex(
            "contact",
            models.Index(
                fields=["merged_into"],
                name="contact_merged_into",
                condition=models.Q(merged_into__isnull=False),
            ),
        ),
    ]
