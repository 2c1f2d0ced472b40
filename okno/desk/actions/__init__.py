"""Every verb of the desk. Each is called inside `spine.unit` and records its event."""

from okno.desk.actions.acknowledge import acknowledge
from okno.desk.actions.channels import (
    change_channel,
    create_channel,
    mark_trouble,
    mark_working,
    read_secrets,
)
from okno.desk.actions.conversations import (
    add_tag,
    assign,
    bin_conversation,
    change_fields,
    mark_spam,
    move_to_team,
    remove_tag,
    restore,
    set_due,
    set_priority,
    set_status,
    set_subject,
    snooze,
    unmark_spam,
    wake,
)
from okno.desk.actions.deliveries import (
    claim_delivery,
    mark_delivery,
    mark_sent_by_hand,
    note_receipt,
    put_at_risk,
    release_held,
    send_again,
    still_ours,
)
from okno.desk.actions.draft_files import add_draft_file, remove_draft_file
from okno.desk.actions.drafts import (
    DraftGone,
    choose_draft,
    claim_draft,
    drop_draft,
    save_draft,
)
from okno.desk.actions.first_letters import write_first
from okno.desk.actions.forward import begin_forward, forward
from okno.desk.actions.held import unsend
from okno.desk.actions.mentions import see_mentions
from okno.desk.actions.moves import keep_apart, merge, split, undo
from okno.desk.actions.notes import note
from okno.desk.actions.outside import confirm_address, reopen, settle
from okno.desk.actions.people import (
    add_participant,
    confirm_participant,
    follow,
    remove_participant,
    unfollow,
)
from okno.desk.actions.presses import begin_undo, keep_press, pressed, undo_step
from okno.desk.actions.receive import receive, receive_unreadable
from okno.desk.actions.recipients import Copies
from okno.desk.actions.reply import Body, Stale, reply
from okno.desk.actions.saved_replies import (
    change_saved_reply,
    create_saved_reply,
    note_use,
    remove_saved_reply,
    restore_saved_reply,
)
from okno.desk.actions.seen import mark_seen, mark_unread
from okno.desk.actions.views import change_view, delete_view, restore_view, save_view

__all__ = [
    "Body",
    "Copies",
    "DraftGone",
    "Stale",
    "acknowledge",
    "add_draft_file",
    "add_participant",
    "add_tag",
    "assign",
    "begin_forward",
    "begin_undo",
    "bin_conversation",
    "change_channel",
    "change_fields",
    "change_saved_reply",
    "change_view",
    "choose_draft",
    "claim_delivery",
    "claim_draft",
    "confirm_address",
    "confirm_participant",
    "create_channel",
    "create_saved_reply",
    "delete_view",
    "drop_draft",
    "follow",
    "forward",
    "keep_apart",
    "keep_press",
    "mark_delivery",
    "mark_seen",
    "mark_sent_by_hand",
    "mark_spam",
    "mark_trouble",
    "mark_unread",
    "mark_working",
    "merge",
    "move_to_team",
    "note",
    "note_receipt",
    "note_use",
    "pressed",
    "put_at_risk",
    "read_secrets",
    "receive",
    "receive_unreadable",
    "release_held",
    "remove_draft_file",
    "remove_participant",
    "remove_saved_reply",
    "remove_tag",
    "reopen",
    "reply",
    "restore",
    "restore_saved_reply",
    "restore_view",
    "save_draft",
    "save_view",
    "see_mentions",
    "send_again",
    "set_due",
    "set_priority",
    "set_status",
    "set_subject",
    "settle",
    "snooze",
    "split",
    "still_ours",
    "undo",
    "undo_step",
    "unfollow",
    "unmark_spam",
    "unsend",
    "wake",
    "write_first",
]
