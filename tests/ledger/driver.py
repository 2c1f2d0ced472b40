"""Sends letters by three doors, writes in the chat, and answers through the API, as people would.

Each door has a thread and a queue. What was not acknowledged is handed over again, the same bytes
with the same id, until it is: so do mail servers, pipes with exit code 75, and pages.
"""

import http.client
import queue
import smtplib
import sqlite3
import threading
import time
from collections.abc import Callable

import httpx
import psycopg

from tests.ledger.book import Ledger
from tests.ledger.chat import Chat, text_of
from tests.ledger.letters import ADDRESS, MAILBOX, letter
from tests.ledger.product import Product
from tests.stands.dovecot import Dovecot
from tests.stands.processes import StandError, wait_until

PAUSE_SECONDS = 0.2
DATABASE_ERRORS = (psycopg.Error, sqlite3.Error)
# Over this a raw letter goes to a file instead of a row.
BIG = 90_000


class Driver:
    """Items of one run; `run` is part of every marker.

    `errors` collects answers that no fault explains, such as a 400 for a good request.
    """

    def __init__(
        self, product: Product, ledger: Ledger, run: str, dovecot: Dovecot | None = None
    ) -> None:
        self.product, self.ledger, self.run, self.dovecot = product, ledger, run, dovecot
        self.errors: list[str] = []
        self.chat = Chat(product)
        self.busy = 0
        self._numbers = 0
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._places: dict[str, int] = {}
        self._queues: dict[str, queue.Queue[str]] = {}
        doors: dict[str, Callable[[str], bool]] = {
            "smtp": self._smtp,
            "pipe": self._pipe,
            "imap": self._imap,
            "chat": self._chat,
            "api": self._api,
        }
        for name, hand_over in doors.items():
            self._queues[name] = queue.Queue()
            threading.Thread(target=self._run, args=(name, hand_over), daemon=True).start()

    def send(self, door: str, count: int = 1, *, is_big: bool = False, answered: int = 0) -> None:
        """Queue `count` new letters at a door; `answered` of them get a reply of ours."""
        for index in range(count):
            with self._lock:
                self._numbers += 1
                item = f"{self.run}-{door}-{self._numbers:05}" + ("-big" if is_big else "")
            self._queues[door].put(item)
            if index < answered:
                self._queues["api"].put(f"{item}-reply")

    def waiting(self) -> int:
        """How many items are not acknowledged yet."""
        return sum(q.unfinished_tasks for q in self._queues.values())

    def settle(self, seconds: float = 60) -> None:
        """Return when everything was acknowledged; raises StandError after `seconds`."""
        try:
            wait_until(lambda: self.waiting() == 0, seconds, "acknowledgements")
        except StandError as error:
            counts = {name: q.unfinished_tasks for name, q in self._queues.items()}
            raise StandError(f"{error}: {counts} {self.errors[-3:]}") from None

    def close(self) -> None:
        """End the threads; what is queued stays undone."""
        self._ending.set()

    def _run(self, name: str, hand_over: Callable[[str], bool]) -> None:
        waiting = self._queues[name]
        while not self._ending.is_set():
            try:
                item = waiting.get(timeout=0.5)
            except queue.Empty:
                continue
            if not hand_over(item):
                # To the end: one that has to wait for something holds up no other.
                waiting.put(item)
                time.sleep(PAUSE_SECONDS)
            waiting.task_done()

    def _letter(self, item: str, door: str, to: str) -> bytes:
        raw, files = letter(item, to, BIG if item.endswith("-big") else 0)
        self.ledger.attempted(item, door, raw, files)
        return raw

    def _smtp(self, item: str) -> bool:
        raw = self._letter(item, "smtp", ADDRESS)
        try:
            with smtplib.SMTP("127.0.0.1", self.product.smtp_port, timeout=20) as session:
                session.sendmail("client@client.example", [ADDRESS], raw)
                self.ledger.acknowledged(item)
        except smtplib.SMTPServerDisconnected:
            pass
        except smtplib.SMTPResponseException as error:
            self._unless(400 <= error.smtp_code < 500, f"smtp {item}: {error}")
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            self._unless(all(400 <= code < 500 for code in codes), f"smtp {item}: {error}")
        except OSError:
            pass
        return self.ledger.entries[item].acknowledged_at is not None

    def _pipe(self, item: str) -> bool:
        raw = self._letter(item, "pipe", ADDRESS)
        done = self.product.command("mail", "deliver", "--to", ADDRESS, input=raw)
        if done.returncode == 0:
            self.ledger.acknowledged(item)
            return True
        self._unless(done.returncode in (75, -9), f"pipe {item}: {done.returncode} {done.stderr!r}")
        return False

    def _imap(self, item: str) -> bool:
        assert self.dovecot is not None
        self.dovecot.deliver(MAILBOX, self._letter(item, "imap", MAILBOX))
        self.ledger.acknowledged(item)
        return True

    def _chat(self, item: str) -> bool:
        self.ledger.attempted(item, "chat", text_of(item).encode())
        try:
            answer = self.chat.write(item)
        except (httpx.HTTPError, OSError, *DATABASE_ERRORS):
            return False
        if answer is None or not self._is_good(answer, f"chat {item}"):
            return False
        self.ledger.acknowledged(item)
        return True

    def _api(self, item: str) -> bool:
        """Answer the conversation of a letter, once it is there."""
        try:
            with self.product.client() as client:
                letter_item = item.removesuffix("-reply")
                number = self._place(client, letter_item)
                if number is None:
                    return self._is_stub(letter_item)
                return self._reply(client, item, number)
        except (httpx.HTTPError, http.client.HTTPException, OSError, *DATABASE_ERRORS):
            return False

    def _place(self, client: httpx.Client, item: str) -> int | None:
        if "-chat-" in item:
            question = "SELECT conversation_id FROM desk_message WHERE text = %s"
            found = self.product.database.rows(question, [text_of(item)])
            return found[0][0] if found else None
        if item not in self._places:
            after = ""
            while item not in self._places:
                answer = client.get("/conversations", params={"limit": 200, "after": after})
                if not self._is_good(answer, "list"):
                    return None
                page = answer.json()
                for row in page["items"]:
                    self._places[row["subject"].removeprefix("Letter ")] = row["number"]
                after = page["next"]
                if not after:
                    break
        return self._places.get(item)

    def _is_stub(self, item: str) -> bool:
        """Whether a letter was set aside as unreadable: then there is nobody to answer."""
        entry = self.ledger.entries.get(item)
        table = "channels_inbound WHERE state = 'unreadable' AND sha256 = %s"
        question = f"SELECT count(*) FROM {table}"
        return entry is not None and self.product.database.count(question, [entry.sha256]) > 0

    def _reply(self, client: httpx.Client, item: str, number: int) -> bool:
        text = f"It is on its way. {item} ."
        self.ledger.attempted(item, "api", text.encode())
        answer = client.post(
            f"/conversations/{number}/messages",
            json={"text": text},
            headers={"Idempotency-Key": item},
        )
        if self._is_good(answer, item):
            self.ledger.acknowledged(item)
            return True
        return False

    def _is_good(self, answer: httpx.Response, what: str) -> bool:
        if answer.is_success:
            return True
        self._unless(answer.status_code in (429, 503), f"api {what}: {answer.status_code}")
        return False

    def _unless(self, is_expected: bool, what: str) -> None:
        if not is_expected:
            self.errors.append(what)
