"""Verbs over tags themselves; putting one on a conversation is in `conversations`."""

from collections.abc import Sequence

from okno.access.policy import authorize
from okno.desk.events import TagDeleted, TagMerged, TagRenamed, TagRestored
from okno.desk.models import Conversation, Tag
from okno.kit.text import of_that_name
from okno.spine import Actor, record, verb

_Link = Conversation.tags.through
# So many conversations can be given back by an undo.
MOST_KEPT = 5_000
AT_ONCE = 500


@verb
def rename_tag(actor: Actor, tag: Tag, name: str) -> Tag:
    """Another name; raises ValueError for an empty one or one that another tag has."""
    authorize(actor, "tag.manage", tag)
    name = " ".join(name.split()).lstrip("#")[:60]
    if not name:
        raise ValueError("a tag needs a name")
    names = Tag.objects.order_by("pk").values_list("pk", "name")
    if of_that_name(names, name, tag.pk) is not None:
        raise ValueError("there is such a tag already: merge the two")
    tag.name = name
    tag.save(update_fields=["name"])
    record(TagRenamed(tag.pk))
    return tag


@verb
def merge_tags(actor: Actor, tag: Tag, into: Tag) -> Tag:
    """Put `into` wherever `tag` stands, and delete `tag`; ValueError for one and the same."""
    authorize(actor, "tag.manage", tag)
    if tag.pk == into.pk:
        raise ValueError("choose another tag to merge into")
    gone = tag.pk
    _put(into, _numbers(tag))
    tag.delete()
    record(TagMerged(gone, into.pk))
    return into


@verb
def delete_tag(actor: Actor, tag: Tag) -> list[int]:
    """Delete a tag; returns the conversations it stood on, as far as an undo can give them back."""
    authorize(actor, "tag.manage", tag)
    gone, numbers = tag.pk, _numbers(tag)[: MOST_KEPT + 1]
    tag.delete()
    record(TagDeleted(gone))
    return numbers


@verb
def restore_tag(actor: Actor, name: str, numbers: Sequence[int]) -> Tag:
    """Undo a deletion: the tag is there again, and stands where it stood."""
    authorize(actor, "tag.manage")
    tag, _ = Tag.objects.get_or_create(name=name[:60])
    there = Conversation.objects.filter(pk__in=list(numbers)[:MOST_KEPT])
    _put(tag, list(there.values_list("pk", flat=True)))
    record(TagRestored(tag.pk))
    return tag


def _numbers(tag: Tag) -> list[int]:
    return list(_Link.objects.filter(tag_id=tag.pk).values_list("conversation_id", flat=True))


def _put(tag: Tag, numbers: Sequence[int]) -> None:
    rows = [_Link(conversation_id=number, tag_id=tag.pk) for number in numbers]
    _Link.objects.bulk_create(rows, ignore_conflicts=True, batch_size=AT_ONCE)
