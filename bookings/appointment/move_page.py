"""What the pages of a move say: the doctor's other times by day, "from … to …", and what stands in the way (C7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from accounts.models import User
from bookings.actors import actor_of
from bookings.choices import Status
from bookings.links import detail_url
from bookings.models import Booking
from bookings.presenters import Row, TimesOfDay, by_day, move_url, time_words, when_words
from bookings.states import Actor
from core.clock import hospital_day
from core.formats import long_date, money
from core.site import site_facts
from doctors.models import Slot
from doctors.own_clock import clock_note, on_clock_of
from doctors.presenters import PartOfDay, SlotLink, StripDay, day_before, parts_of_day, week_strip
from doctors.selectors import free_days, next_free_slots

NEAREST = 8


def appointment_words(booking: Booking, viewer: User) -> str:
    """Whom the reader knows the appointment by."""
    is_own = actor_of(viewer, booking) == Actor.PATIENT
    return booking.doctor.display_name if is_own else booking.patient.full_name


class MovePage:
    """The doctor's free times around `chosen`, by default the next day that has any: asked for when it is made."""

    def __init__(
        self, booking: Booking, *, viewer: User, chosen: date | None, next_url: str, waiting_url: str, now: datetime
    ) -> None:
        self._booking = booking
        self._free = free_days(booking.doctor, now, chosen)
        self._before = day_before(self._free, hospital_day(now))
        self.appointment_words = appointment_words(booking, viewer)
        self.next_url, self.waiting_url = next_url, waiting_url

    @property
    def when(self) -> str:
        return when_words(self._booking)

    @property
    def is_request(self) -> bool:
        return self._booking.status == Status.PENDING

    @property
    def keeps(self) -> str:
        """What happens to the present time."""
        return _keeps(self._booking)

    @property
    def doctor_name(self) -> str:
        return self._booking.doctor.display_name

    @property
    def selected(self) -> date:
        return self._free.selected.date

    @property
    def first_free(self) -> date | None:
        """None when there is no other time at all."""
        return self._free.first_free

    @property
    def first_free_url(self) -> str:
        return self._on(self._free.first_free)

    @property
    def is_next(self) -> bool:
        return self.selected == self.first_free

    @property
    def clock_note(self) -> str:
        return clock_note(on_clock_of(self._booking.doctor, slot.starts_at) for slot in self._free.selected.times)

    @property
    def days(self) -> list[StripDay]:
        return week_strip(self._free, self._on)

    @cached_property
    def parts(self) -> list[PartOfDay]:
        return parts_of_day(self._free.selected.times, lambda slot: _link(self._booking, slot, self.next_url))

    @property
    def earlier_url(self) -> str:
        return self._on(self._before)

    @property
    def later_url(self) -> str:
        return self._on(self._free.later)

    @property
    def back_url(self) -> str:
        return self.next_url or detail_url(self._booking)

    def _on(self, day: date | None) -> str:
        return _address(self._booking, self.next_url, date=day.isoformat()) if day else ""


def _keeps(booking: Booking) -> str:
    if booking.status == Status.PENDING:
        return _("We’ll keep holding this time until you’ve asked for the new one.")
    return _("This time stays booked until you have confirmed the new one.")


def _address(booking: Booking, next_url: str, **query: str) -> str:
    if next_url:
        query["next"] = next_url
    return f"{move_url(booking)}?{urlencode(query)}"


def _link(booking: Booking, slot: Slot, next_url: str) -> SlotLink:
    return SlotLink(
        str(slot.pk), on_clock_of(booking.doctor, slot.starts_at), _address(booking, next_url, slot=str(slot.pk))
    )


@dataclass(frozen=True, slots=True)
class CheckPage:
    """ "Move from … to …", with one button."""

    appointment_words: str
    is_request: bool
    from_day: str
    from_time: str
    to_day: str
    to_time: str
    rows: list[Row]
    asks: str
    back_url: str
    keep_url: str


def check_page(booking: Booking, slot: Slot, *, viewer: User, next_url: str) -> CheckPage:
    by_patient = actor_of(viewer, booking) == Actor.PATIENT
    waits = by_patient and not booking.doctor.confirms_automatically
    fee = booking.doctor.consultation_fee_cents
    return CheckPage(
        appointment_words=appointment_words(booking, viewer),
        is_request=booking.status == Status.PENDING,
        from_day=long_date(booking.starts_at),
        from_time=time_words(booking),
        to_day=long_date(slot.starts_at),
        to_time=time_words(slot),
        rows=[Row(_("Fee"), money(fee))] if fee != booking.fee_cents else [],
        asks=_asks(waits=waits, by_patient=by_patient),
        back_url=_address(booking, next_url, date=hospital_day(slot.starts_at).isoformat()),
        keep_url=next_url or detail_url(booking),
    )


def _asks(*, waits: bool, by_patient: bool) -> str:
    if waits:
        return _("The doctor will confirm the new time. We’ll hold it for you until then.")
    return "" if by_patient else _("We’ll tell the patient straight away.")


@dataclass(frozen=True, slots=True)
class GonePage:
    """The time can't be had; nothing was changed."""

    heading: str
    sentence: str
    when: str
    appointment_words: str
    doctor_name: str
    is_request: bool
    clock_note: str
    days: list[TimesOfDay]
    all_url: str
    keep_url: str


def gone_page(
    booking: Booking, *, slot: Slot | None, heading: str, sentence: str, viewer: User, next_url: str, now: datetime
) -> GonePage:
    """What was in the way, and the doctor's times nearest to the lost one."""
    near = slot.starts_at if slot and slot.starts_at > now else None
    times = [_link(booking, time, next_url) for time in next_free_slots(booking.doctor, now, NEAREST, near=near)]
    return GonePage(
        heading=heading,
        sentence=sentence,
        when=when_words(booking),
        appointment_words=appointment_words(booking, viewer),
        doctor_name=booking.doctor.display_name,
        is_request=booking.status == Status.PENDING,
        clock_note=clock_note(time.starts_at for time in times),
        days=by_day(times),
        all_url=_address(booking, next_url),
        keep_url=next_url or detail_url(booking),
    )


def refusal_words(error: Exception, *, is_too_late: bool) -> str:
    if is_too_late:
        return _("It’s too late to move it online. Please phone us on %(phone)s.") % {"phone": site_facts()["phone"]}
    return str(error)
