"""Open files of the process: connections never use up those that databases and letters need."""

import resource

# Backpressure counts open streams too.
MOST_CONNECTIONS = 20_000
# Databases, files, children, mailboxes; and the letter door, which has a limit of its own.
RESERVE = 100
LETTER_DOOR = 200
FEWEST_CONNECTIONS = 64


def raise_limit() -> int:
    """Raise the soft limit of open files to the hard one (systemd and shells give 1024, for the
    sake of programs that use select); returns the limit, -1 for none."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (ValueError, OSError):
            # macOS names no limit as the hard one, and takes less.
            return soft
    return hard


def most_connections(limit: int) -> int:
    """How many connections pages may hold when so many files may be open (-1: no limit)."""
    if limit == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, limit - RESERVE - LETTER_DOOR))
