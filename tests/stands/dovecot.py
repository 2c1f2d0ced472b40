r"""A Dovecot IMAP server with its own users and mail.

    with Dovecot(users={"support@example.test": "password"}) as server:
        server.deliver("support@example.test", b"Subject: hello\r\n\r\nHello.\r\n")
        IMAPClient("127.0.0.1", server.port, ssl=False)

Logins: PLAIN and LOGIN over `port` (plain, offers STARTTLS) and `tls_port`; XOAUTH2 and OAUTHBEARER
take the user's password as the token.
"""

import base64
import grp
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Self

from tests.stands.certificate import make_certificate
from tests.stands.dovecot_config import Setup, configuration
from tests.stands.maildir import Letter, Maildir
from tests.stands.processes import Child, Folder, StandError, free_port, wait_until

USERS = {"support@example.test": "correct horse", "sales@example.test": "battery staple"}


class Dovecot:
    """A server in `dir` (a new temporary folder if None, or if the mail account cannot reach it).

    `users` are names and passwords. As root the mail belongs to the system user mail, else to us.
    """

    def __init__(self, dir: Path | None = None, users: dict[str, str] | None = None) -> None:
        program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise StandError("Dovecot is not installed: run tools/install_test_tools.sh")
        is_root = os.geteuid() == 0
        entry = pwd.getpwnam("mail") if is_root else pwd.getpwuid(os.geteuid())
        self._program = program
        self._account = entry.pw_name
        self._folder = Folder(dir, entry.pw_name, "okno-dovecot-")
        self._child: Child | None = None
        self._passwords = dict(USERS if users is None else users)
        self._edits = 0
        self.dir = self._folder.path
        self.log = self.dir / "log"
        self.port = free_port()
        self.tls_port = free_port()
        self.certificate = make_certificate(self.dir)
        group = grp.getgrgid(entry.pw_gid).gr_name
        setup = Setup(
            self.dir, self.port, self.tls_port, self.certificate,
            entry.pw_name, group, entry.pw_uid, is_root,
        )  # fmt: skip
        self._config = self.dir / "dovecot.conf"
        self._config.write_text(configuration(setup, self.version()))
        self._write_users()

    def version(self) -> str:
        """What the program says of itself: "2.3.19.1 (9b53102964)"."""
        return subprocess.check_output([self._program, "--version"], text=True).strip()

    def start(self) -> None:
        """Start and return when it takes logins."""
        for name in ("mail", "run"):
            (self.dir / name).mkdir(exist_ok=True)
        Folder.give(self.dir / "mail", self._account)
        for user in self._passwords:
            self.maildir(user).create()
        output = self.dir / "output"
        self._child = Child([self._program, "-F", "-c", str(self._config)], output)
        wait_until(self._is_ready, 15, f"Dovecot; its logs are {self.log} and {output}")

    def _is_ready(self) -> bool:
        if self._child is None or not self._child.is_alive():
            logs = [p.read_text() for p in (self.dir / "output", self.log) if p.exists()]
            raise StandError("Dovecot did not start:\n" + "".join(logs)[-3000:])
        user, password = next(iter(self._passwords.items()), ("nobody", ""))
        return not self._passwords or self._knows(user, password)

    def stop(self) -> None:
        """End the server and its sessions; the mail stays for another `start`."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def maildir(self, user: str) -> Maildir:
        """The files of a user's mail."""
        home = self.dir / "mail" / user
        if not home.is_dir():
            home.mkdir()
            Folder.give(home, self._account)
        return Maildir(home / "Maildir", lambda path: Folder.give(path, self._account))

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX", flags: str = "") -> Path:
        """Put a letter straight into the folder's files, as a mail server's delivery does."""
        return self.maildir(user).deliver(raw, folder, flags)

    def folder(self, user: str, name: str = "INBOX") -> list[Letter]:
        """The letters of a folder as they lie on disk, oldest first, with their flags."""
        return self.maildir(user).letters(name)

    def set_password(self, user: str, password: str) -> None:
        """Change a password or add a user; returns when the server goes by it.

        Sessions that are open stay open: end them by `kick`.
        """
        self._passwords[user] = password
        self._write_users()
        if self._child is not None:
            wait_until(lambda: self._knows(user, password), 5, "the new password")

    def _write_users(self) -> None:
        # Dovecot looks at time (whole seconds) and size of the file: a comment of growing length
        # makes two changes within a second differ.
        self._edits += 1
        lines = ["#" * self._edits]
        for user, password in self._passwords.items():
            lines.append(f"{user}:{{PLAIN.b64}}{base64.b64encode(password.encode()).decode()}")
        draft = self.dir / "users.new"
        draft.write_text("\n".join(lines) + "\n")
        draft.chmod(0o644)
        draft.replace(self.dir / "users")

    def _knows(self, user: str, password: str) -> bool:
        return self._doveadm("auth", "test", user, password) == 0

    def kick(self, user: str) -> None:
        """End the open sessions of a user."""
        self._doveadm("kick", user)

    def reset_uidvalidity(self, user: str, folder: str = "INBOX") -> None:
        """Give `folder` another UIDVALIDITY and its letters new UIDs from 1 on (RFC 9051, 2.3.1.1).

        What a restored or moved mailbox looks like; ends the user's sessions.
        """
        path = self.maildir(user).path(folder)
        old = self._uidvalidity(path)
        self.kick(user)
        for file in [path / "dovecot-uidlist", *path.glob("dovecot.index*")]:
            file.unlink(missing_ok=True)
        new = str(old + 1)
        code = self._doveadm("mailbox", "update", "-u", user, "--uid-validity", new, folder)
        if code or self._uidvalidity(path) != old + 1:
            raise StandError(f"UIDVALIDITY of {folder} was not changed; see {self.log}")

    def _uidvalidity(self, path: Path) -> int:
        """From the first line of dovecot-uidlist: "3 V1700000000 N5 G..."; 0 if never opened."""
        try:
            words = (path / "dovecot-uidlist").read_text().split("\n", 1)[0].split()
        except FileNotFoundError:
            return 0
        return next(int(word[1:]) for word in words if word.startswith("V"))

    def _doveadm(self, *words: str) -> int:
        output = (self.dir / "output").open("ab")
        with output:
            return subprocess.run(
                ["doveadm", "-c", str(self._config), *words],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False, timeout=20,
            ).returncode  # fmt: skip

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._folder.remove()
