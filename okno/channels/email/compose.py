"""Our letters: the same bytes on every try, with exactly the headers we mean."""

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from okno.channels.contract import Account, Outbound, OutFile
from okno.channels.email import threads
from okno.desk.contract import Person
from okno.kit.html import outgoing_html, text_to_html

_POLICY = SMTP.clone(max_line_length=76, cte_type="7bit")
# Addresses outside ASCII have no other form in a header (RFC 6532).
_POLICY_UTF8 = _POLICY.clone(utf8=True)
_TYPE = re.compile(r"([a-z0-9]{1,40})/([a-z0-9][a-z0-9.+-]{0,80})", re.I)


def compose(outbound: Outbound, account: Account) -> tuple[str, bytes]:
    """The Message-ID and the bytes of a letter (RFC 5322, RFC 2045), 7-bit clean."""
    domain = account.address.rpartition("@")[2] or "localhost"
    message_id = threads.message_id(_thread(outbound), outbound.message_id, domain)
    everyone = (*outbound.to, *outbound.copies)
    is_plain = all(person.address.isascii() for person in everyone)
    letter = EmailMessage(policy=_POLICY if is_plain else _POLICY_UTF8)
    _address(letter, outbound, account)
    letter["Subject"] = _subject(outbound)
    letter["Date"] = format_datetime(outbound.created_at)
    letter["Message-ID"] = message_id
    if outbound.in_reply_to:
        letter["In-Reply-To"] = _safe_id(outbound.in_reply_to)
        letter["References"] = " ".join(_safe_id(i) for i in outbound.references)
    if outbound.is_automatic:
        # RFC 3834; the second one is Exchange's own.
        letter["Auto-Submitted"] = "auto-replied"
        letter["X-Auto-Response-Suppress"] = "All"
    _body(letter, outbound)
    _fix_boundaries(letter, outbound.message_id)
    return message_id, letter.as_bytes()


def _address(letter: EmailMessage, outbound: Outbound, account: Account) -> None:
    name = ", ".join(filter(None, (outbound.author, account.settings.get("from_name", ""))))
    letter["From"] = _mailbox(Person(account.address, name or account.name))
    if account.settings.get("plus_address", True):
        letter["Reply-To"] = _mailbox(
            Person(threads.reply_address(_thread(outbound), account.address), account.name)
        )
    letter["To"] = [_mailbox(p) for p in outbound.to]
    if outbound.copies:
        letter["Cc"] = [_mailbox(p) for p in outbound.copies]


def _thread(outbound: Outbound) -> threads.Thread:
    if outbound.aside is not None:
        return threads.Thread(outbound.aside, is_aside=True)
    return threads.Thread(outbound.conversation)


def _mailbox(person: Person) -> Address:
    name = _one_line(person.name)
    local, _, domain = person.address.rpartition("@")
    return Address(display_name=name[:120], username=local, domain=domain)


def _one_line(text: str) -> str:
    """Without line breaks and other characters that are not seen (header injection, attack A20)."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _subject(outbound: Outbound) -> str:
    """The client's subject with our number, which is for people only."""
    subject = _one_line(outbound.subject)
    mark = f"[#{outbound.conversation}]"
    if mark in subject:
        return subject
    if outbound.in_reply_to and not subject.lower().startswith(("re:", "отв:")):
        subject = f"Re: {subject}".strip()
    return f"{subject} {mark}".strip()


def _safe_id(text: str) -> str:
    return "".join(c for c in text if "!" <= c <= "~")[:250]


def _body(letter: EmailMessage, outbound: Outbound) -> None:
    text = outbound.text.replace("\r\n", "\n").replace("\r", "\n")
    html = outgoing_html(outbound.html) if outbound.html else text_to_html(text)
    if outbound.signature:
        # "-- " begins a signature (RFC 3676 section 4.3).
        text = f"{text}\n\n-- \n{outbound.signature}"
        html = f"{html}<div>-- <br>{text_to_html(outbound.signature)}</div>"
    letter.set_content(text + "\n", cte="quoted-printable")
    page = f"<!DOCTYPE html><html><body>{html}</body></html>\n"
    letter.add_alternative(page, subtype="html", cte="quoted-printable")
    inline = [f for f in outbound.files if f.is_inline and f.content_id]
    for file in inline:
        _add(_last_part(letter), file, is_inline=True)
    for file in outbound.files:
        if file not in inline:
            _add(letter, file, is_inline=False)


def _last_part(letter: EmailMessage) -> EmailMessage:
    """The HTML alternative, to which inline pictures are related (RFC 2387)."""
    part = letter.get_body(preferencelist=("related", "html"))
    assert isinstance(part, EmailMessage)
    return part


def _add(part: EmailMessage, file: OutFile, *, is_inline: bool) -> None:
    found = _TYPE.fullmatch(file.content_type)
    main, sub = found.groups() if found else ("application", "octet-stream")
    if main.lower() in ("message", "multipart"):
        main, sub = "application", "octet-stream"
    name = _one_line(file.name)[:200] or "file"
    if is_inline:
        part.add_related(
            file.data,
            main,
            sub,
            cid=f"<{_safe_id(file.content_id).strip('<>')}>",
            filename=name,
            disposition="inline",
        )
    else:
        part.add_attachment(file.data, main, sub, filename=name)


def _fix_boundaries(letter: EmailMessage, message_id: int) -> None:
    for number, part in enumerate(letter.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_okno-{message_id}-{number}_=")
