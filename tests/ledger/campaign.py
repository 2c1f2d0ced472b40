"""One installation with all its surroundings, worked on until it breaks, then judged."""

import contextlib
import os
import random
import signal
import smtplib
import time
from pathlib import Path
from typing import Self

from tests.ledger.book import Ledger
from tests.ledger.checker import Verdict, check, wait_quiet
from tests.ledger.driver import Driver
from tests.ledger.letters import ADDRESS, MAILBOX
from tests.ledger.product import APART, TOGETHER, Product
from tests.stands.dovecot import Dovecot
from tests.stands.postgres import Postgres
from tests.stands.smtp_sink import SmtpSinkProcess

MAIL_PASSWORD = "battery staple"


class Campaign:
    """A product that runs, a mail server, a sink, a driver, and their ledger, all in `folder`
    (the product's own files in `data`, when given).

    `is_apart`: web, worker and mailin are processes of their own. `seed` chooses the moments.
    """

    def __init__(
        self,
        folder: Path,
        database: str = "sqlite",
        *,
        server: Postgres | None = None,
        data: Path | None = None,
        is_apart: bool = False,
        has_imap: bool = True,
        seed: int | None = None,
        run: str = "run",
        settings: dict[str, str] | None = None,
    ) -> None:
        seed = random.SystemRandom().randrange(1 << 32) if seed is None else seed
        print(f"campaign {run}: seed {seed}")
        self.random = random.Random(seed)
        self._stack = contextlib.ExitStack()
        folder.mkdir(parents=True, exist_ok=True)
        enter = self._stack.enter_context
        try:
            self.dovecot = enter(Dovecot(users={MAILBOX: MAIL_PASSWORD})) if has_imap else None
            self.sink = enter(SmtpSinkProcess(folder))
            self.product = enter(
                Product(
                    data or folder / "data",
                    database,
                    server=server,
                    sink_port=self.sink.port,
                    parts=APART if is_apart else TOGETHER,
                    settings=settings,
                )
            )
            self.ledger = enter(Ledger(folder / "ledger.jsonl"))
            self.driver = Driver(self.product, self.ledger, run, self.dovecot)
            self._stack.callback(self.driver.close)
            port = self.dovecot.port if self.dovecot else 0
            self.product.set_up(port, MAIL_PASSWORD)
        except BaseException:
            self._stack.close()
            raise

    @property
    def doors(self) -> tuple[str, ...]:
        return ("smtp", "smtp", "imap", "chat") if self.dovecot else ("smtp", "chat")

    def traffic(self) -> None:
        """A little of everything."""
        for door in self.doors:
            is_big = door != "chat" and self.random.random() < 0.3
            self.driver.send(door, 1, is_big=is_big, answered=1)
        if self.random.random() < 0.15:
            self.driver.send("pipe", 1, answered=1)

    def hand_over(self, raw: bytes) -> None:
        """Give a letter that is not in the ledger to the SMTP door; raises when it is refused."""
        with smtplib.SMTP("127.0.0.1", self.product.smtp_port, timeout=20) as session:
            session.sendmail("", [ADDRESS], raw)

    def random_kills(self, kills: int) -> None:
        """Under traffic, kill a random process (or all) at random moments, `kills` times."""
        self.product.start()
        for _ in range(kills):
            end = time.monotonic() + self.random.uniform(0.05, 1.5)
            while time.monotonic() < end:
                if self.driver.waiting() < 12:
                    self.traffic()
                time.sleep(self.random.uniform(0.02, 0.15))
            self._kill_something()
            self.product.start()

    def _kill_something(self) -> None:
        """Everything, one command with what it runs, or one of the processes that it runs."""
        names = list(self.product.running)
        one = self.product.running[self.random.choice(names)]
        children = [pid for name in ("web", "worker", "mailin") for pid in one.children(name)]
        if children and self.random.random() < 0.5:
            os.kill(self.random.choice(children), signal.SIGKILL)
        else:
            victims = names if self.random.random() < 0.3 else [self.random.choice(names)]
            self.product.kill(*victims)

    def verdict(self, seconds: float = 90) -> Verdict:
        """Let everything come to rest in a product that runs whole, then judge."""
        self.product.start()
        self.driver.settle(seconds)
        wait_quiet(self.product, self.ledger, seconds)
        verdict = check(self.product, self.ledger, self.sink.mails, self.driver.chat.shown())
        verdict.details += self.driver.errors[:20]
        verdict.broken += len(self.driver.errors)
        return verdict

    def close(self) -> None:
        """End everything."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
