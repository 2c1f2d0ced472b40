import django.db.models.deletion
from django.db import migrations, models

OLD = ("desk_message_aside_id_f4ba27fc", "desk_message_conversation_id_e57d6598")


def _without_index(name, to, null):
    protect = django.db.models.deletion.PROTECT
    field = models.ForeignKey(to, protect, null=null, related_name="messages", db_index=False)
    return migrations.AlterField("message", name, field)


class Migration(migrations.Migration):
    dependencies = [("desk", "0010_few_indexes")]

    operations = [
        # Only the indexes go: Django would write the whole table anew on SQLite.
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(f"DROP INDEX {name}") for name in OLD],
            [
                _without_index("aside", "desk.aside", null=True),
                _without_index("conversation", "desk.conversation", null=False),
            ],
        ),
        migrations.AddIndex(
            "message",
            models.Index(
                fields=["aside"],
                name="message_aside",
                condition=models.Q(aside__isnull=False),
            ),
        ),
    ]
