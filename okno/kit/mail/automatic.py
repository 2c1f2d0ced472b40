"""What the headers say about a letter: automatic, from a list, authenticated, spam."""

from __future__ import annotations

import re

from okno.kit.mail import words
from okno.kit.mail.letter import Verdict
from okno.kit.mail.mime import Part

# RFC 3834 wants Auto-Submitted; the rest is what vacation programs without it send.
_MARKS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-vacation",
    "x-mail-autoreply",
    "x-auto-response-from",
    "x-failed-recipients",
    "x-loop-auto",
    "x-out-of-office",
    "x-cron-env",
)
_SUBJECTS = re.compile(
    r"^\W*(?:"
    r"automatic reply|auto(?: response|:\s*(?:re|aw|out|away|absen\w*))\b|"
    r"auto[- ]?(?:reply|response|responder)\b|autoreply|"
    r"automated? (?:reply|response)|out of (?:the )?office|vacation (?:reply|notice|message)|"
    r"away from (?:the|my) (?:office|mail)|"
    r"автоматический ответ|автоответ(?:чик)?\s*(?:[:–—-]|$)|нет на рабочем месте|вне офиса|"
    r"отсутствую на рабочем месте|я в отпуске\W{0,3}(?:с|по|до|$)|"
    r"автоматична відповідь|автовідповідь|"
    r"automatische (?:antwort|e-?mail-antwort)|abwesenheits\w*|abwesend|"
    r"réponse automatique|absence du bureau|respuesta automática|fuera de (?:la )?oficina|"
    r"risposta automatica|resposta automática|automatisch antwoord|afwezigheid|"
    r"odpowiedź automatyczna|autosvar|automaattinen vastaus|自動返信|自动回复|不在通知)",
    re.I,
)
# What stands behind those words; "Auto-reply does not work" was typed by a person.
_AND_NOTHING_ELSE = re.compile(
    r"\W*$|\s*[:：;,.!()\[\]|–—-]|(?<=[返信回复知:–—-])|(?<=\bс)|(?<=\b[дп]о)|"
    r"\s+(?:re|aw|from|to|until|till|message|notification|reply|auto-?reply|response|"
    r"с|до|по|от|von|vom|bis|du|de|del|da)\b",
    re.I,
)
_PRECEDENCE = re.compile(r"auto[-_ ]?reply|junk|bulk", re.I)
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
_SCL = re.compile(r"(?:^|;)\s*SCL:\s*(-?\d{1,2})", re.I)
_DMARC = re.compile(r"^\s*dmarc\s*=\s*([a-z]+)", re.I)
_HEADER_FROM = re.compile(r"\bheader\.from\s*=\s*\"?([^\s;\"]+)", re.I)


def is_automatic(part: Part, subject: str) -> bool:
    """True for vacation replies and other letters nobody typed (RFC 3834, section 5)."""
    submitted = words.text(part.get("auto-submitted")).lower()
    if submitted and submitted.split(";")[0].split("(")[0].strip() != "no":
        return True
    if part.content_type == "multipart/report" or any(part.get(name) for name in _MARKS):
        return True
    if words.text(part.get("x-apple-action")).lower() == "vacation":
        return True
    if _PRECEDENCE.search(words.text(part.get("precedence"))) and not is_list(part):
        return True
    suppress = words.text(part.get("x-auto-response-suppress")).lower()
    if suppress and re.search(r"\b(?:all|oof|autoreply)\b", suppress):
        return True
    if part.get("return-path").replace(b" ", b"") == b"<>":
        return True
    return _is_named_automatic(part, subject)


def _is_named_automatic(part: Part, subject: str) -> bool:
    """By the subject alone. A person who answers puts "Re:" before it; a program that answers
    names the letter it answers in its headers."""
    found = _SUBJECTS.match(subject)
    if found is None:
        return False
    is_answer = bool(part.get("in-reply-to") or part.get("references"))
    return is_answer or bool(_AND_NOTHING_ELSE.match(subject, found.end()))


def is_list(part: Part) -> bool:
    """True for mailing lists and mass mail (RFC 2369, RFC 2919)."""
    names = {name for name, _ in part.headers}
    if names & {"list-id", "list-post", "list-unsubscribe", "x-mailman-version", "x-mailinglist"}:
        return True
    return words.text(part.get("precedence")).lower() == "list"


def authentication(part: Part, authserv_id: str, domain: str) -> Verdict:
    """DMARC verdict of the topmost Authentication-Results of our own server (RFC 8601).

    Others may be forged by the sender, so a header counts only when its authserv-id is exactly
    ours. A pass for another domain than the From domain is no pass.
    """
    if not authserv_id:
        return "none"
    for raw in part.get_all("authentication-results"):
        text = _without_comments(raw.decode("utf-8", "replace"))
        head, *results = _split(text)
        if (head.split() or [""])[0].strip('"') != authserv_id:
            continue
        for result in results:
            verdict = _DMARC.match(result)
            if verdict is None:
                continue
            seen = _HEADER_FROM.search(result)
            if seen and seen.group(1).lower().rstrip(".") != domain:
                return "none"
            word = verdict.group(1).lower()
            return "pass" if word == "pass" else "fail" if word == "fail" else "none"
        return "none"
    return "none"


def _without_comments(text: str) -> str:
    for _ in range(5):  # nested comments; deeper ones are nobody's honest header
        text, count = _COMMENT.subn(" ", text)
        if not count:
            break
    return text


def _split(text: str) -> list[str]:
    """Split at ";" outside of quoted strings."""
    return [piece.strip() for piece in re.findall(r'(?:[^;"]|"(?:[^"\\]|\\.)*"|")+', text)] or [""]


def is_spam(part: Part) -> bool:
    """The verdict of a filter before us: SpamAssassin, rspamd, Exchange (SCL 5 and above)."""
    for name in ("x-spam-flag", "x-spam"):
        if words.text(part.get(name)).lower().startswith(("yes", "true")):
            return True
    status = words.text(part.get("x-spam-status")).lower()
    if status.startswith("yes") or re.search(
        r":\s*true\b", words.text(part.get("x-spamd-result")), re.I
    ):
        return True
    level = words.text(part.get("x-ms-exchange-organization-scl"))
    report = _SCL.search(words.text(part.get("x-forefront-antispam-report")))
    for value in (level, report.group(1) if report else ""):
        if re.fullmatch(r"-?\d{1,2}", value) and int(value) >= 5:
            return True
    return False
