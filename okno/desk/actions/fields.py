"""Verbs over our own fields; giving a conversation a value is `change_fields`."""

from collections.abc import Sequence

from django.db.models import Max
from django.utils.text import slugify

from okno.access.models import Agent
from okno.access.policy import authorize, person
from okno.desk.events import FieldChanged, FieldCreated, FieldDeleted
from okno.desk.models import Conversation, Field
from okno.kit.text import of_that_name
from okno.spine import Actor, record, verb

MOST_CHOICES = 100
# Under this key programs still get what the chat knows of a visit, see `api.shapes.conversations`.
NOT_KEYS = {"visit"}


@verb
def create_field(
    actor: Actor,
    label: str,
    kind: str,
    *,
    choices: Sequence[str] = (),
    is_required: bool = False,
    key: str = "",
) -> Field:
    """A new field of conversations, last in order; raises ValueError for what cannot be one.

    `key` is its name for programs, made from the label unless given.
    """
    authorize(actor, "field.manage")
    label = _label(label)
    if kind not in Field.Type.values:
        raise ValueError(f"unknown kind of field {kind!r}")
    last = Field.objects.aggregate(last=Max("position"))["last"] or 0
    field = Field.objects.create(
        key=_free_key(key or label),
        label=label,
        type=kind,
        choices=_choices(kind, choices),
        is_required=is_required,
        position=last + 1,
    )
    record(FieldCreated(field.pk, kind))
    return field


@verb
def change_field(
    actor: Actor, field: Field, label: str, *, choices: Sequence[str], is_required: bool
) -> Field:
    """Another label or other choices; what conversations hold already stays as it is."""
    authorize(actor, "field.manage", field)
    field.label = _label(label, field.pk)
    field.choices = _choices(field.type, choices)
    field.is_required = is_required
    field.save(update_fields=["label", "choices", "is_required"])
    record(FieldChanged(field.pk))
    return field


@verb
def move_field(actor: Actor, field: Field, *, up: bool) -> None:
    """One place up or down in the order of the card."""
    authorize(actor, "field.manage", field)
    rows = list(Field.objects.order_by("position", "pk"))
    here = next(n for n, row in enumerate(rows) if row.pk == field.pk)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(rows):
        return
    rows[here], rows[there] = rows[there], rows[here]
    for place, row in enumerate(rows, 1):
        row.position = place
    Field.objects.bulk_update(rows, ["position"])
    record(FieldChanged(field.pk))


@verb
def delete_field(actor: Actor, field: Field) -> None:
    """Take a field away; what conversations hold under its key stays, but is shown nowhere."""
    authorize(actor, "field.manage", field)
    gone = field.pk
    field.delete()
    record(FieldDeleted(gone))


def refuse_unfilled(actor: Actor, conversation: Conversation) -> None:
    """Raise ValueError when a person would solve a conversation that lacks a required field."""
    if not isinstance(person(actor), Agent):
        return
    needed = Field.objects.filter(is_required=True).order_by("position", "pk")
    lacking = [f.label for f in needed if conversation.fields.get(f.key) in (None, "")]
    if lacking:
        raise ValueError(f"fill in first: {', '.join(lacking)}")


def _label(label: str, but: int = 0) -> str:
    label = " ".join(label.split())[:80]
    if not label:
        raise ValueError("a field needs a name")
    labels = Field.objects.order_by("pk").values_list("pk", "label")
    if of_that_name(labels, label, but) is not None:
        raise ValueError("there is a field of this name already")
    return label


def _choices(kind: str, choices: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(filter(None, (" ".join(c.split())[:80] for c in choices))))
    if kind != Field.Type.CHOICE:
        return []
    if not found:
        raise ValueError("a choice needs something to choose from")
    if len(found) > MOST_CHOICES:
        raise ValueError("a choice has 100 values at most")
    return found


def _free_key(text: str) -> str:
    base = slugify(text)[:36] or "field"
    taken = set(Field.objects.filter(key__startswith=base).values_list("key", flat=True))
    keys = (base, *(f"{base}-{number}" for number in range(2, 1000)))
    return next(key for key in keys if key not in taken | NOT_KEYS)
