"""One client's talk with the SMTP sink: RFC 5321 with the extensions a mail provider offers."""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.stands.smtp_auth import ask
from tests.stands.smtp_record import Fault, Mail, Record
from tests.stands.smtp_rules import Place, Rule, Rules
from tests.stands.smtp_wire import Cut, Wire

ADDRESS = re.compile(r"(?:FROM|TO):\s*<([^<>]*)>((?:\s+\S+)*)\s*", re.IGNORECASE)

EXTENSIONS = frozenset({"SIZE", "8BITMIME", "SMTPUTF8", "AUTH"})


@dataclass
class House:
    """What all sessions of a sink share. `users` set means that mail needs a login."""

    rules: Rules
    record: Record
    users: dict[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    max_bytes: int = 26_214_400
    is_strict: bool = True


class Session:
    """Connection number `number`; `run` talks until the end."""

    def __init__(self, house: House, wire: Wire, number: int) -> None:
        self._house = house
        self._wire = wire
        self._number = number
        self._helo = ""
        self._user: str | None = None
        self._hidden: set[str] = set()
        self._commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "EHLO": self._ehlo, "HELO": self._plain_helo, "STARTTLS": self._starttls,
            "AUTH": self._auth, "MAIL": self._mail, "RCPT": self._rcpt, "DATA": self._data,
            "RSET": self._rset, "NOOP": self._noop, "QUIT": self._quit,
        }  # fmt: skip
        self._reset()

    def _reset(self) -> None:
        self._sender: str | None = None
        self._options: list[str] = []
        self._recipients: list[str] = []

    async def run(self) -> None:
        """Talk until either side ends it. Raises Cut when that is not by QUIT."""
        await self._verdict("connect")
        if not await self._answer("banner", "220 sink.test ESMTP"):
            raise Cut
        while True:
            verb, _, rest = (await self._wire.line()).partition(" ")
            command = self._commands.get(verb.upper())
            if command is None:
                await self._wire.write("500 5.5.1 No such command")
            else:
                await command(rest)

    async def _rules(self, stage: str, rcpt: str = "") -> list[Rule]:
        """Carry out the passing rules of a stage and return all that act, noting each."""
        place = Place(stage, self._number, self._sender or "", rcpt)
        acting = list(self._house.rules.acting(place))
        for rule in acting:
            self._house.record.add(
                Fault(self._number, stage, rule.do, rule.reply, place.sender, rcpt)
            )
            if rule.do == "hide":
                self._hidden.add(rule.name.upper())
            if rule.do == "slow" and stage != "body":
                self._wire.rate = rule.rate
            if rule.do == "wait" and stage != "dot":
                await asyncio.sleep(rule.seconds)
        return acting

    async def _verdict(self, stage: str, rcpt: str = "") -> str:
        """Carry out the rules of a stage; the reply they want instead of the usual one, or ""."""
        for rule in await self._rules(stage, rcpt):
            match rule.do:
                case "drop":
                    self._wire.cut()
                case "garble":
                    await self._wire.write("220 2.0.0 Go ahead")
                    await self._wire.babble()
                case "greylist":
                    return "451 4.7.1 Greylisted, try again later"
                case "reply":
                    return rule.reply
        return ""

    async def _answer(self, stage: str, usual: str, rcpt: str = "") -> bool:
        """Send the usual reply of a stage or what the rules want instead; true if it says yes."""
        reply = await self._verdict(stage, rcpt) or usual
        await self._say(reply)
        return reply[0] in "23"

    async def _say(self, reply: str) -> None:
        """Send a reply; a 421 closes the connection (RFC 5321, 3.8)."""
        await self._wire.write(reply)
        if reply.startswith("421"):
            raise Cut

    async def _plain_helo(self, name: str) -> None:
        self._reset()
        self._helo = name
        self._hidden = set(EXTENSIONS)
        await self._wire.write("250 sink.test")

    async def _ehlo(self, name: str) -> None:
        self._reset()
        self._hidden = set()
        instead = await self._verdict("ehlo")
        if instead:
            await self._say(instead)
            return
        self._helo = name
        offers = [f"SIZE {self._house.max_bytes}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
        if self._house.tls and not self._wire.has_tls:
            offers.append("STARTTLS")
        if self._house.users:
            offers.append("AUTH PLAIN LOGIN XOAUTH2")
        *lines, last = "sink.test", *(o for o in offers if o.split()[0] not in self._hidden)
        await self._wire.write("".join(f"250-{line}\r\n" for line in lines) + f"250 {last}")

    async def _starttls(self, _: str) -> None:
        if not self._house.tls or self._wire.has_tls:
            await self._wire.write("503 5.5.1 No TLS here")
        elif await self._answer("starttls", "220 2.0.0 Go ahead"):
            await self._wire.start_tls(self._house.tls)
            self._helo = ""
            self._reset()

    async def _auth(self, words: str) -> None:
        instead = await self._verdict("auth")
        if instead:
            await self._say(instead)
            return
        claim = await ask(self._wire, words)
        if claim is None:
            await self._wire.write("501 5.5.2 Not understood")
        elif self._house.users.get(claim[0]) != claim[1]:
            await self._wire.write("535 5.7.8 Wrong user name or password")
        else:
            self._user = claim[0]
            await self._wire.write("235 2.7.0 Welcome")

    async def _mail(self, words: str) -> None:
        found = ADDRESS.fullmatch(words)
        error = self._mail_error(found)
        if error or found is None:
            await self._wire.write(error)
            return
        self._reset()
        self._sender = found[1]
        self._options = found[2].upper().split()
        if not await self._answer("mail", "250 2.1.0 Ok"):
            self._reset()

    def _mail_error(self, found: re.Match[str] | None) -> str:
        if not self._helo:
            return "503 5.5.1 Say EHLO first"
        if self._house.users and self._user is None:
            return "530 5.7.0 Log in first"
        if found is None:
            return "501 5.5.4 MAIL FROM:<address>"
        sizes = [0]
        for word in found[2].upper().split():
            name, _, value = word.partition("=")
            offer = {"BODY": "8BITMIME"}.get(name, name)
            if offer not in EXTENSIONS or offer in self._hidden:
                return f"555 5.5.4 {name} is not known here"
            sizes += [int(value)] if name == "SIZE" and value.isdigit() else []
        if max(sizes) > self._house.max_bytes:
            return "552 5.3.4 Message too big"
        if not found[1].isascii() and "SMTPUTF8" not in found[2].upper():
            return "553 5.6.7 Address needs SMTPUTF8"
        return ""

    async def _rcpt(self, words: str) -> None:
        found = ADDRESS.fullmatch(words)
        if self._sender is None:
            await self._wire.write("503 5.5.1 Say MAIL first")
        elif found is None or not found[1]:
            await self._wire.write("501 5.5.4 RCPT TO:<address>")
        elif not found[1].isascii() and "SMTPUTF8" not in self._options:
            await self._wire.write("553 5.6.7 Address needs SMTPUTF8")
        elif await self._answer("rcpt", "250 2.1.5 Ok", found[1]):
            self._recipients.append(found[1])

    async def _data(self, _: str) -> None:
        if not self._recipients:
            await self._wire.write("503 5.5.1 No recipients")
            return
        if not await self._answer("data", "354 End with a dot on a line of its own"):
            return
        acting = await self._rules("body")
        slow = next((rule.rate for rule in acting if rule.do == "slow"), None)
        drop = next((rule.after for rule in acting if rule.do == "drop"), None)
        raw = await self._wire.letter(slow, drop)
        await self._dot(raw)
        self._reset()

    async def _dot(self, raw: bytes) -> None:
        acting = await self._rules("dot")
        final = next((rule for rule in acting if rule.do in ("reply", "drop")), None)
        reply = self._letter_error(raw) or f"250 2.0.0 Ok: number {self._number}"
        is_taken = reply.startswith("2")
        if final and is_taken:
            reply = "" if final.do == "drop" else final.reply
            is_taken = reply[:1] in ("", "2") if final.record is None else final.record
        waits = [rule for rule in acting if rule.do == "wait"]
        for rule in waits:
            if rule.record is False:
                await asyncio.sleep(rule.seconds)
        mail = self._keep(raw, reply or None) if is_taken else None
        for rule in waits:
            if rule.record is not False:
                await asyncio.sleep(rule.seconds)
        if not reply:
            self._wire.cut()
        await self._wire.write(reply)
        if mail:
            self._house.record.replied(mail)
        if reply.startswith("421"):
            raise Cut

    def _keep(self, raw: bytes, reply: str | None) -> Mail:
        record = self._house.record
        mail = Mail(
            record.next_number(), self._number, self._helo, self._sender or "",
            list(self._recipients), list(self._options), raw, self._wire.has_tls, self._user, reply,
        )  # fmt: skip
        record.add(mail)
        return mail

    def _letter_error(self, raw: bytes) -> str:
        """What a strict server finds wrong with a letter; "" if nothing."""
        if len(raw) > self._house.max_bytes:
            return "552 5.3.4 Message too big"
        if not self._house.is_strict:
            return ""
        lines = raw.split(b"\r\n")
        if any(b"\r" in line or b"\n" in line for line in lines):
            return "554 5.6.0 Bare CR or LF (RFC 5321, 2.3.8)"
        if max(map(len, lines)) > 998:
            return "554 5.6.0 Line over 998 octets (RFC 5322, 2.1.1)"
        if not raw.isascii() and "BODY=8BITMIME" not in self._options:
            return "554 5.6.3 8-bit letter without BODY=8BITMIME (RFC 6152)"
        if not raw.partition(b"\r\n\r\n")[0].isascii() and "SMTPUTF8" not in self._options:
            return "554 5.6.7 8-bit header without SMTPUTF8 (RFC 6531)"
        return ""

    async def _rset(self, _: str) -> None:
        self._reset()
        await self._wire.write("250 2.0.0 Ok")

    async def _noop(self, _: str) -> None:
        await self._wire.write("250 2.0.0 Ok")

    async def _quit(self, _: str) -> None:
        await self._answer("quit", "221 2.0.0 Bye")
        raise Cut
