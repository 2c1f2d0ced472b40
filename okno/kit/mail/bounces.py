"""Reports about letters of ours: RFC 3464 notifications, RFC 5965 complaints, and older formats."""

from __future__ import annotations

import re
from typing import Literal

from okno.kit.mail import addresses, charsets, mime, words
from okno.kit.mail import bounce_formats as formats
from okno.kit.mail.contents import Contents, payload
from okno.kit.mail.letter import Bounce, Unreadable
from okno.kit.mail.mime import Part

Kind = Literal["failed", "delayed", "other"]
MAX_REPORT = 100_000
MAX_DIAGNOSTIC = 1_000

_REPORTS = {"message/delivery-status", "message/global-delivery-status"}
_ORIGINALS = {
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
}
_MESSAGE_ID = re.compile(r"^[ \t>]{0,4}message-id:\s{0,4}(<[^<>\s]{1,500}>)", re.I | re.M)
_KINDS: dict[str, Kind] = {"failed": "failed", "delayed": "delayed"}
_ACTION = re.compile(r"^action:\s*(failed|delayed|delivered|relayed|expanded)\b", re.I | re.M)
_SENDER = re.compile(r"^\W{0,3}mailer-daemon\W{0,4}$", re.I)


def recognise(root: Part, contents: Contents, subject: str) -> Bounce | None:
    """The Bounce that this letter is, or None. Never raises."""
    leaves = list(root.walk())
    report = next((part for part in leaves if part.content_type in _REPORTS), None)
    body = _readable(root, contents)
    if report is not None and _is_passed_on(root, subject):
        return None
    if report is not None:
        return _delivery_status(root, leaves, _text(report), body)
    complaint = next((p for p in leaves if p.content_type == "message/feedback-report"), None)
    if complaint is not None:
        return _complaint(leaves, _fields(_text(complaint)))
    if any(part.content_type == "message/disposition-notification" for part in leaves):
        return None  # a read receipt (RFC 8098)
    own = _before_copy(body)
    if root.content_type == "multipart/report":
        return _from_text(root, leaves, own, body)
    notice = formats.SES.match(body)
    if notice:
        kind: Kind = "failed" if notice.group(1).lower() == "bounce" else "other"
        return _from_text(root, leaves, own, body, kind)
    if _is_bounce(root, subject, own):
        return _from_text(root, leaves, own, body)
    return None


def _is_bounce(root: Part, subject: str, own: str) -> bool:
    if root.get("x-failed-recipients"):  # Exim, Gmail
        return True
    top = own[:3_000]
    if _from_daemon(root):
        return bool(formats.SUBJECT.search(subject)) or _opening(top)
    if _null_path(root):  # vacation programs send with it too, and answer any subject
        failed = formats.SUBJECT.search(subject) and not formats.ANSWER.match(subject)
        return bool(failed) or _opening(top)
    start = top.lstrip()[:300]
    named = bool(formats.SUBJECT.search(subject)) and not formats.ANSWER.match(subject)
    return any(
        pattern.match(start)
        for program, pattern in formats.BODIES
        if named or program not in formats.BY_PEOPLE_TOO
    )


def _is_passed_on(root: Part, subject: str) -> bool:
    """A report that a person forwards or answers with their own words above (Thunderbird attaches
    its parts); a program's has the subject of its own, an empty envelope or its name."""
    if root.content_type == "multipart/report" or _null_path(root) or _from_daemon(root):
        return False
    return bool(formats.ANSWER.match(subject)) and not root.get("auto-submitted")


def _opening(top: str) -> bool:
    return any(pattern.search(top) for _, pattern in formats.BODIES)


def _from_daemon(root: Part) -> bool:
    raw = charsets.decode(root.get("from"))[0]
    found, _ = addresses.parse(raw, lenient=True)
    if not found:
        return "<>" in raw or bool(_SENDER.match(raw))
    local = found[0].address.rpartition("@")[0]
    return bool(formats.DAEMON.match(local) or formats.DAEMON_NAME.search(found[0].name))


def _null_path(root: Part) -> bool:
    return root.get("return-path").replace(b" ", b"") == b"<>"


def _readable(root: Part, contents: Contents) -> str:
    """The text of the report; raw when the tree was broken, as by gateways that cut parts."""
    return (
        contents.text[:MAX_REPORT]
        or charsets.decode(root.raw[root.start : root.start + MAX_REPORT])[0]
    )


def _before_copy(body: str) -> str:
    copy = formats.COPY.search(body)
    return body[: copy.start()] if copy and body[: copy.start()].strip() else body


def _text(part: Part) -> str:
    return charsets.normalise(charsets.decode(payload(part, 2 * MAX_REPORT)[:MAX_REPORT])[0])


def _fields(block: str) -> dict[str, str]:
    """Header-like fields, lower-case names, first value wins, folded lines joined."""
    fields: dict[str, str] = {}
    for line in re.sub(r"\n[ \t]+", " ", block).split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip())
    return fields


def _delivery_status(root: Part, leaves: list[Part], report: str, body: str) -> Bounce:
    """RFC 3464: per-message fields, then a block per recipient; the worst recipient counts."""
    blocks = [_fields(block) for block in re.split(r"\n[ \t]*\n", report)]
    recipients = [block for block in blocks if "final-recipient" in block or "action" in block]
    order = {"failed": 0, "delayed": 1}
    recipients.sort(key=lambda block: order.get(_action(block), 2))
    if not recipients:
        return _from_text(root, leaves, _before_copy(body), body)
    block = recipients[0]
    diagnostic = block.get("diagnostic-code", "")
    diagnostic = diagnostic.partition(";")[2] or diagnostic
    return Bounce(
        kind=_KINDS.get(_action(block), "other"),
        recipient=_typed(block.get("original-recipient", ""))
        or _typed(block.get("final-recipient", "")),
        status=_status(block.get("status", ""), diagnostic),
        diagnostic=words.one_line(diagnostic)[:MAX_DIAGNOSTIC],
        original_message_id=_original_id(leaves, body),
    )


def _status(declared: str, diagnostic: str) -> str:
    """RFC 3463 code; servers report x.0.0 and leave the exact one in the other server's words."""
    status, said = formats.STATUS.search(declared), formats.STATUS.search(diagnostic)
    code = status.group(1) if status else ""
    if said and (not code or (code.endswith(".0.0") and code[0] == said.group(1)[0])):
        return said.group(1)
    return code


def _action(block: dict[str, str]) -> str:
    word = block.get("action", "").lower().split("(")[0].split(" ")[0].strip()
    if word in ("failed", "delayed", "delivered", "relayed", "expanded"):
        return word
    status = block.get("status", "").strip()[:1]
    return {"5": "failed", "4": "delayed"}.get(
        status, "failed" if word.startswith("fail") else word
    )


def _typed(value: str) -> str:
    """Address of "rfc822; a@b.example"."""
    return addresses.canonical(value.rpartition(";")[2].strip("<> ").removesuffix("."))


def _complaint(leaves: list[Part], fields: dict[str, str]) -> Bounce:
    """RFC 5965: a reader, or his provider, says that our letter is spam."""
    recipient = fields.get("original-rcpt-to") or fields.get("removal-recipient") or ""
    return Bounce(
        kind="other",
        recipient=_typed(recipient),
        status="",
        diagnostic=words.one_line("feedback: " + fields.get("feedback-type", ""))[:MAX_DIAGNOSTIC],
        original_message_id=_original_id(leaves, ""),
    )


def _from_text(
    root: Part, leaves: list[Part], own: str, body: str, kind: Kind | None = None
) -> Bounce:
    """Read a report that is only written for people."""
    subject = words.text(root.get("subject"))
    stated = _ACTION.search(own)
    if kind is None and stated:
        kind = _KINDS.get(stated.group(1).lower(), "other")
    if kind is None:
        delayed = formats.DELAYED.search(subject) or formats.DELAYED.search(own[:5_000])
        kind = "delayed" if delayed else "failed"
    status = formats.STATUS.search(own)
    reply = formats.SMTP_REPLY.search(own)
    return Bounce(
        kind=kind,
        recipient=_recipient(root, own),
        status=status.group(1) if status else "",
        diagnostic=words.one_line(reply.group(1))[:MAX_DIAGNOSTIC] if reply else "",
        original_message_id=_original_id(leaves, body),
    )


def _recipient(root: Part, own: str) -> str:
    header = charsets.decode(root.get("x-failed-recipients"))[0]
    for value in header.split(","):
        address = addresses.canonical(value.strip("<> "))
        if address:
            return address
    # Our own address stands in most reports too: it is where the report was sent.
    ours = {
        address.address
        for name in ("to", "from", "delivered-to")
        for address in addresses.parse(charsets.decode(root.get(name))[0], lenient=True)[0]
    }
    for pattern in formats.RECIPIENT:
        for match in list(pattern.finditer(own[:20_000]))[:20]:
            address = addresses.canonical(match.group(1).removeprefix("mailto:"))
            if address and address not in ours:
                return address
    return ""


def _original_id(leaves: list[Part], body: str) -> str:
    for part in leaves:
        if part.content_type not in _ORIGINALS:
            continue
        try:
            raw = mime.head(payload(part, mime.MAX_HEADERS)).get("message-id")
        except Unreadable:  # the copy breaks a limit; the report itself is fine
            continue
        found = re.search(r"<[^<>\s]{1,500}>", charsets.decode(raw)[0])
        if found:
            return found.group()
    copied = formats.COPY.search(body)
    found = _MESSAGE_ID.search(body, copied.start() if copied else 0)
    return found.group(1) if found else ""
