"""Address lists (RFC 5322, section 3.4) to one canonical form; what is not plain is refused."""

from __future__ import annotations

import re
import unicodedata

from okno.kit.mail import words
from okno.kit.mail.letter import Address

MAX_ADDRESSES = 1_000
MAX_GUESSED = 2_000
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.+[\w!#$%&'*+/=?^`{|}~-]+)*\.?")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# A quotation that does not end is looked for only so far: each quote in it would cost its length.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.){0,500}+"|[(),<>:;]|[^"(),<>:;]+|"', re.S)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.){0,1000}+)"')
_QUOTED_PAIR = re.compile(r"\\(.)", re.S)
_BRACKETS = str.maketrans("<>()[]", "      ")
_AT = re.compile(r"(?<![^\s<>()\[\],;:\"])[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+")


def canonical(spec: str) -> str:
    """Canonical form of one addr-spec, or "" if it is none or could be read in two ways.

    Lower case, no trailing dot, domain in punycode (RFC 3492) so that look-alikes show. A quoted
    local part is accepted only when the quotes were not needed.
    """
    spec = spec.strip()
    if len(spec) > 320 or not spec.isprintable() or "=?" in spec:
        return ""
    local, at, domain = spec.rpartition("@")
    if not at or not local or not domain:
        return ""
    if local[0] == '"' and local[-1] == '"' and len(local) > 2:
        local = _QUOTED_PAIR.sub(r"\1", local[1:-1])
    local = unicodedata.normalize("NFC", local).lower()
    if len(local) > 128 or not _LOCAL.fullmatch(local):
        return ""
    host = _domain(domain)
    return f"{local}@{host}" if host else ""


def settled(spec: str) -> str:
    """The canonical form; raises ValueError where `canonical` gives ""."""
    found = canonical(spec)
    if not found:
        raise ValueError(f"{spec[:80]!r} is not an e-mail address")
    return found


def _domain(domain: str) -> str:
    domain = domain.lower().removesuffix(".")
    if not domain.isascii():
        try:
            labels = [_puny(label) for label in re.split("[.\u3002\uff0e\uff61]", domain)]
        except UnicodeError:
            return ""
        domain = ".".join(labels)
    if len(domain) > 253 or not all(_LABEL.fullmatch(label) for label in domain.split(".")):
        return ""
    return domain


def _puny(label: str) -> str:
    if not label or len(label) > 63:
        raise UnicodeError
    return label.encode("idna").decode("ascii").lower()


class _Reader:
    """Collects the mailboxes of one header; `doubtful` when it is not a plain list of them."""

    def __init__(self, lenient: bool) -> None:
        self.lenient = lenient
        self.found: list[Address] = []
        self.doubtful = False
        self.carried = ""
        self._reset()

    def _reset(self) -> None:
        self.phrase: list[str] = []
        self.comments: list[str] = []
        self.angle: str | None = None
        self.angles = 0
        self.after = ""

    def finish(self) -> None:
        """Close the current list item."""
        phrase = "".join(self.phrase).strip()
        if self.angles:
            self._named(phrase)
        elif phrase or self.comments:
            self._bare(phrase)
        self._reset()

    def _named(self, phrase: str) -> None:
        address = canonical(self.angle or "")
        is_odd = self.angles > 1 or bool(_AT.search(self.after))
        self.doubtful = self.doubtful or is_odd
        name = _name(f"{self.carried} {phrase}".strip())
        self.carried = ""
        if not address or is_odd or (self.doubtful and not self.lenient):
            self.doubtful = True
            return
        self.found.append(Address("" if canonical(name) == address else name, address))

    def _bare(self, phrase: str) -> None:
        address = canonical(phrase) if "@" in phrase else ""
        if not address and phrase and "@" in phrase:
            pieces = _AT.findall(phrase)  # a name before an address that lost its brackets
            address = canonical(pieces[0]) if len(pieces) == 1 else ""
            self.doubtful = True
            if address and self.lenient:
                self.found.append(Address(_name(phrase.replace(pieces[0], "")), address))
            return
        if address:
            self.found.append(Address(_name(" ".join(self.comments)), address))
            return
        comment = canonical(self.comments[0]) if len(self.comments) == 1 else ""
        if comment and self.lenient:  # "Name (a@b.example)", seen from old gateways
            self.found.append(Address(_name(phrase), comment))
        elif phrase:  # an unquoted comma inside a name: "Last, First <a@b.example>"
            self.carried = f"{self.carried} {phrase},".strip()

    def feed(self, tokens: list[str]) -> None:
        position = 0
        while position < len(tokens) and len(self.found) < MAX_ADDRESSES:
            position = self._step(tokens, position)
        self.finish()
        if self.carried:
            self.doubtful = True

    def _step(self, tokens: list[str], position: int) -> int:
        token = tokens[position]
        if token == "(":
            return self._comment(tokens, position)
        if token == "<":
            return self._angle(tokens, position)
        if token in (",", ";"):
            self.finish()
        elif token == ":":  # group syntax: members are addresses, the name is nobody
            self.doubtful = True
            self._reset()
        elif token not in (")", ">"):
            if self.angles:
                self.after += token
            else:
                self.phrase.append(token)
        return position + 1

    def _comment(self, tokens: list[str], position: int) -> int:
        depth, inside = 0, []
        while position < len(tokens):
            token = tokens[position]
            depth += {"(": 1, ")": -1}.get(token, 0)
            position += 1
            if depth == 0:
                break
            if token != "(" or depth > 1:
                inside.append(token)
        self.comments.append("".join(inside).strip())
        # "a(x)@b": text goes on right after the comment, so it sat inside an address
        following = tokens[position] if position < len(tokens) else ""
        before = self.phrase[-1] if self.phrase else ""
        if following.startswith("@") or before.endswith("@"):
            self.doubtful = True
            self.phrase.append(" (comment) ")
        return position

    def _angle(self, tokens: list[str], position: int) -> int:
        self.angles += 1
        inside = []
        position += 1
        while position < len(tokens) and tokens[position] not in (">", "<"):
            inside.append(tokens[position])
            position += 1
        if self.angle is None:
            self.angle = re.sub(r"^\s*mailto:", "", "".join(inside)).strip()
        closed = position < len(tokens) and tokens[position] == ">"
        return position + 1 if closed else position


def _name(raw: str) -> str:
    raw = _QUOTED.sub(lambda found: _QUOTED_PAIR.sub(r"\1", found[1]), raw)
    name = words.one_line(words.decode_words(raw))[:300]
    while len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return name


def parse(value: str, *, lenient: bool = False) -> tuple[tuple[Address, ...], bool]:
    """Mailboxes of a raw (still word-encoded) header text, and whether it is plainly a list.

    `lenient` is for recipients, where a wrong guess gives nobody an identity.
    """
    reader = _Reader(lenient)
    reader.feed(_TOKEN.findall(value))
    return tuple(reader.found), not reader.doubtful


def guess(value: str) -> Address | None:
    """The one address that stands anywhere in an identity header that is no plain mailbox: the
    whole value as encoded words, brackets left out or doubled, a comment in a comment. None when
    it could be another one; what is found proves nothing."""
    text = words.one_line(words.decode_words(value[:MAX_GUESSED])).replace("mailto:", "")
    if len(value) >= MAX_GUESSED or "@" not in text or words.has_unseen(value):
        return None
    # Blanks around "@" and "." are allowed by the old syntax (RFC 5322 section 4.4).
    text = re.sub(r"<[^<>]*>", lambda found: re.sub(r"\s*([@.])\s*", r"\1", found[0]), text)
    text = re.sub(r"\s*@\s*", "@", text) if text.count("@") == 1 else text
    seen = _AT.findall(text)
    found = {canonical(one.strip("'")) for one in seen}
    is_group = ":" in re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    is_cut = re.search(r"<[^<>]*@[^<>\s]*\s[^<>(]*>", text)
    if is_group or is_cut or text.count("@") != len(seen) or len(found) != 1 or "" in found:
        return None
    for one in seen:
        text = text.replace(one, " ")
    return Address(_name(text.translate(_BRACKETS)), found.pop())


def single(value: str) -> Address | None:
    """The one mailbox of an identity header (From, Sender), None if it is not exactly one."""
    found, plain = parse(value)
    return found[0] if plain and len(found) == 1 else None


def imitates(address: Address) -> bool:
    """True if the display name shows another address than the real one."""
    return any(canonical(seen) != address.address for seen in _AT.findall(address.name))
