"""Our letters: the same bytes on every try, with exactly the headers we mean."""

from collections.abc import Iterator
from email.utils import format_datetime

from okno.channels.contract import Account, Outbound
from okno.channels.email import threads
from okno.desk.contract import Person
from okno.kit.blobs import File
from okno.kit.html import outgoing_html, text_to_html
from okno.kit.mail import mime_writer
from okno.kit.mail.header_writer import ids_field, mailboxes_field, one_line, text_field
from okno.kit.mail.mime_writer import Entity

# RFC 3834; the second one is Exchange's own.
_ANSWERS_NOBODY = "X-Auto-Response-Suppress: All\r\n"
AUTO_REPLIED = "Auto-Submitted: auto-replied\r\n" + _ANSWERS_NOBODY
AUTO_GENERATED = "Auto-Submitted: auto-generated\r\n" + _ANSWERS_NOBODY


def compose(outbound: Outbound, account: Account) -> tuple[str, bytes]:
    """The Message-ID and the bytes of a letter (RFC 5322, RFC 2045). 7-bit clean, but for addresses
    outside ASCII, which have no other form in a header (RFC 6532)."""
    domain = account.address.rpartition("@")[2] or "localhost"
    message_id = threads.message_id(_thread(outbound), outbound.message_id, domain)
    fields = [*_addressed(outbound, account), text_field("Subject", _subject(outbound))]
    fields.append(f"Date: {format_datetime(outbound.created_at)}\r\n")
    fields.append(ids_field("Message-ID", [message_id]))
    if outbound.in_reply_to:
        fields.append(ids_field("In-Reply-To", [outbound.in_reply_to]))
        fields.append(ids_field("References", outbound.references))
    if outbound.is_automatic:
        fields.append(AUTO_REPLIED)
    return message_id, mime_writer.letter(fields, _body(outbound))


def _addressed(outbound: Outbound, account: Account) -> Iterator[str]:
    name = ", ".join(filter(None, (outbound.author, account.settings.get("from_name", ""))))
    yield _people("From", Person(account.address, name or account.name))
    if account.settings.get("plus_address", True):
        address = threads.reply_address(_thread(outbound), account.address)
        yield _people("Reply-To", Person(address, account.name))
    yield _people("To", *outbound.to)
    if outbound.copies:
        yield _people("Cc", *outbound.copies)


def _people(field: str, *people: Person) -> str:
    return mailboxes_field(field, ((one_line(p.name)[:120], p.address) for p in people))


def _thread(outbound: Outbound) -> threads.Thread:
    if outbound.aside is not None:
        return threads.Thread(outbound.aside, is_aside=True)
    return threads.Thread(outbound.conversation)


def _subject(outbound: Outbound) -> str:
    """The client's subject with our number, which is for people only."""
    subject = one_line(outbound.subject)
    mark = f"[#{outbound.conversation}]"
    if mark in subject:
        return subject
    if outbound.in_reply_to and not subject.lower().startswith(("re:", "отв:")):
        subject = f"Re: {subject}".strip()
    return f"{subject} {mark}".strip()


def _body(outbound: Outbound) -> Entity:
    """Text and page, with its pictures, and the other files (RFC 2046, RFC 2387)."""
    text = outbound.text.replace("\r\n", "\n").replace("\r", "\n")
    html = outgoing_html(outbound.html) if outbound.html else text_to_html(text)
    if outbound.signature:
        # "-- " begins a signature (RFC 3676 section 4.3).
        text = f"{text}\n\n-- \n{outbound.signature}"
        html = f"{html}<div>-- <br>{text_to_html(outbound.signature)}</div>"
    page = mime_writer.text(f"<!DOCTYPE html><html><body>{html}</body></html>\n", "html")
    pictures = [f for f in outbound.files if f.is_inline and f.content_id]
    others = [f for f in outbound.files if f not in pictures]
    boundary = f"=_okno-{outbound.message_id}"
    if pictures:
        related = [page, *(_file(f, _content_id(f)) for f in pictures)]
        page = mime_writer.multipart("related", related, f"{boundary}-2_=")
    both = [mime_writer.text(text + "\n"), page]
    body = mime_writer.multipart("alternative", both, f"{boundary}-1_=")
    if others:
        files = [body, *map(_file, others)]
        body = mime_writer.multipart("mixed", files, f"{boundary}-0_=")
    return body


def _file(file: File, content_id: str = "") -> Entity:
    name = one_line(file.name)[:200] or "file"
    return mime_writer.file(name, file.content_type, file.data, content_id=content_id)


def _content_id(file: File) -> str:
    return "".join(c for c in file.content_id if "!" <= c <= "~" and c not in "<>")[:250]
