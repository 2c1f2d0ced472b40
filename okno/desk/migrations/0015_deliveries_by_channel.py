import django.db.models.deletion
from django.db import migrations, models

# Until now each went by the channel of its message; what a merge or split brought here came by that
# of the conversation it was written in, which `_moved` sets right.
_CHANNELS = """
UPDATE desk_delivery SET channel_id = (
    SELECT coalesce(a.channel_id, c.channel_id) FROM desk_message m
    JOIN desk_conversation c ON c.number = m.conversation_id
    LEFT JOIN desk_aside a ON a.id = m.aside_id WHERE m.id = desk_delivery.message_id)
"""
_MEDIA = """
UPDATE desk_delivery SET medium = (
    SELECT CASE kind WHEN 'email' THEN 'letter' WHEN 'form' THEN 'form' ELSE 'chat' END
    FROM desk_channel WHERE desk_channel.id = desk_delivery.channel_id)
"""


def _moved(apps, schema_editor):
    """Messages that stand in another conversation than the one they were written in."""
    get = apps.get_model
    Delivery, Move, Conversation = (get("desk", n) for n in ("Delivery", "Move", "Conversation"))
    # The earliest move of a message says where it was written; later ones only took it on.
    for move in Move.objects.filter(undone_at=None).order_by("-pk").iterator():
        channel = Conversation.objects.values_list("channel_id").get(pk=move.source_id)[0]
        for start in range(0, len(move.messages), 500):
            some = Delivery.objects.filter(message__in=move.messages[start : start + 500])
            some.filter(message__aside=None).update(channel=channel)


def _pages(apps, schema_editor):
    """Answers on the page of a request belong to it, when there is no doubt which one it is."""
    Delivery, Message = (apps.get_model("desk", name) for name in ("Delivery", "Message"))
    known = {}
    for pk, number, address in (
        Delivery.objects.filter(medium="form")
        .values_list("pk", "message__conversation_id", "address")
        .iterator()
    ):
        if (number, address) not in known:
            first = Message.objects.filter(
                conversation_id=number,
                direction="in",
                identity__address=address,
                # A later message of the same request has more parts behind.
                external_id__regex=r"^form:[^:]*:[^:]*$",
            ).values_list("pk", flat=True)[:2]
            known[number, address] = list(first)
        if len(known[number, address]) == 1:
            Delivery.objects.filter(pk=pk).update(request_id=known[number, address][0])


class Migration(migrations.Migration):
    dependencies = [("desk", "0014_stored_names")]

    operations = [
        migrations.AddField(
            "delivery",
            "channel",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="desk.channel",
            ),
        ),
        migrations.AddField("delivery", "medium", models.CharField(default="chat", max_length=9)),
        migrations.AddField(
            "delivery",
            "request",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="desk.message",
            ),
        ),
        migrations.RunSQL(_CHANNELS, migrations.RunSQL.noop),
        migrations.RunPython(_moved, migrations.RunPython.noop),
        migrations.RunSQL(_MEDIA, migrations.RunSQL.noop),
        migrations.RunPython(_pages, migrations.RunPython.noop),
    ]
