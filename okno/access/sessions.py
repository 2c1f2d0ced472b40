"""Where sessions are kept: rows that know whose they are, so that they can be listed and ended."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from okno.access.models import Session
from okno.kit import clock
from okno.spine import rows

# NIST SP 800-63B section 4.1.3 asks for both limits: unused, and in all.
IDLE = timedelta(days=14)
LONGEST = timedelta(days=30)


class SessionStore(DatabaseStore):
    """Django's store, whose rows also carry person, device and times."""

    seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row of this session; one that moved to a new key keeps its age."""
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        now = clock.now()
        row.user_id = int(data[SESSION_KEY]) if data.get(SESSION_KEY) else None
        row.device = str(data.get("device", ""))[:200]
        row.address = str(data.get("address", ""))[:45]
        row.since = datetime.fromisoformat(data["since"]) if "since" in data else now
        row.seen_at = now
        row.expire_date = min(row.expire_date, row.since + LONGEST)
        return row

    def _get_session_from_db(self) -> Session | None:
        """The row, None for one that nobody used for long or that is too old."""
        row = rows.one(Session, session_key=self.session_key)
        now = clock.now()
        if row is None or not _lives(row, now):
            self._session_key = None
            return None
        self.seen_at = row.seen_at
        return row


def _lives(row: Session, now: datetime) -> bool:
    return row.expire_date > now and row.seen_at >= now - IDLE and row.since >= now - LONGEST
