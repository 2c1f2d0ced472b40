from django.db import migrations

# Two marks in each row say whose it is, prefixes of two to five letters are indexed, because a
# search as one types asks for them at every key, and clients get an index of their own.
_MARKS = "τ' || coalesce(c.team_id, 0) || '{}α' || coalesce(c.assignee_id, 0)"
_JOIN = "JOIN desk_message m ON m.id = {} JOIN desk_conversation c ON c.number = m.conversation_id"
_FTS = (
    "fts5(stems, detail=none, columnsize=0, prefix='2 3 4 5',"
    " tokenize='unicode61 remove_diacritics 0')"
)
CREATE = {
    "sqlite": [
        f"CREATE VIRTUAL TABLE desk_search_new USING {_FTS}",
        "INSERT INTO desk_search_new (rowid, stems)"
        f" SELECT s.rowid, '{_MARKS.format(' ')} || ' ' || s.stems"
        f" FROM desk_search s {_JOIN.format('s.rowid')} ORDER BY s.rowid",
        "DROP TABLE desk_search",
        "ALTER TABLE desk_search_new RENAME TO desk_search",
        f"CREATE VIRTUAL TABLE desk_search_contact USING {_FTS}",
    ],
    "postgresql": [
        "UPDATE desk_search SET stems = stems || array_to_tsvector(string_to_array("
        f"'{_MARKS.format(' ')}, ' '))"
        " FROM desk_message m JOIN desk_conversation c ON c.number = m.conversation_id"
        " WHERE m.id = desk_search.message_id",
        "CREATE TABLE desk_search_contact (contact_id bigint PRIMARY KEY, stems tsvector NOT NULL)",
        "CREATE INDEX desk_search_contact_stems ON desk_search_contact USING gin (stems)",
    ],
}


def create(apps, schema_editor):
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE desk_search_contact")


class Migration(migrations.Migration):

    dependencies = [
        ('desk', '0004_viewing'),
    ]

    operations = [migrations.RunPython(create, drop)]
