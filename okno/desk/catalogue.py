"""Reads of what conversations are sorted by: tags and our own fields."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q, QuerySet

from okno.access.policy import NotVisible, can
from okno.desk.models import Conversation, Field, Tag
from okno.kit.text import folded, in_order
from okno.spine import Actor
from okno.spine.statements import lists, objects


def tags_with_use(actor: Actor) -> list[tuple[Tag, int]]:
    """All tags with on how many conversations each stands, for those who manage them."""
    if not can(actor, "tag.manage"):
        return []
    links = Conversation.tags.through.objects
    uses = {row["tag_id"]: row["n"] for row in links.values("tag_id").annotate(n=Count("pk"))}
    return [(tag, uses.get(tag.pk, 0)) for tag in _by_name(Tag.objects.all())]


def tag(actor: Actor, tag_id: int) -> Tag:
    """One tag, for those who manage them; raises NotVisible."""
    found = Tag.objects.filter(pk=tag_id).first() if can(actor, "tag.manage") else None
    if found is None:
        raise NotVisible("tag")
    return found


def tagged(name: str) -> Q:
    """The condition of conversations with a tag of this name; case and ё do not count."""
    known, wanted = Tag.objects.values_list("pk", "name"), folded(name)
    found = [pk for pk, each in known if folded(each) == wanted]
    links = Conversation.tags.through.objects.filter(tag_id__in=found)
    return Q(pk__in=links.values("conversation_id"))


def fields(actor: Actor) -> QuerySet[Field]:
    """Our own fields of conversations, in the order of the card."""
    return _fields() if can(actor, "field.view") else Field.objects.none()


def _fields() -> QuerySet[Field]:
    return Field.objects.order_by("position", "pk")


def field(actor: Actor, field_id: int) -> Field:
    """One field, for those who manage them; raises NotVisible."""
    found = fields(actor).filter(pk=field_id).first() if can(actor, "field.manage") else None
    if found is None:
        raise NotVisible("field")
    return found


def values(actor: Actor, conversation: Conversation) -> list[tuple[Field, Any]]:
    """Each field with what a visible conversation holds under it."""
    known = objects(_fields) if can(actor, "field.view") else []
    return [(field, conversation.fields.get(field.key)) for field in known]


def tags_of(found: Conversation) -> list[Tag]:
    """Tags of a conversation the caller was given by `conversation`, by name."""
    return _by_name(objects(_tags_of, found.pk))


def _by_name(tags: Iterable[Tag]) -> list[Tag]:
    return sorted(tags, key=lambda tag: in_order(tag.name))


def _tags_of(number: int) -> QuerySet[Tag]:
    return Tag.objects.filter(conversations=number).order_by("name")


def known_tags(actor: Actor) -> list[str]:
    """Names of tags, for a field that completes them."""
    if not can(actor, "tag.view"):
        return []
    return sorted((name for (name,) in lists(_known_tags)), key=in_order)


def _known_tags() -> QuerySet[Any, Any]:
    return Tag.objects.order_by("name").values_list("name")[:300]
