"""The letters that the driver sends: each with a marker of its own in subject, id and text."""

import random
from email.message import EmailMessage
from email.policy import SMTP

ADDRESS = "support@okno.example"
MAILBOX = "mailbox@okno.example"


def file_of(item: str, size: int) -> bytes:
    """Bytes that belong to this item only, as many as asked for."""
    return item.encode() + b"\n" + random.Random(item).randbytes(size)


def letter(item: str, to: str = ADDRESS, file_size: int = 0) -> tuple[bytes, tuple[bytes, ...]]:
    """A letter as bytes, and its attachments. The same arguments give the same bytes."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Client <client-{item}@client.example>"
    message["To"] = to
    message["Subject"] = f"Letter {item}"
    message["Message-ID"] = f"<{item}@client.example>"
    message["Date"] = "Thu, 06 Mar 2025 10:00:00 +0000"
    message.set_content(f"Good day,\n\nwhere is my order? {item} .\n.\n\nClient\n")
    files = (file_of(item, file_size),) if file_size else ()
    for data in files:
        message.add_attachment(
            data, maintype="application", subtype="octet-stream", filename=f"{item}.bin"
        )
        # The default boundary is random; a repeated letter must be the same letter.
        message.set_boundary(f"=={item}==")
    return message.as_bytes(), files
