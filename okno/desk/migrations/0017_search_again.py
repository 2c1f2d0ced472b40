from django.db import migrations

# Words have more keys now. Nothing is emptied: the readers write each row of the index again, and
# what was found before is found meanwhile.
STATEMENTS = [
    "UPDATE spine_cursor SET last_id = 0 WHERE reader IN ('desk.search', 'desk.search_contacts')"
]


class Migration(migrations.Migration):

    dependencies = [
        ('desk', '0016_delivery_pages'),
        ('spine', '0001_initial'),
    ]

    operations = [migrations.RunSQL(STATEMENTS, migrations.RunSQL.noop)]
