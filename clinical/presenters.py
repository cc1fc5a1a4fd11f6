"""The words of a signed record, alike on every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from bookings.links import doctor_url
from bookings.models import Booking
from bookings.presenters import doctor_words
from clinical.content import ContentChange, TextRow, changes_between, text_rows
from clinical.links import record_url
from clinical.models import TreatmentRecord, TreatmentRecordVersion
from core.formats import clock_time, long_date


@dataclass(frozen=True, slots=True)
class RecordCard:
    """A record in a list of several, as it stands now. `amended`: says that there are earlier versions."""

    title: str
    doctor: str
    url: str
    rows: list[TextRow]
    amended: str


def record_card(record: TreatmentRecord) -> RecordCard:
    """For `clinical/_record.html`; `record` was read with its versions."""
    versions = list(record.versions.all())
    booking = record.booking
    return RecordCard(
        title=long_date(booking.starts_at),
        doctor=doctor_words(booking.doctor),
        url=record_url(booking),
        rows=text_rows(versions[-1].content),
        amended=signed_words(versions[-1]) if len(versions) > 1 else "",
    )


def signed_words(version: TreatmentRecordVersion) -> str:
    """ "Signed by Dr Adam Smith on Wednesday 6 August 2026, 2:30pm"; of a later version "Amended by"."""
    facts = {"who": version.author.full_name, "when": moment_words(version.signed_at)}
    if version.number == 1:
        return _("Signed by %(who)s on %(when)s") % facts
    return _("Amended by %(who)s on %(when)s") % facts


def moment_words(moment: datetime) -> str:
    return _("%(day)s, %(time)s") % {"day": long_date(moment), "time": clock_time(moment)}


def changes_of(versions: Sequence[TreatmentRecordVersion], number: int) -> list[ContentChange]:
    """What version `number` changed of the one before it; nothing for the first."""
    if number == 1:
        return []
    return changes_between(versions[number - 2].content, versions[number - 1].content)


@dataclass(frozen=True, slots=True)
class FollowUp:
    text: str
    url: str


def follow_up_of(booking: Booking, version: TreatmentRecordVersion, today: date) -> FollowUp | None:
    """Where to book the follow-up the doctor wants, until its day is past and while the doctor can be booked."""
    day = version.follow_up_date
    if day is None or day < today or not booking.doctor.is_listed:
        return None
    facts = {"doctor": booking.doctor.display_name, "day": long_date(day)}
    return FollowUp(
        _("%(doctor)s would like to see you again around %(day)s.") % facts, doctor_url(booking.doctor, day)
    )


def visit_words(booking: Booking) -> str:
    """ "Wednesday 6 August 2026, Dr Adam Smith"."""
    return _("%(day)s, %(doctor)s") % {"day": long_date(booking.starts_at), "doctor": booking.doctor.display_name}
