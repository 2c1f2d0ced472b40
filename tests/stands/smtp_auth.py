"""The logins of the SMTP sink: PLAIN (RFC 4616), LOGIN, and XOAUTH2 with the password as token."""

import base64
import binascii

from tests.stands.smtp_wire import Wire


async def ask(wire: Wire, words: str) -> tuple[str, str] | None:
    """Carry on after "AUTH `words`"; user name and password as claimed, None if not understood."""
    mechanism, _, initial = words.partition(" ")
    try:
        match mechanism.upper():
            case "PLAIN":
                return _plain((initial and _decode(initial)) or await _prompt(wire, ""))
            case "LOGIN":
                user = (initial and _decode(initial)) or await _prompt(wire, "Username:")
                return user, await _prompt(wire, "Password:")
            case "XOAUTH2":
                return _xoauth2((initial and _decode(initial)) or await _prompt(wire, ""))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return None


def _plain(answer: str) -> tuple[str, str]:
    _, user, password = answer.split("\0")
    return user, password


def _xoauth2(answer: str) -> tuple[str, str]:
    user, token, _, _ = answer.split("\x01")
    return user.removeprefix("user="), token.removeprefix("auth=Bearer ")


def _decode(word: str) -> str:
    return base64.b64decode(word, validate=True).decode()


async def _prompt(wire: Wire, question: str) -> str:
    await wire.write(f"334 {base64.b64encode(question.encode()).decode()}")
    return _decode(await wire.line())
