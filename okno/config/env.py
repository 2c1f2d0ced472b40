"""Settings of the installation: about twenty environment names, typed, none needed to start.

Everything else lives in the database and is edited in the console.
"""

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


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


def is_port(text: str) -> bool:
    """Whether a text is the number of a TCP port; 0 lets the system choose one."""
    return text.isascii() and text.isdigit() and int(text) < 65_536


def _host(text: str) -> str:
    """A name or address that a socket can be bound to; raises ValueError."""
    if ":" in text or not text.strip("0123456789."):
        return str(ip_address(text))
    if not _HOST_NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no host name or address")
    return text


def _address(text: str) -> tuple[str, int] | None:
    if not text or text == "off":
        return None
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal():
        raise ValueError("use host:port, for example 127.0.0.1:8000, or off")
    if not is_port(port):
        raise ValueError(f"{port} is no port: use 1 to 65535")
    return _host(host.strip("[]") or "127.0.0.1"), int(port)


def _names(text: str) -> list[str]:
    return [part for part in (p.strip() for p in text.replace(" ", ",").split(",")) if part]


def _host_names(text: str) -> list[str]:
    names = _names(text)
    for name in names:
        if name != "*" and not _HOST_PATTERN.fullmatch(name):
            raise ValueError(f"{name!r} is no host name: write it without http:// and port")
    return names


def _host_name(text: str) -> str:
    if not _HOST_NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no host name")
    return text


def _openings(text: str) -> list[str]:
    names = _names(text)
    for name in names:
        host, colon, port = name.rpartition(":")
        if not _is_network(name) and not (colon and host and is_port(port)):
            raise ValueError(f"{name!r} is neither host:port nor a network such as 10.0.0.0/8")
    return names


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _url(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError("use a full address that begins with http:// or https://")
    if text:
        _check_server(text)
    return text.rstrip("/")


def _smtp_url(text: str) -> str:
    if text and not text.startswith(("smtp://", "smtps://", "smtp+starttls://")):
        raise ValueError("use smtp://user:password@host:587, or smtps:// for TLS from the start")
    if text:
        _check_server(text)
    return text


def _check_server(url: str) -> None:
    """The text of an error never repeats the address, which may hold a password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("the host or the port of this address cannot be read") from None
    if not host or port == 0:
        raise ValueError("this address has no host, or no usable port")


def _folder(text: str) -> Path:
    if not text.strip():
        raise ValueError("name a folder")
    return Path(text)


def _level(text: str) -> str:
    if text.upper() not in _LEVELS:
        raise ValueError(f"use one of {', '.join(_LEVELS)}")
    return text.upper()


def _number(
    kind: type[int] | type[float], least: float, most: float
) -> Callable[[str], int | float]:
    """A reader of numbers in these limits, both allowed."""

    def read(text: str) -> int | float:
        try:
            number = kind(text)
        except ValueError:
            what = "a whole number" if kind is int else "a number"
            raise ValueError(f"{text!r} is not {what}") from None
        # What is no number (NaN) is in no limits.
        if not least <= number <= most:
            raise ValueError(f"{text} is not from {least:g} to {most:g}")
        return number

    return read


def _optional(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: read(text) if text else None


_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*\.?")
# Django's: a name, an IPv6 address in brackets, or a dot for every host below a domain.
_HOST_PATTERN = re.compile(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]")
DAY_SECONDS = 24 * 3600
_AMOUNT = _number(int, 0, 10**9)
_SECONDS = _number(float, 0, DAY_SECONDS)


def _processes(text: str) -> int:
    """So many, or one for each core, but no more than four."""
    return int(_number(int, 1, 64)(text or str(min(os.cpu_count() or 1, 4))))


SETTINGS = (
    Setting("OKNO_DATA_DIR", "data", _folder, "folder for the database, files and the secret key"),
    Setting("OKNO_BIND", "127.0.0.1:8000", _address, "where pages and API are served"),
    Setting("OKNO_PUBLIC_URL", "", _url, "the address people use; default from OKNO_BIND"),
    Setting("OKNO_SMTP_BIND", "127.0.0.1:8025", _address, "where letters come in; `off` for none"),
    Setting("OKNO_SMTP_CERT", "", str, "certificate (PEM) of the letter door; turns STARTTLS on"),
    Setting("OKNO_SMTP_KEY", "", str, "its private key (PEM)"),
    Setting(
        "OKNO_SMTP_URL", "", _smtp_url, "outgoing mail by default: smtp://user:pass@host:587", True
    ),
    Setting("OKNO_SMTP_HOSTNAME", "localhost", _host_name, "the name we give in EHLO"),
    Setting("OKNO_DATABASE_URL", "", str, "postgresql://...; empty: SQLite in the folder", True),
    Setting(
        "OKNO_SECRET_KEY",
        "",
        str,
        "key of all secrets; with SQLite one is made in the folder, else `okno key new` prints one",
        True,
    ),
    Setting(
        "OKNO_SECRET_KEY_OLD",
        "",
        str.split,
        "former keys, which may still open; see `okno key`",
        True,
    ),
    Setting(
        "OKNO_ALLOW_PRIVATE", "", _openings, "private host:port or networks we may call out to"
    ),
    Setting("OKNO_ALLOWED_HOSTS", "", _host_names, "more host names the pages answer to"),
    Setting("OKNO_TRUSTED_PROXY", "", _flag, "1: believe X-Forwarded-Proto and -For of our proxy"),
    Setting(
        "OKNO_API_PER_MINUTE", "6000", _AMOUNT, "requests a minute of one API token; 0: no limit"
    ),
    Setting("OKNO_WEB_PROCESSES", "", _processes, "how many serve pages; default: one a core, 4"),
    Setting("OKNO_WORKERS", "8", _number(int, 1, 256), "how many jobs run at once in one process"),
    Setting(
        "OKNO_LEASE_SECONDS",
        "30",
        _number(float, 0.5, 3600),
        "a dead worker's job is taken over after this",
    ),
    Setting("OKNO_RETRY_SCALE", "1", _SECONDS, "multiplies the waits between tries; for tests"),
    Setting("OKNO_UNDO_SECONDS", "10", _SECONDS, "a letter waits so long to be taken back; 0: not"),
    Setting(
        "OKNO_IMAP_POLL_SECONDS",
        "60",
        _number(float, 0.1, DAY_SECONDS),
        "longest wait between looks into a mailbox",
    ),
    Setting("OKNO_PROBE_BIND", "", _address, "where `worker` or `mailin` alone answer /health/*"),
    Setting(
        "OKNO_DRAIN_SECONDS",
        "",
        _optional(_number(float, 0, 3600)),
        "told to stop, pages say so to a load balancer for so long first; `web`: 5, `serve`: 0",
    ),
    Setting("OKNO_LOG_LEVEL", "INFO", _level, "DEBUG, INFO, WARNING or ERROR"),
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
    if bool(values["OKNO_SMTP_CERT"]) != bool(values["OKNO_SMTP_KEY"]):
        raise BadSetting("OKNO_SMTP_CERT and OKNO_SMTP_KEY belong together: set both or none")
    return values
