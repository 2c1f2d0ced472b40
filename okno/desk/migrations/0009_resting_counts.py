from django.db import migrations

# Solved ones, spam and the bin are counted from now on: those that there are come in here, because
# nothing will happen to most of them. Who still stands in another bucket has an event to come.
_RESTING = "('solved', 'spam', 'bin')"
_ROWS = """
INSERT INTO desk_counted (conversation_id, team_id, agent_id, buckets)
SELECT number, coalesce(team_id, 0), coalesce(assignee_id, 0),
    CASE WHEN binned_at IS NOT NULL THEN 'bin' WHEN is_spam THEN 'spam' ELSE 'solved' END
FROM desk_conversation
WHERE (binned_at IS NOT NULL OR is_spam
    OR (merged_into_id IS NULL AND status IN ('solved', 'closed')))
AND number NOT IN (SELECT conversation_id FROM desk_counted)
"""
_SUM = f"""
INSERT INTO desk_tally (agent_id, team_id, bucket, n)
SELECT {{}}, team_id, buckets, count(*) FROM desk_counted
WHERE buckets IN {_RESTING} AND {{}} GROUP BY {{}}team_id, buckets
"""


class Migration(migrations.Migration):

    dependencies = [
        ('desk', '0008_ringing'),
    ]

    operations = [
        migrations.RunSQL(
            [_ROWS, _SUM.format("0", "1 = 1", ""), _SUM.format("agent_id", "agent_id <> 0", "agent_id, ")],
            [
                f"DELETE FROM desk_counted WHERE buckets IN {_RESTING}",
                f"DELETE FROM desk_tally WHERE bucket IN {_RESTING}",
            ],
        ),
    ]
