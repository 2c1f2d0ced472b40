from django.db import migrations

CREATE = {
    "sqlite": [
        # Stems are made by us, so the tokenizer has nothing to fold.
        "CREATE VIRTUAL TABLE desk_search USING fts5(stems, detail=none, columnsize=0,"
        " tokenize='unicode61 remove_diacritics 0')",
    ],
    "postgresql": [
        "CREATE TABLE desk_search (message_id bigint PRIMARY KEY, stems tsvector NOT NULL)",
        "CREATE INDEX desk_search_stems ON desk_search USING gin (stems)",
    ],
}


def create(apps, schema_editor):
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE desk_search")


class Migration(migrations.Migration):

    dependencies = [
        ('desk', '0001_initial'),
    ]

    operations = [migrations.RunPython(create, drop)]
