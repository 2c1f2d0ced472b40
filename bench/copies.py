"""The rows of a corpus once more, with other numbers and later dates, by the database itself."""

from django.db import connection, transaction
from django.db.models import DateTimeField, Model

from okno.contacts.models import Contact, Identity
from okno.desk.models import Conversation, Message

_LATER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', {}, '+{} days')",
    "postgresql": "{} + interval '{} days'",
}
_INDEX = {"sqlite": "rowid", "postgresql": "{}_id"}


def add(number: int, messages: int, conversations: int, days: int) -> None:
    """Copy `number` (1, 2 …) of the first `messages` and `conversations`, so many days later."""
    shifts = {
        "id": number * messages,
        "number": number * conversations,
        "conversation_id": number * conversations,
        "requester_id": number * messages,
        "contact_id": number * messages,
        "identity_id": number * messages,
    }
    limits = {Contact: 1000, Identity: 1000, Conversation: 0, Message: 0}
    with transaction.atomic(), connection.cursor() as cursor:
        for model, least in limits.items():
            most = conversations if model is Conversation else messages
            cursor.execute(_copy(model, shifts, number * days, least, least + most))
        cursor.execute(
            "INSERT INTO desk_conversation_tags (conversation_id, tag_id)"
            f" SELECT conversation_id + {shifts['number']}, tag_id FROM desk_conversation_tags"
            f" WHERE conversation_id <= {conversations}"
        )
        for table, noun in (("desk_search", "message"), ("desk_search_contact", "contact")):
            key = _INDEX[connection.vendor].format(noun)
            least = 1000 if noun == "contact" else 0
            cursor.execute(
                f"INSERT INTO {table} ({key}, stems) SELECT {key} + {shifts['id']}, stems"
                f" FROM {table} WHERE {key} > {least} AND {key} <= {least + messages}"
            )


def _copy(model: type[Model], shifts: dict[str, int], days: int, least: int, most: int) -> str:
    columns, values = [], []
    for field in model._meta.concrete_fields:
        name = str(field.column)
        columns.append(f'"{name}"')
        if name in shifts:
            values.append(f'"{name}" + {shifts[name]}')
        elif isinstance(field, DateTimeField):
            values.append(_LATER[connection.vendor].format(f'"{name}"', days))
        elif name == "address":
            values.append(f"'{days}' || \"address\"")
        else:
            values.append(f'"{name}"')
    table, key = model._meta.db_table, model._meta.pk.column
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table}"
        f' WHERE "{key}" > {least} AND "{key}" <= {most}'
    )
