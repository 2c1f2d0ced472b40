"""Settings of the installation: about twenty environment names, typed, none needed to start.

Everything else lives in the database and is edited in the console.
"""

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class BadSetting(SystemExit):
    """A setting that cannot be used; its text says what to do. Ends the program with code 2."""

    def __init__(self, text: str) -> None:
        super().__init__(2)
        self.text = text


@dataclass(frozen=True)
class Setting:
    """One environment name. A secret may also be given as the path of a file, `NAME_FILE`."""

    name: str
    default: str
    read: Callable[[str], Any]
    help: str
    secret: bool = False


def _flag(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("", "0", "false", "no", "off"):
        return False
    raise ValueError("use 1 or 0")


def _address(text: str) -> tuple[str, int] | None:
    if not text or text == "off":
        return None
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        raise ValueError("use host:port, for example 127.0.0.1:8000, or off")
    return host.strip("[]") or "127.0.0.1", int(port)


def _names(text: str) -> list[str]:
    return [part for part in (p.strip() for p in text.replace(" ", ",").split(",")) if part]


def _url(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError("use a full address that begins with http:// or https://")
    return text.rstrip("/")


SETTINGS = (
    Setting("OKNO_DATA_DIR", "data", Path, "folder for the database, files and the secret key"),
    Setting("OKNO_BIND", "127.0.0.1:8000", _address, "where pages and API are served"),
    Setting("OKNO_PUBLIC_URL", "", _url, "the address people use; default from OKNO_BIND"),
    Setting("OKNO_SMTP_BIND", "127.0.0.1:8025", _address, "where letters come in; `off` for none"),
    Setting("OKNO_SMTP_CERT", "", str, "certificate (PEM) of the letter door; turns STARTTLS on"),
    Setting("OKNO_SMTP_KEY", "", str, "its private key (PEM)"),
    Setting("OKNO_SMTP_URL", "", str, "outgoing mail by default: smtp://user:pass@host:587", True),
    Setting("OKNO_SMTP_HOSTNAME", "localhost", str, "the name we give in EHLO"),
    Setting("OKNO_DATABASE_URL", "", str, "postgresql://...; empty: SQLite in the folder", True),
    Setting("OKNO_SECRET_KEY", "", str, "key of all secrets; default: made in the folder", True),
    Setting("OKNO_ALLOW_PRIVATE", "", _names, "private host:port or networks we may call out to"),
    Setting("OKNO_ALLOWED_HOSTS", "", _names, "more host names the pages answer to"),
    Setting("OKNO_TRUSTED_PROXY", "", _flag, "1: believe X-Forwarded-Proto and -For of our proxy"),
    Setting("OKNO_API_PER_MINUTE", "6000", int, "requests a minute of one API token; 0: no limit"),
    Setting("OKNO_WORKERS", "8", int, "how many jobs run at once in one process"),
    Setting("OKNO_LEASE_SECONDS", "30", float, "a dead worker's job is taken over after this"),
    Setting("OKNO_RETRY_SCALE", "1", float, "multiplies the waits between tries; for tests"),
    Setting("OKNO_UNDO_SECONDS", "10", float, "a letter waits so long to be taken back; 0: not"),
    Setting("OKNO_IMAP_POLL_SECONDS", "60", float, "longest wait between looks into a mailbox"),
    Setting("OKNO_LOG_LEVEL", "INFO", str, "DEBUG, INFO, WARNING or ERROR"),
    Setting("OKNO_DEBUG", "", _flag, "1: show errors with their code; for developers only"),
    Setting("OKNO_FAILPOINTS", "", str, "named failures, for tests only"),
    Setting("OKNO_FAILPOINT_LOG", "", str, "file that lists the failpoints passed, for tests only"),
)

_TEST_ONLY = {"OKNO_SHARED_DATA", "OKNO_TEST_DATABASE", "OKNO_TEST_LONG"}


def _raw(setting: Setting, environ: Mapping[str, str]) -> str:
    given = environ.get(setting.name)
    path = environ.get(setting.name + "_FILE") if setting.secret else None
    if given is not None and path is not None:
        raise BadSetting(f"{setting.name} and {setting.name}_FILE are both set; keep one")
    if path is not None:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise BadSetting(f"{setting.name}_FILE: cannot read {path}: {error.strerror}") from None
    return setting.default if given is None else given


def _check_names(environ: Mapping[str, str]) -> None:
    known = {s.name for s in SETTINGS} | {s.name + "_FILE" for s in SETTINGS if s.secret}
    for name in environ:
        if name.startswith("OKNO_") and name not in known | _TEST_ONLY:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise BadSetting(f"unknown setting {name}{hint}")


def load(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """All settings by name; raises BadSetting for an unknown name or an unusable value."""
    _check_names(environ)
    values = {}
    for setting in SETTINGS:
        try:
            values[setting.name] = setting.read(_raw(setting, environ))
        except ValueError as error:
            raise BadSetting(f"{setting.name}: {error}") from None
    return values
