"""How dates, times and people read in a message."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

# A stranger can type anybody's address and any name into a sign-up form. A "name" that a mail program would
# turn into a link is left out, so that our mail can't carry somebody else's advertisement.
_LINK_LIKE = re.compile(r"[/\\:@]|www\.|\w\.\w{2,}", re.IGNORECASE)


def day(moment: datetime, zone: ZoneInfo) -> str:
    """Return the date in `zone`, like "Wednesday 6 August 2026"."""
    return date_text(moment.astimezone(zone))


def date_text(on: date) -> str:
    """Return "Wednesday 6 August 2026"."""
    return f"{on:%A} {on.day} {on:%B} {on.year}"


def month_text(first: date) -> str:
    """Return "August 2026"."""
    return f"{first:%B} {first.year}"


def month_before(first: date) -> date:
    """Return the first day of the month before that of `first`."""
    return (first.replace(day=1) - timedelta(days=1)).replace(day=1)


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """Return the time of day in `zone`, like "2:30pm"; in an hour that comes twice also its letters, "1:30am BST"."""
    local = moment.astimezone(zone)
    half, hour = divmod(local.hour, 12)
    told = f"{hour or 12}:{local:%M}{'pm' if half else 'am'}"
    comes_twice = local.utcoffset() != local.replace(fold=not local.fold).utcoffset()
    return f"{told} {local.tzname()}" if comes_twice else told


def moment_text(moment: datetime, zone: ZoneInfo) -> str:
    """Return "Wednesday 6 August 2026, 2:30pm"."""
    return f"{day(moment, zone)}, {clock(moment, zone)}"


def span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Return "2:30pm to 3:00pm, Madrid time (CEST)"; says so when it ends on another day."""
    finish = clock(end, zone)
    if day(start, zone) != day(end, zone):
        finish = f"{finish} on {day(end, zone)}"
    return f"{clock(start, zone)} to {finish}, {zone_name(start, zone)}"


def zone_name(moment: datetime, zone: ZoneInfo) -> str:
    """Return the zone as people say it, like "Madrid time (CEST)", or "UTC"."""
    place = zone.key.rsplit("/", 1)[-1].replace("_", " ")
    if place in ("UTC", "UCT", "GMT", "Zulu", "Universal", "Greenwich"):
        return place
    short = moment.astimezone(zone).tzname() or ""
    return f"{place} time ({f'UTC{short}' if short[:1] in '+-' else short})"


def minutes_text(minutes: int) -> str:
    """Return a length of time in the largest unit that fits, like "2 hours" or "90 minutes"."""
    for size, name in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        count, rest = divmod(minutes, size)
        if count and not rest:
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return "0 minutes"


def person(name: str) -> str:
    """Return a name fit for a greeting: empty when it could be read as a link."""
    return "" if _LINK_LIKE.search(name) else name
