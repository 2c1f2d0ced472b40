from django.db import migrations, models

# Until now the page of a visitor stood among the fields of our own, under a key that somebody may
# give to a field too. Only the chat put an object there: what a field holds is text, a number or a
# flag. One statement each, as there may be many conversations.
_POSTGRESQL = """
UPDATE desk_conversation SET visit = fields -> 'visit', fields = fields - 'visit'
WHERE jsonb_typeof(fields -> 'visit') = 'object'
"""
_SQLITE = """
UPDATE desk_conversation
SET visit = json_extract(fields, '$.visit'), fields = json_remove(fields, '$.visit')
WHERE json_type(fields, '$.visit') = 'object'
"""


def _moved(apps, schema_editor):
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    schema_editor.execute(_SQLITE if is_sqlite else _POSTGRESQL)


class Migration(migrations.Migration):
    dependencies = [("desk", "0017_search_again")]

    operations = [
        # Null where nobody came from a site: SQLite adds such a column without a new table.
        migrations.AddField("conversation", "visit", models.JSONField(null=True)),
        migrations.RunPython(_moved, migrations.RunPython.noop),
    ]
