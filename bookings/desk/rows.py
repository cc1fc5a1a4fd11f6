"""One line of the desk's day: who, how they stand, how to reach them and what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from bookings.actors import actor_of
from bookings.choices import MOVED_CODE, STATUS_TAGS, Status
from bookings.desk.arrival_status import EXPECTED, ArrivalStatus, minutes_between, other_day_words, standing_of
from bookings.links import detail_url
from bookings.models import Booking
from bookings.permissions import can_check_in_at_desk
from bookings.presenters import Action, actions_for, arrive_action, calls_for_attention, moved_to_link, reason_for
from core.clock import hospital_day
from core.formats import clock_time
from core.status_tags import StatusTag
from core.text.folding import holds_word, search_key
from core.text.phones import phone_href, phone_words
from doctors.own_clock import on_clock_of
from patients.models import PatientProfile
from patients.selectors import Asked

_HOUR = 60  # minutes


class DeskRow:
    """For `bookings/desk/_row.html` in a list of `day`; steps come back to `next_url`. `names` are those of the list
    (`names_apart`)."""

    def __init__(
        self, booking: Booking, viewer: User, now: datetime, *, day: date, next_url: str, names: Mapping[int, str]
    ) -> None:
        self._booking, self._viewer, self._now = booking, viewer, now
        self._day, self._next_url = day, next_url
        self.key = booking.reference
        self.name = names[booking.patient.pk]
        self.standing = standing_of(status=booking.status, starts_at=booking.starts_at, now=now)
        self.is_next = False  # `with_next` says who is

    @cached_property
    def starts_at(self) -> datetime:
        return on_clock_of(self._booking.doctor, self._booking.starts_at)

    @property
    def ends_at(self) -> datetime:
        return self._booking.ends_at

    @property
    def url(self) -> str:
        return detail_url(self._booking)

    @property
    def phone(self) -> str:
        return phone_words(self._booking.patient.phone)

    @cached_property
    def phone_href(self) -> str:
        """Empty when nobody can be rung up."""
        return phone_href(self._booking.patient.phone)

    @cached_property
    def cared_for_by(self) -> str:
        return guardian_words(self._booking.patient)

    @cached_property
    def note(self) -> str:
        moved_to = moved_to_link(self._booking)
        return moved_to.label if moved_to else ""

    @property
    def reason(self) -> str:
        return "" if self._booking.successor else reason_for(self._booking, self._viewer)

    @cached_property
    def tag(self) -> StatusTag:
        return _tag(self._booking, self.standing, self._now)

    @cached_property
    def attention(self) -> str:
        calls = calls_for_attention(self._booking, actor_of(self._viewer, self._booking), self._now)
        return self._booking.conflict_words if calls else ""

    @cached_property
    def action(self) -> Action | None:
        """What is done most; the rest is in a menu."""
        return next((action for action in self._actions if _is_first(action, self.standing)), None)

    @cached_property
    def more(self) -> list[Action]:
        return [action for action in self._actions if action is not self.action]

    @property
    def other_day(self) -> str:
        return other_day_words(hospital_day(self._booking.starts_at), self._day)

    @property
    def is_brief(self) -> bool:
        """Who has been here and gone: one line is enough."""
        return self.standing == ArrivalStatus.DONE

    @cached_property
    def _actions(self) -> list[Action]:
        booking = self._booking
        actions = actions_for(booking, self._viewer, self._now, next_url=self._next_url)
        if booking.status == Status.PENDING and can_check_in_at_desk(
            booking, actor_of(self._viewer, booking), self._now
        ):
            return [arrive_action(booking, self._next_url), *actions]
        return actions


def guardian_words(patient: PatientProfile) -> str:
    """Who is told and rung up about somebody in care (C11); nothing for anybody else."""
    if patient.guardian is None or patient.user is not None:
        return ""
    said = _("Cared for by %(name)s (“%(relationship)s”)") if patient.relationship else _("Cared for by %(name)s")
    return said % {"name": patient.guardian.full_name, "relationship": patient.relationship}


_ARRIVING = (Status.CONFIRMED, Status.CHECKED_IN)


def _is_first(action: Action, standing: ArrivalStatus) -> bool:
    """Checking in or confirming who is to come; taking back the last step of who is here or gone."""
    return action.step in _ARRIVING if standing in EXPECTED else action.is_undo


def _tag(booking: Booking, standing: ArrivalStatus, now: datetime) -> StatusTag:
    if standing == ArrivalStatus.HERE:
        return StatusTag(_here_words(booking, now), "success", "person-check-fill")
    if standing == ArrivalStatus.LATE:
        late = _minutes_words(minutes_between(booking.starts_at, now))
        return StatusTag(_("%(minutes)s late") % {"minutes": late}, "warning", "clock-history")
    if standing == ArrivalStatus.CANCELLED:
        return STATUS_TAGS[MOVED_CODE] if booking.successor else StatusTag(_("Cancelled"), "danger")
    return _TAGS.get(Status(booking.status), StatusTag(_("Coming"), "info", "calendar-check"))


_TAGS = {
    Status.PENDING: STATUS_TAGS[Status.PENDING],
    Status.COMPLETED: StatusTag(gettext_lazy("Done"), "neutral", "check-lg"),
    Status.NO_SHOW: STATUS_TAGS[Status.NO_SHOW],
}


def _here_words(booking: Booking, now: datetime) -> str:
    if booking.arrived_at is None:
        return _("Here")
    waited = minutes_between(booking.arrived_at, now)
    facts = {"time": clock_time(booking.arrived_at), "waited": _minutes_words(waited)}
    return _("Here since %(time)s, %(waited)s") % facts


def _minutes_words(minutes: int) -> str:
    hours, rest = divmod(minutes, _HOUR)
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}
    return _("%(minutes)s min") % {"minutes": minutes}


def fits(row: DeskRow, asked: Asked, typed: str) -> bool:
    """Whether a row is what was typed into the desk's search: a part of the name, the phone or the reference."""
    if row.key.replace("-", "").startswith(typed.replace(" ", "").replace("-", "").upper()):
        return True
    names = search_key(f"{row.name} {row.cared_for_by}")
    number = "".join(sign for sign in row.phone_href if sign.isdigit())
    if asked.digits and not any(digits in number for digits in asked.digits):
        return False
    return bool(asked.words or asked.digits) and all(holds_word(names, word) for word in asked.words)


def with_next(rows: list[DeskRow]) -> list[DeskRow]:
    """Mark who is next with their doctor: the first of those here, else the first who is to come and not late."""
    here = next((row for row in rows if row.standing == ArrivalStatus.HERE), None)
    coming = here or next((row for row in rows if row.standing == ArrivalStatus.COMING), None)
    if coming is not None:
        coming.is_next = True
    return rows
