from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0011_few_asides")]

    operations = [
        # A column with a default of the database's own: SQLite need not write the whole table anew,
        # and a program of the version before, still running, may go on adding messages.
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    "ALTER TABLE desk_message"
                    " ADD COLUMN no_automatic_answer bool NOT NULL DEFAULT false",
                    "ALTER TABLE desk_message DROP COLUMN no_automatic_answer",
                )
            ],
            [
                migrations.AddField(
                    "message", "no_automatic_answer", models.BooleanField(default=False)
                )
            ],
        ),
    ]
