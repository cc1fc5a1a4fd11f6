"""The last four weeks of the sample hospital (J5): written in bulk, and like what the services write."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from audit.models import Entry
from bookings import calendar_sync, moving, services
from bookings.choices import MOVED, Status, WaitingState
from bookings.idempotency import fingerprint_of
from bookings.models import Booking, WaitingEntry
from core import clock
from core.clock import hospital_day
from dashboards.demo import diary, past_days
from dashboards.demo.load import load
from dashboards.demo.past import PAST
from dashboards.figures import appointments
from dashboards.figures.periods import Period
from dashboards.figures.results import Scope
from dashboards.figures.utilisation import utilisation
from doctors.choices import SlotState
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from patients.services import register_without_account
from patients.tests.factories import make_patient
from tests.concurrency import invariants

pytestmark = pytest.mark.django_db

WEDNESDAY = datetime(2026, 8, 5, 9, 40, tzinfo=UTC)  # 10:40am in London
LONDON = ZoneInfo("Europe/London")
STEPS = {
    Status.CONFIRMED: services.confirm,
    Status.CHECKED_IN: services.check_in,
    Status.COMPLETED: services.complete,
    Status.NO_SHOW: services.mark_no_show,
}


def written() -> Any:
    return Booking.objects.filter(idempotency_key__startswith=PAST)


def four_weeks(now: datetime) -> Period:
    today = hospital_day(now)
    return Period(diary.working_day(today, -past_days.DAYS), today - timedelta(days=1))


@pytest.mark.parametrize(
    "now",
    [
        WEDNESDAY,
        datetime(2026, 8, 9, 0, 5, tzinfo=LONDON),  # a Sunday
        datetime(2026, 11, 2, 23, 50, tzinfo=LONDON),  # the clocks went back on the way
    ],
)
def test_the_figures_are_those_of_a_small_hospital(now: datetime) -> None:
    load(now=now)
    period = four_weeks(now)

    use = utilisation(period, Scope(), now=now)
    shares = [row.use.booked / row.use.offered for row in use.by_doctor]
    assert len(shares) >= 10
    assert all(0.45 <= share <= 0.85 for share in shares), shares
    by_day = [one.booked / one.offered for one in use.by_day.values()]
    assert len(by_day) == past_days.DAYS
    assert all(0.5 <= share <= 0.8 for share in by_day), by_day
    missed = appointments.no_shows(period, Scope())
    assert all(bucket.visits > 20 for bucket in missed), missed
    assert 0.03 < sum(one.missed for one in missed) / sum(one.visits for one in missed) < 0.12
    assert all(count > 3 for count, _ in appointments.cancellations(period, Scope()).by.values())
    assert written().filter(moved_from__isnull=False).count() > 5
    assert WaitingEntry.objects.filter(state=WaitingState.WAITING).count() == 3
    assert invariants.broken() == {}


def test_nobody_is_in_two_places_on_one_day_and_the_tried_accounts_stay_as_they_are() -> None:
    load(now=WEDNESDAY)

    times = Booking.objects.exclude(status=Status.CANCELLED).values_list("patient", "starts_at")
    past = written().exclude(status=Status.CANCELLED).values_list("patient", "starts_at")
    days = Counter((patient, hospital_day(at)) for patient, at in times)
    assert {days[patient, hospital_day(at)] for patient, at in past} == {1}
    assert not written().filter(patient__user__username__in=("john_doe", "jane_patient")).exists()


def test_a_day_is_lived_once_and_the_days_since_are_made_up_for() -> None:
    load(now=WEDNESDAY)
    before = list(written().order_by("pk").values())
    later = WEDNESDAY + timedelta(days=6)
    load(now=later)
    assert load(now=later) == (0, 0, 0)

    kept = written().filter(pk__in=[row["id"] for row in before]).order_by("pk").values()
    assert list(kept) == before
    since = {
        hospital_day(at)
        for at in written().exclude(pk__in=[row["id"] for row in before]).values_list("starts_at", flat=True)
    }
    assert since == {date(2026, 8, 5), date(2026, 8, 6), date(2026, 8, 7), date(2026, 8, 10)}
    assert invariants.broken() == {}


def test_the_audit_trail_says_which_command_wrote_it(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEMO = True
    monkeypatch.setattr(clock, "now", lambda: WEDNESDAY)

    call_command("load_demo", verbosity=0)

    of_bookings = Entry.objects.filter(model="bookings.booking")
    assert of_bookings.filter(pgh_label="insert").count() == Booking.objects.count()
    assert set(Entry.objects.values_list("place", flat=True)) == {"command load_demo"}


# Held against the services


class Twin:
    """The same appointment once more, of other people, taken through the same steps by the services."""

    def __init__(self, like: Booking) -> None:
        self.like, self.reception = like, make_staff(StaffRole.RECEPTION)
        mine: DoctorProfile = like.doctor
        self.doctor = make_doctor(
            confirms_automatically=mine.confirms_automatically, consultation_fee_cents=mine.consultation_fee_cents
        )
        self.patient = (
            make_patient()
            if like.patient.user_id
            else register_without_account(full_name="Somebody Else", date_of_birth=like.patient.date_of_birth)
        )

    def by(self, user: User | None) -> User:
        if user == self.like.doctor.user:
            return self.doctor.user
        return self.patient.user if self.patient.user and user == self.like.patient.user else self.reception

    def live(self) -> Booking:
        if self.like.moved_from is None:
            return self.steps(self.book(self.like), self.like)
        was = self.like.moved_from
        old = self.steps(self.book(was), was, but_last=True)
        to = make_slot(self.doctor, starts_at=self.like.starts_at, minutes=self.like.minutes)
        new = moving.move(
            booking=old,
            to_slot_id=to.pk,
            by=self.by(self.like.booked_by),
            idempotency_key="x",
            now=self.like.created_at,
        )
        return self.steps(new, self.like)

    def book(self, like: Booking) -> Booking:
        slot = make_slot(self.doctor, starts_at=like.starts_at, minutes=like.minutes)
        by, now = self.by(like.booked_by), like.created_at
        return services.book(slot_id=slot.pk, patient=self.patient, by=by, idempotency_key="old", now=now)

    def steps(self, booking: Booking, like: Booking, *, but_last: bool = False) -> Booking:
        taken = list(like.changes.all())[1:]
        for change in taken[:-1] if but_last else taken:
            by, to = self.by(change.by), Status(change.to_status)
            if to == Status.CANCELLED:
                booking = services.cancel(booking=booking, by=by, reason=change.reason, now=change.at)
            else:
                booking = STEPS[to](booking=booking, by=by, now=change.at)
        return booking


_OF_ITS_OWN = {"id", "uid", "reference", "slot", "doctor", "patient", "booked_by", "moved_from", "cancelled_by"} | {
    *("calendar_uid", "doctor_event_id", "patient_event_id", "idempotency_key", "request_fingerprint")
}


def facts(booking: Booking) -> dict[str, Any]:
    """All that can be the same of two appointments of different people."""
    booking.refresh_from_db()
    same = {f.name: getattr(booking, f.name) for f in Booking._meta.concrete_fields if f.name not in _OF_ITS_OWN}
    slot, by = booking.slot, booking.cancelled_by
    assert slot is not None
    said = ("moved", booking.moved_from.reference) if booking.moved_from else ("", "")
    return same | {
        "slot": (slot.state, slot.held_until, slot.closed_by_calendar, slot.starts_at, slot.ends_at),
        "history": [(one.from_status, one.to_status, one.reason, one.at, one.by.role) for one in booking.changes.all()],
        "roles": (booking.booked_by.role, by.role if by else None),
        "events": calendar_sync.event_ids(booking.calendar_uid)
        == {"doctor_event_id": booking.doctor_event_id, "patient_event_id": booking.patient_event_id},
        "fingerprint": booking.request_fingerprint == fingerprint_of(slot.pk, booking.patient, *said),
        "uid of the old": booking.moved_from is None or booking.moved_from.calendar_uid == booking.calendar_uid,
    }


def test_every_row_is_as_the_services_would_have_left_it() -> None:
    load(now=WEDNESDAY)
    rows = written().select_related("moved_from", "doctor__user", "patient__user", "booked_by").order_by("pk")
    moved = list(rows.filter(moved_from__isnull=False)[:5])
    on_their_own = rows.filter(status=Status.CANCELLED).exclude(cancellation_reason=MOVED)
    cancelled = [one for role in Role for one in on_their_own.filter(cancelled_by__role=role)[:6]]
    missed, others = rows.filter(status=Status.NO_SHOW)[:8], list(rows)[::60]
    sample = {one.pk: one for one in [*moved, *cancelled, *missed, *others]}.values()
    assert len(sample) > 45

    for one in sample:
        if one.cancellation_reason == MOVED:
            continue  # looked at with what it was moved to
        twin = Twin(one).live()
        assert facts(twin) == facts(one)
        if one.moved_from:
            assert facts(twin.moved_from) == facts(one.moved_from)


def test_of_no_people_and_no_times_nothing_is_made() -> None:
    assert past_days.day_of(0, already=3, share=0.6, dice=past_days.chance_of("x")) == []
    assert len({one.phone for one in past_days.outpatients()}) == len(list(past_days.outpatients())) == 600


def test_an_outpatient_is_registered_as_the_desk_registers() -> None:
    load(now=WEDNESDAY)

    one = PatientProfile.objects.filter(own_phone__startswith="+4420794", guardian=None)[0]
    kept = one.own_search_name
    one.save()
    assert (one.own_search_name, one.user, one.own_email) == (kept, None, "")
    assert SlotState.BOOKED in set(written().values_list("slot__state", flat=True))
