"""Where a doctor's own clock shows another time than the hospital's, pages say both (B5).

All pages tell the hospital's time. An instant that is to be shown is handed on in the zone of the doctor it is of:
`clock_time` (core/formats.py) then names both times where they differ, and nothing changes where they don't.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formats import is_told_twice, zone_letters, zone_place
from doctors.models import DoctorProfile


def on_clock_of(doctor: DoctorProfile, moment: datetime) -> datetime:
    """The same instant, in the zone of `doctor`."""
    return moment.astimezone(ZoneInfo(doctor.time_zone))


def clock_note(moments: Iterable[datetime]) -> str:
    """By which clock the short times of a list are told, where the clock of any doctor they are of shows another."""
    told_twice = [moment for moment in moments if is_told_twice(moment)]
    if not told_twice:
        return ""
    zones = sorted({str(moment.tzinfo) for moment in told_twice})
    letters = dict.fromkeys(zone_letters(timezone.localtime(moment)) for moment in told_twice)
    said = ngettext(
        "Times are by the hospital’s clock (%(letters)s), not by the doctor’s own in %(places)s.",
        "Times are by the hospital’s clock (%(letters)s), not by the doctors’ own in %(places)s.",
        len(zones),
    )
    last_word = _("and")
    return said % {
        "letters": get_text_list(list(letters), last_word),
        "places": get_text_list([zone_place(zone) for zone in zones], last_word),
    }


def zone_note(doctor: DoctorProfile, now: datetime) -> str:
    """By which clock hours are typed, for a doctor whose own shows another time; else nothing."""
    here = timezone.localtime(now, timezone.get_default_timezone())
    if on_clock_of(doctor, now).utcoffset() == here.utcoffset():
        return ""
    return _("Days and hours are those of the hospital’s clock (%(letters)s), not of your own in %(place)s.") % {
        "letters": zone_letters(here),
        "place": zone_place(doctor.time_zone),
    }
