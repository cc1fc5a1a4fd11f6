"""What a doctor's times must look like: pure decisions on plain values."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from core.intervals import are_hours, hours_on

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=8)
FURTHEST_AHEAD = timedelta(days=730)
MOST_AT_ONCE = 96


class InvalidTimes(DomainError):
    """A time that can't be offered; `field` names the answer to mend: date, start, end, length or pause."""

    status = 422

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def check_times(*, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Raises InvalidTimes unless [starts_at, ends_at) is ahead of `now` and of a sensible length."""
    if ends_at <= starts_at:
        raise InvalidTimes(
            "end", _("The end must be after the start. For midnight at the end of a day, enter 00:00 of the next day.")
        )
    if starts_at <= now:
        raise InvalidTimes("start", _("This time has already passed. Choose a time in the future."))
    if starts_at > now + FURTHEST_AHEAD:
        raise InvalidTimes("date", _("Choose a date within the next two years."))
    if ends_at - starts_at < SHORTEST:
        raise InvalidTimes("end", _("A time must be at least 5 minutes long."))
    if ends_at - starts_at > LONGEST:
        raise InvalidTimes("end", _("A time can be at most 8 hours long."))


def check_day(day: date, *, today: date) -> None:
    """Raises InvalidTimes unless `day` is today or within the next two years; all days are the hospital's."""
    if day < today:
        raise InvalidTimes("date", _("This day has already passed. Choose today or a later day."))
    if day > today + FURTHEST_AHEAD:
        raise InvalidTimes("date", _("Choose a date within the next two years."))


def span(
    day: date, start: time, end: time, zone: ZoneInfo, *, starts_at: datetime | None = None
) -> tuple[datetime, datetime]:
    """The instants of the hours that begin on `day`; an end that isn't after the start is on the next one.

    Of a start that the clock shows twice the first is meant, unless `starts_at` says which; of such an end the first
    after the start: where the clocks go back from 2:00 to 1:00, 1:30 to 1:00 is half an hour. Raises InvalidTimes.
    """
    begins = starts_at or instant(day, start, zone, field="start")
    twice = [at for at in _instants(day, end, zone) if at > begins]
    if not are_hours(start, end) and not twice:
        raise InvalidTimes("end", _("The end must differ from the start."))
    return begins, twice[0] if twice else instant(hours_on(day, start, end)[1].date(), end, zone, field="end")


def instant(day: date, at: time, zone: ZoneInfo, *, field: str) -> datetime:
    """The instant of a wall-clock time; of two (clocks going back) the first.

    Raises InvalidTimes when the clocks skip that time.
    """
    found = _instants(day, at, zone)
    if not found:
        raise InvalidTimes(field, _("The clocks go forward and skip this time on that day. Choose another."))
    return found[0]


def _instants(day: date, at: time, zone: ZoneInfo) -> list[datetime]:
    """When the clock on the wall shows this time on a day, in order: never, once or twice.

    PEP 495: `fold` tells two apart, and a time in a gap does not survive the round trip.
    """
    local = datetime.combine(day, at, zone)
    moments = {local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}
    wall = local.replace(tzinfo=None)
    return sorted(moment for moment in moments if moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall)


def divide(
    *, starts_at: datetime, ends_at: datetime, length: timedelta, pause: timedelta
) -> list[tuple[datetime, datetime]]:
    """Cut [starts_at, ends_at) into times of `length` with `pause` between; what is left over is not used.

    Raises InvalidTimes when not even one fits, or more than `MOST_AT_ONCE` would come of it.
    """
    if length < SHORTEST:
        raise InvalidTimes("length", _("A time must be at least 5 minutes long."))
    times = []
    start = starts_at
    while start + length <= ends_at:
        times.append((start, start + length))
        if len(times) > MOST_AT_ONCE:
            told = _("That would make more than %(most)s times. Choose a longer length.")
            raise InvalidTimes("length", told % {"most": MOST_AT_ONCE})
        start += length + pause
    if not times:
        raise InvalidTimes("length", _("The hours are too short for a single time of this length."))
    return times


class LicenceTaken(DomainError):
    message = gettext_lazy("There is already a doctor with this licence number.")


class OverlapsDiary(DomainError):
    message = gettext_lazy("This overlaps another time in your diary.")
