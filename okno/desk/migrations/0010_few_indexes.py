"""Indexes that lists are walked by, and no others.

Without statistics SQLite takes `merged_into IS NULL` for rare and `LIMIT` for nothing, and sorts the
whole desk for one page. With those of one day it plans for the desk of that day. So it is told once
how a large one looks: https://www.sqlite.org/optoverview.html, section 6.2.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

OLD = (
    "desk_conversation_assignee_id_a5e246e4",
    "desk_conversation_channel_id_3244e7a4",
    "desk_conversation_merged_into_id_7aaa04ac",
    "desk_conversation_previous_id_40e6c1c8",
    "desk_conversation_request_type_id_44bad6b5",
    "desk_conversation_suggested_id_269e6241",
    "desk_conversation_team_id_351c4f39",
)
# Rows, then how many have the same first column, the same first two, and so on.
SIZES = {
    "conv_by_time": "1000000 1 1",
    "conv_by_status": "1000000 250000 1 1",
    # Half the desk: who may see a team is no way to find a page.
    "conv_by_team": "1000000 500000 1 1",
    "conv_by_agent": "1000000 50000 1 1",
    "conv_by_time_left": "10000 5000 1 1",
    "conv_live": "20000 1 1",
    "conv_snoozed": "1000 1 1",
    "conv_spam": "1000 1 1",
    "conv_binned": "1000 1 1",
    "conv_ringing": "1000 1",
    "conv_request_type": "1000000 100000",
    "conv_merged_into": "1000 1",
    "conv_previous": "1000 1",
    "conv_suggested": "1000 1",
    "one_open_conversation": "10000 5000 1 1",
    "desk_conversation_requester_id_0563e32c": "1000000 4",
    "desk_conversation_identity_id_36745fdb": "1000000 4",
}


def tell_sizes(apps, editor):
    """Put down the sizes for SQLite; PostgreSQL finds them itself."""
    if editor.connection.vendor != "sqlite":
        return
    with editor.connection.cursor() as cursor:
        # Makes the table of statistics.
        cursor.execute("ANALYZE desk_conversation")
        cursor.execute("DELETE FROM sqlite_stat1 WHERE tbl = 'desk_conversation'")
        rows = [("desk_conversation", name, sizes) for name, sizes in SIZES.items()]
        cursor.executemany("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%s, %s, %s)", rows)


def _without_index(name, to, on_delete, related_name=None, null=True):
    field = models.ForeignKey(to, on_delete, null=null, related_name=related_name, db_index=False)
    return migrations.AlterField("conversation", name, field)


def _part(name, fields, condition):
    index = models.Index(fields=fields, name=f"conv_{name}", condition=condition)
    return migrations.AddIndex("conversation", index)


SET_NULL, PROTECT = django.db.models.deletion.SET_NULL, django.db.models.deletion.PROTECT
BY_TIME = ["last_message_at", "number"]


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_picture"),
        ("contacts", "0002_few_merged"),
        ("desk", "0009_resting_counts"),
    ]

    operations = [
        # Only the indexes go: Django would write the whole table anew on SQLite.
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(f"DROP INDEX {name}") for name in OLD],
            [
                _without_index("assignee", "access.agent", SET_NULL, "conversations"),
                _without_index("channel", "desk.channel", PROTECT, "conversations", null=False),
                _without_index("merged_into", "desk.conversation", PROTECT, "merged"),
                _without_index("previous", "desk.conversation", PROTECT, "following"),
                _without_index("request_type", "desk.requesttype", SET_NULL),
                _without_index("suggested", "desk.conversation", PROTECT, "+"),
                _without_index("team", "access.team", SET_NULL, "conversations"),
            ],
        ),
        *(
            migrations.RemoveIndex("conversation", f"conv_{name}")
            for name in ("ringing", "by_team", "by_agent")
        ),
        *(
            migrations.AddIndex(
                "conversation", models.Index(fields=[name, *BY_TIME], name=f"conv_by_{kind}")
            )
            for name, kind in (("team", "team"), ("assignee", "agent"))
        ),
        _part(
            "ringing", ["last_message_at"], Q(thread_key__isnull=False, waiting_since__isnull=False)
        ),
        _part("live", BY_TIME, Q(status__in=("open", "pending"))),
        _part("snoozed", BY_TIME, Q(snoozed_until__isnull=False)),
        _part("spam", BY_TIME, Q(is_spam=True)),
        _part("binned", BY_TIME, Q(binned_at__isnull=False)),
        _part("request_type", ["request_type"], Q(request_type__isnull=False)),
        _part("merged_into", ["merged_into"], Q(merged_into__isnull=False)),
        _part("previous", ["previous"], Q(previous__isnull=False)),
        _part("suggested", ["suggested"], Q(suggested__isnull=False)),
        migrations.RunPython(tell_sizes, migrations.RunPython.noop),
    ]
