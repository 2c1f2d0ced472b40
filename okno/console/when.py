"""Instants and durations in words, in the zone and language that are active."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import npgettext, pgettext

from okno.kit import clock

SOON_SECONDS = 3600
LONG_WAIT_SECONDS = 4 * 3600
EVENING, MORNING = time(18), time(9)
LATEST_FOR_EVENING = time(17)


def local_now() -> datetime:
    """The present instant in the agent's zone."""
    return timezone.localtime(clock.now())


def span(seconds: float) -> str:
    """A duration in its largest unit: "5 min", "2 h", "3 days"."""
    minutes = max(0, int(seconds // 60))
    if minutes < 60:
        minutes = max(1, minutes)
        return npgettext("duration", "%(n)d min", "%(n)d min", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 24:
        return npgettext("duration", "%(n)d h", "%(n)d h", hours) % {"n": hours}
    days = hours // 24
    return npgettext("duration", "%(n)d day", "%(n)d days", days) % {"n": days}


def ago(at: datetime) -> str:
    """How long since an instant: "just now", "5 min ago"."""
    seconds = (clock.now() - at).total_seconds()
    if seconds < 60:
        return pgettext("time", "just now")
    return pgettext("time", "%(span)s ago") % {"span": span(seconds)}


def moments_ago(at: datetime) -> str:
    """How long since an instant, where seconds count: "3 s ago", "5 min ago"."""
    seconds = max(1, int((clock.now() - at).total_seconds()))
    if seconds >= 60:
        return ago(at)
    return npgettext("time", "%(n)d s ago", "%(n)d s ago", seconds) % {"n": seconds}


def hour(at: datetime) -> str:
    """Hours and minutes."""
    return date_format(timezone.localtime(at), "H:i")


def brief(at: datetime) -> str:
    """As short as it is clear: "12:41", "yesterday", "12 Nov", "12.11.2024"."""
    local, today = timezone.localtime(at), local_now().date()
    if local.date() == today:
        return hour(at)
    if local.date() == today - timedelta(days=1):
        return pgettext("time", "yesterday")
    if local.year == today.year:
        return date_format(local, pgettext("date format", "j M"))
    return date_format(local, pgettext("date format", "j M Y"))


def full(at: datetime) -> str:
    """Date and time, as words for a tooltip or a table."""
    return date_format(timezone.localtime(at), pgettext("date format", "j F Y, H:i"))


def moment(at: datetime) -> str:
    """When something is to come: "18:00", "tomorrow, 9:00", "23 Nov, 9:00"."""
    local, today = timezone.localtime(at), local_now().date()
    if local.date() == today:
        return hour(at)
    if local.date() == today + timedelta(days=1):
        return pgettext("time", "tomorrow, %(hour)s") % {"hour": hour(at)}
    return f"{brief(at)}, {hour(at)}"


def day(of: date) -> str:
    """A day as a heading: "Today", "Yesterday", "12 November"."""
    today = local_now().date()
    if of == today:
        return pgettext("day", "Today")
    if of == today - timedelta(days=1):
        return pgettext("day", "Yesterday")
    if of.year == today.year:
        return date_format(of, pgettext("date format", "j F"))
    return date_format(of, pgettext("date format", "j F Y"))


def snooze_choices() -> list[tuple[str, str, datetime]]:
    """(key, words, instant) of the usual times to put off until."""
    now = local_now()
    today = now.date()
    # By the instant, not by the hands: in the night the clocks change they jump.
    in_an_hour = timezone.localtime(clock.now() + timedelta(hours=1))
    evening = today if now.time() < LATEST_FOR_EVENING else today + timedelta(days=1)
    monday = today + timedelta(days=7 - today.weekday())
    choices = [
        ("hour", pgettext("snooze", "In 1 hour"), in_an_hour),
        (
            "evening",
            pgettext("snooze", "This evening")
            if evening == today
            else pgettext("snooze", "Tomorrow evening"),
            _local(evening, EVENING),
        ),
        ("tomorrow", pgettext("snooze", "Tomorrow morning"), _local(today, MORNING, days=1)),
    ]
    if monday > today + timedelta(days=1):
        choices.append(("monday", pgettext("snooze", "Next Monday"), _local(monday, MORNING)))
    return choices


def chosen(key: str, text: str) -> datetime:
    """A usual time by its key, else one's own from a field; raises ValueError."""
    usual = {name: at for name, _, at in snooze_choices()}
    try:
        return usual[key] if key in usual else parse(text)
    except ValueError:
        raise ValueError(pgettext("reason", "Choose a date and time.")) from None


def _local(day_on: date, at: time, days: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day_on + timedelta(days=days), at))


def parse(text: str) -> datetime:
    """An instant from a `datetime-local` field; raises ValueError."""
    return timezone.make_aware(datetime.fromisoformat(text))
