"""Addresses of the console. What stands under a number is seen by the rule of its conversation."""

from typing import Any

from django.urls import path, register_converter
from django.urls.converters import IntConverter

from okno.console.views import (
    compose,
    contacts,
    conversation,
    door,
    files,
    inbox,
    settings,
    stuck,
    verbs,
)


class IdConverter(IntConverter):
    """A number that fits a database's 64 bits."""

    regex = "[0-9]{1,18}"


register_converter(IdConverter, "id")
_ON_CONVERSATION = {
    "assign": verbs.assign,
    "team": verbs.team,
    "status": verbs.status,
    "priority": verbs.priority,
    "subject": verbs.subject,
    "tag": verbs.tag,
    "untag": verbs.untag,
    "snooze": verbs.snooze,
    "wake": verbs.wake,
    "spam": verbs.spam,
    "not-spam": verbs.not_spam,
    "bin": verbs.to_bin,
    "restore": verbs.restore,
    "merge": verbs.merge,
    "split": verbs.split,
    "participants": verbs.add_participant,
    "write": compose.write,
    "draft": compose.draft,
    "merging": conversation.merging,
    "splitting": conversation.splitting,
}
_ON_CONTACT = {
    "": contacts.show,
    "edit": contacts.edit,
    "merge": contacts.merge,
    "unmerge": contacts.unmerge,
    "block": contacts.block,
    "unblock": contacts.unblock,
}

urlpatterns: list[Any] = [
    path("", inbox.root, name="inbox"),
    path("inbox/list", inbox.rows),
    path("inbox/filters", inbox.counters),
    path("sign-in/", door.sign_in, name="account_login"),
    path("sign-out/", door.sign_out, name="account_logout"),
    path("conversations/<id:number>/", conversation.show, name="conversation"),
    path("conversations/<id:number>/part/<str:name>", conversation.part),
    *(path(f"conversations/<id:number>/{name}", view) for name, view in _ON_CONVERSATION.items()),
    path("moves/<id:move_id>/undo", verbs.undo_move),
    path("participants/<id:participant_id>/confirm", verbs.confirm_participant),
    path("participants/<id:participant_id>/remove", verbs.remove_participant),
    path("deliveries/<id:delivery_id>/again", verbs.send_again),
    path("deliveries/<id:delivery_id>/sent", verbs.mark_sent),
    path("messages/<id:message_id>/html/", files.html),
    path("messages/<id:message_id>/source", files.source),
    path("messages/<id:message_id>/headers", files.headers),
    path("inbound/<id:inbound_id>/source", files.inbound_source),
    path("attachments/<id:attachment_id>/", files.attachment),
    path("attachments/<id:attachment_id>/preview", files.preview),
    path("write/", compose.write_first),
    *(path(f"contacts/<id:contact_id>/{name}", view) for name, view in _ON_CONTACT.items()),
    path("stuck/", stuck.show),
    path("stuck/release", stuck.release),
    path("stuck/deliveries/<id:delivery_id>/again", stuck.send_again),
    path("stuck/deliveries/<id:delivery_id>/sent", stuck.mark_sent),
    path("stuck/jobs/<id:job_id>/retry", stuck.retry_job),
    path("stuck/events/<id:parked_id>/retry", stuck.retry_event),
    path("settings/", settings.channels),
    path("settings/channels/add/<slug:kind>/", settings.add_channel),
    path("settings/channels/<id:channel_id>/", settings.channel),
    path("settings/channels/<id:channel_id>/check", settings.check),
    path("settings/people/", settings.staff),
    path("settings/people/<id:agent_id>/switch", settings.switch_agent),
    path("settings/teams/add", settings.add_team),
    path("settings/tokens/", settings.tokens),
    path("settings/tokens/<id:token_id>/revoke", settings.revoke_token),
]
