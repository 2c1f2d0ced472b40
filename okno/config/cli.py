"""The command line. Each command says in one line what it did, or what is wrong and what to do."""

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence

import django
from django.conf import settings
from django.db import OperationalError

from okno.config import env, keyfile, private

EPILOG = "Settings are environment names that begin with OKNO_; see docs/operate/settings.md."


def command_names() -> list[str]:
    """Every command, for the documentation's test."""
    actions = [a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return sorted(actions[0].choices)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="okno",
        description="One window for every conversation with your clients.",
        epilog=EPILOG,
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    for name, text in (
        ("serve", "pages, worker and mail-in (the default)"),
        ("web", "pages only"),
        ("worker", "readers, jobs and timers only"),
        ("mailin", "letters in (SMTP and IMAP) only"),
        ("migrate", "bring the database to this version"),
        ("demo", "fill an empty installation with an invented company"),
        ("doctor", "say what is wrong and how to mend it"),
    ):
        commands.add_parser(name, help=text)
    _setup_arguments(commands.add_parser("setup", help="first administrator, team and address"))
    _password_arguments(commands.add_parser("password", help="set a new password for an agent"))
    check = commands.add_parser("check", help="test the invariants on live data, read-only")
    check.add_argument("--files", action="store_true", help="also hash every file")
    backup = commands.add_parser("backup", help="write everything into one file, while running")
    backup.add_argument("file")
    restore = commands.add_parser("restore", help="fill an empty data folder from a backup")
    restore.add_argument("file")
    _key_arguments(commands.add_parser("key", help="the secret key, and how to change it"))
    _token_arguments(commands.add_parser("token", help="keys for programs"))
    _mail_arguments(commands.add_parser("mail", help="look at a letter, or take one in"))
    return parser


def _setup_arguments(setup: argparse.ArgumentParser) -> None:
    setup.add_argument("--code", action="store_true", help="print the code of the first page")
    setup.add_argument("--email", help="the administrator's address")
    setup.add_argument("--password", help="at least 10 characters")
    setup.add_argument("--name")
    setup.add_argument("--language", default="en", choices=["en", "ru"])
    setup.add_argument("--address", default="", help="where clients write, support@example.org")


def _password_arguments(password: argparse.ArgumentParser) -> None:
    password.add_argument("--email", required=True, help="the address the agent signs in with")
    password.add_argument(
        "--drop-factors", action="store_true", help="also remove a lost second step"
    )
    password.add_argument("--keep-tokens", action="store_true", help="their API keys go on working")


def _token_arguments(token: argparse.ArgumentParser) -> None:
    verbs = token.add_subparsers(dest="verb", required=True)
    create = verbs.add_parser("create", help="print a new token on the last line")
    create.add_argument("--agent", required=True, help="the agent's address")
    create.add_argument("--name", default="command line")
    create.add_argument("--scopes", default="admin", help="read, write or admin")


def _key_arguments(key: argparse.ArgumentParser) -> None:
    verbs = key.add_subparsers(dest="verb", required=True)
    verbs.add_parser("new", help="print a fresh key")
    verbs.add_parser("reseal", help="seal all secrets with OKNO_SECRET_KEY, after a change")


def _mail_arguments(mail: argparse.ArgumentParser) -> None:
    verbs = mail.add_subparsers(dest="verb", required=True)
    verbs.add_parser("inspect", help="show as JSON what a letter on standard input says")
    deliver = verbs.add_parser("deliver", help="take in a letter from standard input")
    deliver.add_argument("--to", required=True, help="the address it came for")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; exits 0 when done, 1 when it could not, 2 when called wrongly.

    A pipe that cannot begin says "later" (EX_TEMPFAIL): mail servers return a letter to its sender
    for any code that they do not know.
    """
    # Before anything is written: database, files and logs hold the words of clients.
    os.umask(private.OTHERS)
    given = _parser().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okno.config.settings")
    is_pipe = given.command == "mail" and given.verb == "deliver"
    try:
        sys.exit(_dispatch(given))
    except env.BadSetting as error:
        print(f"okno: {error.text}", file=sys.stderr)
        sys.exit(os.EX_TEMPFAIL if is_pipe else 2)
    except Exception as error:
        if not is_pipe:
            raise
        print(f"okno: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(os.EX_TEMPFAIL)


def _dispatch(given: argparse.Namespace) -> int:
    command = given.command or "serve"
    if command == "mail" and given.verb == "inspect":
        # Reads a letter and nothing else: no settings, no database.
        return _run("mail", "inspect", given)
    _prepare_key(command, getattr(given, "verb", ""))
    # Imports make much and drop little: collecting meanwhile is a sixth of each start.
    gc.disable()
    django.setup()
    gc.freeze()
    gc.enable()
    if command != "doctor":
        private.close(settings.DATA_DIR)
    module, function = _TABLE.get(command, (command, command))
    return _run(module, getattr(given, "verb", None) or function, given)


def _prepare_key(command: str, verb: str) -> None:
    """The key is made by what begins an installation, and demanded by all that use it."""
    values = env.load()
    if command in BEGINNERS:
        keyfile.make(values)
    if command not in KEYLESS and verb != "new":
        keyfile.demand(values)


BEGINNERS = ("serve", "migrate", "setup", "demo")
# One only looks, and the other brings the key.
KEYLESS = ("doctor", "restore")

_TABLE = {
    "web": ("serve", "web"),
    "worker": ("serve", "worker"),
    "mailin": ("serve", "mailin"),
    "migrate": ("setup", "migrate"),
    "token": ("setup", "token"),
    "restore": ("backup", "restore"),
}


def _run(module: str, function: str, given: argparse.Namespace) -> int:
    """Run `function` of a command file; a ValueError is the user's to mend."""
    commands = importlib.import_module(f"okno.config.commands.{module}")
    try:
        return int(getattr(commands, function)(given) or 0)
    except (ValueError, LookupError) as error:
        print(f"okno: {error}", file=sys.stderr)
        return 1
    except OperationalError as error:
        if module == "mail":
            raise
        print(f"okno: the database cannot be used: {str(error).strip()}", file=sys.stderr)
        return 1
