"""Inbound mail: bytes to a frozen Letter. `child.Parser` does the same in a process of its own."""

from okno.kit.mail.letter import Address, Attachment, Bounce, Letter, Unreadable
from okno.kit.mail.parse import parse
from okno.kit.mail.replies import reply_text

__all__ = ["Address", "Attachment", "Bounce", "Letter", "Unreadable", "parse", "reply_text"]
