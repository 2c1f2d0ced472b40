"""The indexes that lists and threads are walked by.

What is not here would tempt a planner: `merged_into IS NULL` is nearly everything, and so is
`aside IS NULL`. How big those of conversations are, the migrations tell SQLite.
"""

from django.db import models

OF_CONVERSATIONS = [
    models.Index(fields=["last_message_at", "number"], name="conv_by_time"),
    models.Index(fields=["status", "last_message_at", "number"], name="conv_by_status"),
    models.Index(fields=["team", "last_message_at", "number"], name="conv_by_team"),
    models.Index(fields=["assignee", "last_message_at", "number"], name="conv_by_agent"),
    models.Index(
        fields=["due_at", "waiting_since", "number"],
        name="conv_by_time_left",
        condition=models.Q(waiting_since__isnull=False),
    ),
    models.Index(
        fields=["last_message_at"],
        name="conv_ringing",
        condition=models.Q(thread_key__isnull=False, waiting_since__isnull=False),
    ),
    *(
        models.Index(fields=["last_message_at", "number"], name=f"conv_{name}", condition=of)
        for name, of in (
            ("live", models.Q(status__in=("open", "pending"))),
            ("snoozed", models.Q(snoozed_until__isnull=False)),
            ("spam", models.Q(is_spam=True)),
            ("binned", models.Q(binned_at__isnull=False)),
        )
    ),
    *(
        models.Index(
            fields=[name],
            name=f"conv_{name}",
            condition=models.Q((f"{name}__isnull", False)),
        )
        for name in ("request_type", "merged_into", "previous", "suggested")
    ),
]
OF_MESSAGES = [
    models.Index(fields=["conversation", "id"], name="message_thread"),
    models.Index(fields=["aside"], name="message_aside", condition=models.Q(aside__isnull=False)),
]
