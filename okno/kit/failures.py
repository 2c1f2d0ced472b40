"""What is told of an exception, in logs and in columns that people read: its class, its code and
where it happened. Never its words: they repeat what clients wrote, and what servers answered.

PostgreSQL, for one, quotes rows in DETAIL and CONTEXT, and each part of a traceback that was
printed as usual carries such words along.
"""

import errno
import traceback
from types import TracebackType

MOST_PLACES = 8
MOST_CAUSES = 5


class OwnWords(Exception):
    """A failure whose text is ours alone, with nothing in it that came from outside."""


def name_of(error: BaseException) -> str:
    """`UniqueViolation 23505`, `OSError ENOSPC`: the class, and the code if there is one (SQLSTATE,
    the name of an errno, a status of SMTP or HTTP)."""
    if isinstance(error, OwnWords):
        return f"{type(error).__name__}: {error}"
    name, code = type(error).__name__, _code(error)
    return f"{name} {code}" if code else name


def _code(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return errno.errorcode.get(error.errno, str(error.errno))
    for attribute in ("sqlstate", "sqlite_errorname", "smtp_code", "status_code", "code"):
        code = getattr(error, attribute, None)
        if isinstance(code, int | str) and code != "" and len(str(code)) <= 40:
            return str(code)
    return ""


def told(error: BaseException) -> str:
    """The exception and those behind it, the first cause first, each with its places in code."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain and len(chain) < MOST_CAUSES:
        chain.append(following)
        hidden = None if following.__suppress_context__ else following.__context__
        following = following.__cause__ or hidden
    return "\n".join(
        line for one in reversed(chain) for line in (*_places(one.__traceback__), name_of(one))
    )


def _places(found: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(found)[-MOST_PLACES:]
    return [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in frames]
