"""The sender's own words: quotations and signatures cut, answers between quotations kept.

Works on lines. When in doubt a line stays: text shown twice is a nuisance, lost text is a fault.
"""

from __future__ import annotations

from okno.kit.mail import reply_patterns as patterns

MAX_LINES = 20_000
MAX_LINE = 400
MAX_SEPARATOR = 120
WINDOW = 6
MAX_MARKER = 600
# No person's letter has more lines that may stand above a quotation; each costs up to 0.3 ms.
MAX_MARKERS = 1_000
MAX_FIELDS = 20
SIGNATURE_LINES = 12

_TEXT, _BLANK, _QUOTE, _MARKER, _CUT = "teqbc"


def reply_text(text: str) -> str:
    """The own words in `text` (any line ends); the whole text if nothing else can be told."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    lines = [line.rstrip() for line in _unsigned(whole).split("\n", MAX_LINES)]
    kinds = _classify(lines)
    kept = _own(lines, kinds)
    kept = _without_signature(lines, kinds, kept)
    result = "\n".join(lines[index] for index in kept).strip("\n").rstrip()
    return result if result.strip() else whole.rstrip()


def _unsigned(text: str) -> str:
    """Without the armour around a signed text, and its escaped dashes (RFC 9580, section 7)."""
    start = text.find("-----BEGIN PGP SIGNED MESSAGE-----\n")
    signature = text.find("\n-----BEGIN PGP SIGNATURE-----", start) if start >= 0 else -1
    words = text.find("\n\n", start, signature) if signature >= 0 else -1
    if words < 0:
        return text
    last = text.find("-----END PGP SIGNATURE-----", signature)
    below = "" if last < 0 else text[last:].partition("\n")[2]
    return f"{text[:start]}{text[words + 2 : signature]}\n{below}".replace("\n- -", "\n-")


def _classify(lines: list[str]) -> list[str]:
    """One letter per line: text, blank (e), quote, marker (b), cut (all below is quoted)."""
    kinds = [_kind(line) for line in lines]
    _fences(lines, kinds)
    _bare(lines, kinds)
    tries = 0
    for index in range(len(lines)):
        if kinds[index] == _CUT:
            _widen_cut(lines, kinds, index)
            continue
        tries += lines[index].endswith((":", "：", "--"))
        start = _marker_start(lines, kinds, index) if tries <= MAX_MARKERS else -1
        if start >= 0:
            kinds[start : index + 1] = _MARKER * (index + 1 - start)
    _bars(lines, kinds)
    return kinds


def _kind(line: str) -> str:
    if not line.strip("\u200b\xa0 \t"):
        return _BLANK
    if patterns.QUOTE.match(line):
        return _QUOTE
    if len(line) <= MAX_SEPARATOR and patterns.SEPARATOR.match(line):
        return _TEXT if patterns.ARMOUR.match(line) else _CUT
    return _TEXT


def _fences(lines: list[str], kinds: list[str]) -> None:
    """Lines of a fenced block of code are text, whatever they look like."""
    marks = [index for index, line in enumerate(lines) if line.startswith("```")]
    for start, end in zip(marks[::2], marks[1::2], strict=False):
        for index in range(start, end + 1):
            kinds[index] = _TEXT


def _bare(lines: list[str], kinds: list[str]) -> None:
    """ "--- Message ---" is a line of the person's own unless a letter's fields stand below."""
    for index, kind in enumerate(kinds):
        if kind == _CUT and patterns.BARE_SEPARATOR.match(lines[index]):
            below = [line[:MAX_LINE] for line in lines[index + 1 : index + 4] if line.strip()]
            if not any(patterns.ANY_FIELD.match(line) or "@" in line for line in below):
                kinds[index] = _TEXT


def _widen_cut(lines: list[str], kinds: list[str], index: int) -> None:
    """If only quoted lines follow a separator, text after them is the sender's: a mere marker."""
    end = _fields_end(lines, index + 1)
    following = _next(kinds, end)
    if following == _QUOTE:
        kinds[index:end] = _MARKER * (end - index)


def _fields_end(lines: list[str], start: int) -> int:
    """Where the block of header fields that begins at `start` (after blanks) ends."""
    index = start
    while index < len(lines) and index < start + 2 and not lines[index].strip():
        index += 1
    stop = min(len(lines), start + MAX_FIELDS)
    while index < stop and patterns.ANY_FIELD.match(lines[index][:MAX_LINE]):
        index += 1
    return index


def _next(kinds: list[str], start: int) -> str:
    """Kind of the first line from `start` on that is not blank; "" at the end."""
    return next((kind for kind in kinds[start : start + 50] if kind != _BLANK), "")


def _marker_start(lines: list[str], kinds: list[str], index: int) -> int:
    """First line of the marker that ends in line `index`; -1 if there is none."""
    line = lines[index].strip()
    if not line or kinds[index] == _BLANK or len(line) > MAX_LINE:
        return -1
    if kinds[index] == _TEXT and _is_field_block(lines, index):
        kinds[index] = _CUT
        _cut_headers(lines, kinds, index)
        return -1
    quoted = _next(kinds, index + 1) == _QUOTE or _bar_follows(lines, index + 1)
    if line[-1] in ":：" or line.endswith("--"):
        return _window(lines, kinds, index, quoted)
    without_colon = patterns.DAY.match(line) and patterns.ADDRESS.search(line[-100:])
    return index if without_colon and quoted and line[-1] == ">" else -1


def _window(lines: list[str], kinds: list[str], index: int, quoted: bool) -> int:
    """Try the line alone, then with up to five before it: programs wrap their markers."""
    fallback = -1
    pieces: list[str] = []
    for start in range(index, max(-1, index - WINDOW), -1):
        if kinds[start] in (_MARKER, _CUT) or len(lines[start]) > MAX_LINE:
            break
        if kinds[start] == _QUOTE and start < index and not lines[start].startswith(">:"):
            break
        pieces.insert(0, lines[start].strip())
        joined = " ".join(piece for piece in pieces if piece)
        if len(joined) > MAX_MARKER:
            break
        if start < index and not patterns.STARTS.match(joined):
            continue
        if kinds[start] == _QUOTE and start == index and not _tail_of_marker(lines[index]):
            break
        strength = _strength(joined, quoted)
        if strength == 2:
            return start
        if strength == 1 and fallback < 0 and start == index:
            fallback = start
    return fallback


def _tail_of_marker(line: str) -> bool:
    """A wrapped address leaves "> wrote:" or ">:" alone on its line."""
    rest = line.strip().lstrip("> ")
    return rest == ":" or bool(patterns.VERB_AT_END.fullmatch(rest))


def _strength(joined: str, quoted: bool) -> int:
    """2: certainly the line above a quotation; 1: perhaps the end of one; 0: no."""
    day = bool(patterns.DAY.search(joined))
    verb_last = bool(patterns.VERB_AT_END.search(joined))
    address_last = bool(patterns.ENDS_WITH_ADDRESS.search(joined))
    address = bool(patterns.ADDRESS.search(joined))
    if patterns.USER_WROTE.match(joined) or (patterns.YOU_WROTE.match(joined) and day):
        return 2
    if day and (
        address_last or (verb_last and (address or quoted or patterns.TIME.search(joined)))
    ):
        return 2
    if day and patterns.VERB.search(joined) and (address or quoted):
        return 2
    if address and quoted and (patterns.TIME.search(joined) or day):
        return 2
    return 1 if (verb_last and (address or quoted)) or (address_last and quoted) else 0


def _bar_follows(lines: list[str], start: int) -> bool:
    seen = [line for line in lines[start : start + 3] if line.strip()]
    return bool(seen) and bool(patterns.BAR.match(seen[0]))


def _bars(lines: list[str], kinds: list[str]) -> None:
    """ "| " quotes like "> " where a marker stands above it."""
    below = False
    for index, kind in enumerate(kinds):
        if kind == _MARKER:
            below = True
        elif kind == _TEXT:
            below = below and bool(patterns.BAR.match(lines[index]))
            if below:
                kinds[index] = _QUOTE


def _is_field_block(lines: list[str], index: int) -> bool:
    """From:, Sent:, To:, Subject: as Outlook and phones put above the letter they answer."""
    if not patterns.AUTHOR.match(lines[index]):
        return False
    when = whom = about = fields = 0
    for line in [line[:MAX_LINE] for line in lines[index + 1 : index + 9]]:
        if not line.strip() and fields >= 2:
            break
        when += bool(patterns.WHEN.match(line))
        whom += bool(patterns.WHOM.match(line))
        about += bool(patterns.ABOUT.match(line))
        fields += bool(patterns.ANY_FIELD.match(line))
    has_address = any("@" in line for line in lines[index : index + 8])
    return (when > 0) + (whom > 0) + (about > 0) >= 2 and (about > 0 or has_address)


def _cut_headers(lines: list[str], kinds: list[str], index: int) -> None:
    """Fields above the author and a ruler above the fields belong to the block."""
    above = index - 1
    while above >= max(0, index - 4) and kinds[above] == _TEXT and _is_field(lines[above]):
        kinds[above] = _CUT
        above -= 1
    while above >= 0 and kinds[above] == _BLANK:
        above -= 1
    if above >= 0 and kinds[above] == _TEXT and patterns.RULER.match(lines[above]):
        kinds[above] = _CUT
    _widen_cut(lines, kinds, index)


def _is_field(line: str) -> bool:
    fields = (patterns.WHEN, patterns.WHOM, patterns.ABOUT)
    return len(line) <= MAX_LINE and any(field.match(line) for field in fields)


def _own(lines: list[str], kinds: list[str]) -> list[int]:
    """Line numbers of the sender's own text, with the quotations he answers in between."""
    end = _unquoted_end(kinds)
    kept = list(range(end))
    if _TEXT not in [kinds[index] for index in kept] or _next(kinds, 0) == _CUT:
        return list(range(len(lines)))
    while kept and kinds[kept[-1]] != _TEXT:  # quotations below the last own word
        kept.pop()
    first = next(index for index in kept if kinds[index] == _TEXT)
    top = [kinds[index] for index in range(first)]
    if _MARKER in top and _QUOTE in top:
        later = {kinds[index] for index in kept if index > first}
        if _QUOTE not in later:  # the answer stands below one whole quotation
            kept = [index for index in kept if index >= first]
    return [index for index in kept if kinds[index] not in (_MARKER, _CUT)]


def _unquoted_end(kinds: list[str]) -> int:
    """Where the own part ends because the letter below is quoted without marks."""
    below = _kinds_below(kinds)
    text_seen = False
    for index, kind in enumerate(kinds):
        if kind == _TEXT:
            text_seen = True
        elif text_seen and (kind == _CUT or (kind == _MARKER and below[index] not in (_QUOTE, ""))):
            return index
    return len(kinds)


def _kinds_below(kinds: list[str]) -> list[str]:
    """For each line the kind of the first line below it that is no marker and not blank."""
    below = [""] * len(kinds)
    for index in range(len(kinds) - 2, -1, -1):
        following = kinds[index + 1]
        below[index] = below[index + 1] if following in (_MARKER, _BLANK) else following
    return below


def _without_signature(lines: list[str], kinds: list[str], kept: list[int]) -> list[int]:
    """Drop signatures at the end of the own text, and the one above a quotation."""
    kept = _trim(lines, kinds, _cut_at_dashes(lines, kinds, kept))
    return _trim(lines, kinds, _cut_closing(lines, kept))


def _cut_at_dashes(lines: list[str], kinds: list[str], kept: list[int]) -> list[int]:
    """A line of two dashes starts a signature (RFC 3676, section 4.3) if it is short enough."""
    text_seen = fenced = False
    for position, index in enumerate(kept):
        if lines[index].startswith("```"):
            fenced = not fenced
        if kinds[index] != _TEXT or fenced:
            continue
        if text_seen and _opens_signature(lines, index):
            length = _signature_length(kinds, kept[position + 1 : position + 40])
            if length >= 0:
                return kept[:position] + kept[position + 1 + length :]
        text_seen = True
    return kept


def _opens_signature(lines: list[str], index: int) -> bool:
    if patterns.DASHES.match(lines[index]):
        return True
    below = lines[index + 1 : index + 6]
    return bool(patterns.UNDERLINE.match(lines[index])) and any(
        patterns.FOOTER.search(line[:MAX_LINE]) for line in below
    )


def _signature_length(kinds: list[str], below: list[int]) -> int:
    """How many lines up to a quotation or the end make a signature; -1 if they are too many."""
    count = 0
    for length, index in enumerate(below):
        if kinds[index] == _QUOTE:
            return length
        count += kinds[index] == _TEXT
        if count > SIGNATURE_LINES:
            return -1
    return len(below) if len(below) < 39 else -1


def _trim(lines: list[str], kinds: list[str], kept: list[int]) -> list[int]:
    """Drop blank lines, rulers, quotations and phone signatures from the end."""
    end = len(kept)
    while end > 1:
        line = lines[kept[end - 1]]
        kind = kinds[kept[end - 1]]
        above = lines[kept[end - 1] - 1].strip()
        is_apart = not above or kept[end - 2] < kept[end - 1] - 1 or _is_mobile(above, True)
        if kind == _TEXT and not patterns.RULER.match(line) and not _is_mobile(line, is_apart):
            break
        end -= 1
    return kept[:end] if any(kinds[index] == _TEXT for index in kept[:end]) else kept


def _is_mobile(line: str, is_apart: bool) -> bool:
    """What phones add; "Sent via DHL" in the last line of a paragraph is the person's."""
    if len(line) >= 300 or not patterns.MOBILE.match(line.strip()):
        return False
    return is_apart or bool(patterns.DEVICE.search(line))


def _cut_closing(lines: list[str], kept: list[int]) -> list[int]:
    """Russian and Ukrainian letters sign with "С уважением," and a few short lines."""
    own = [index for index in kept if lines[index].strip()]
    for position, index in enumerate(own[-8:], max(0, len(own) - 8)):
        if position == 0 or not patterns.CLOSING.match(lines[index][:120]):
            continue
        below = [lines[line].strip() for line in own[position + 1 :]]
        if any(patterns.POSTSCRIPT.match(line) or _is_sentence(line) for line in below):
            return kept
        kept = [line for line in kept if line < index]
        while kept and not lines[kept[-1]].strip():
            kept.pop()
        return kept
    return kept


def _is_sentence(line: str) -> bool:
    return len(line) > 100 or len(line.split()) > 10 or line.endswith("?")
