"""The rows of a list of conversations as HTML.

Fifty of them stand on a page: by a template they took longer than all else together.
"""

from collections.abc import Iterable
from html import escape
from typing import Any

from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, pgettext

from okno.console.avatars import avatar
from okno.console.marks import called, channel_icon, instants, pieces, state_chip, time_left

MOST_TAGS, LONGEST_DRAFT = 3, 120
Row = dict[str, Any]


class Rows:
    """What the rows of one list have in common: where they lead, and words in its language."""

    def __init__(self, keep: str, *, can_choose: bool) -> None:
        self.keep = escape(keep)
        self.can_choose = can_choose
        self.instant = instants()
        self.choose = gettext("Choose #%(n)s")
        self.unknown = gettext("Unknown sender")
        self.no_subject = gettext("No subject")
        self.here = escape(pgettext("visitor", "on the site"))
        self.draft = escape(gettext("Draft:"))
        self.weights = {
            3: escape(pgettext("priority", "high")),
            4: escape(pgettext("priority", "urgent")),
        }

    def row(self, row: Row) -> str:
        """One row; what it may hold is described by `answers.listed`."""
        who = called(row["requester__name"] or row["identity__address"])
        picture = avatar(who or "?", "", channel_icon(row["channel__kind"]))
        href = f"/conversations/{row['number']}/?{self.keep}"
        is_open = " is-unread" if row["is_unread"] and not row["is_current"] else ""
        current = ' aria-current="true"' if row["is_current"] else ""
        found = " is-found" if row.get("pieces") else ""
        return (
            f'{self._check(row)}<a class="conversation-row{is_open}" href="{href}" data-row'
            f'{current} hx-get="{href}" hx-target="#thread" hx-swap="innerHTML settle:0"'
            f' hx-push-url="true">\n{picture}\n<span class="row-who">{escape(who or self.unknown)}'
            f'</span><span class="row-when">{self.instant(row["last_message_at"])}</span>\n'
            f'<span class="row-subject">{self._subject(row)}</span>\n'
            f'<span class="row-last{found}">{self._last(row)}</span>\n'
            f'<span class="row-marks">{self._marks(row)}</span></a>'
        )

    def _check(self, row: Row) -> str:
        if not self.can_choose:
            return ""
        words = escape(self.choose % {"n": row["number"]})
        return (
            f'<label class="row-check"><input type="checkbox" name="number" value="{row["number"]}"'
            f' form="many" data-select><span class="only-read">{words}</span></label>'
        )

    def _subject(self, row: Row) -> str:
        if row.get("subject_pieces"):
            return pieces(row["subject_pieces"])
        return escape(row["subject"] or row["preview"] or self.no_subject)

    def _last(self, row: Row) -> str:
        if row.get("pieces"):
            return pieces(row["pieces"])
        if row["draft"]:
            words = escape(Truncator(row["draft"]).chars(LONGEST_DRAFT))
            return f'<span class="draft-mark">{self.draft}</span> {words}'
        return escape(row["preview"]) if row["subject"] else ""

    def _marks(self, row: Row) -> str:
        marks: list[str] = []
        if row.get("is_here"):
            marks.append(f'<span class="chip is-here">{self.here}</span>')
        is_open = row["status"] == "open"
        if not is_open or row["snoozed_until"]:
            marks.append(state_chip(row))
        if is_open:
            marks.append(time_left(row))
        if row["priority"] in self.weights:
            marks.append(f'<span class="chip is-warn">{self.weights[row["priority"]]}</span>')
        marks += [f'<span class="tag">{escape(tag)}</span>' for tag in row["tags"][:MOST_TAGS]]
        if len(row["tags"]) > MOST_TAGS:
            marks.append(f'<span class="faint">+{len(row["tags"]) - MOST_TAGS}</span>')
        if row["assignee__name"]:
            marks.append(_assignee(row))
        return "".join(marks)


def _assignee(row: Row) -> str:
    name = escape(row["assignee__name"])
    face = avatar(row["assignee__name"], "small", picture=row["assignee__picture"] or "")
    return f'<span title="{name}" class="push">{face}<span class="only-read">{name}</span></span>'


def listed(rows: Iterable[Row], keep: str, *, can_choose: bool) -> SafeString:
    """All rows as items of a list; `keep` is the end of addresses that lead back to it."""
    made = Rows(keep, can_choose=can_choose)
    items = (f'<li id="row-{row["number"]}">{made.row(row)}</li>\n' for row in rows)
    return SafeString(f'<ol class="conversation-list">{"".join(items)}</ol>')
