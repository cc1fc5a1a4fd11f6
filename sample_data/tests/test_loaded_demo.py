"""The sample hospital once it is loaded (J5): its people, its pages, its past, and what comes of it on later days."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.contrib.auth import authenticate

from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from bookings.calendars import events as calendar_events
from bookings.choices import MOVED, Status
from bookings.models import Booking, BookingStatusChange
from bookings.rules import PatientRef
from bookings.services.book import book as book_slot
from bookings.services.cancel import cancel
from bookings.services.idempotency import fingerprint_of
from bookings.services.move import move
from bookings.services.steps import check_in, complete, confirm, mark_no_show
from core.clock import hospital_day
from doctors.choices import SlotState
from doctors.models import DoctorProfile, Slot
from doctors.services import delete_slot
from doctors.tests.factories import make_doctor, make_slot
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.services import register_without_account
from patients.tests.factories import make_patient
from sample_data import diary, visits
from sample_data.load import load
from sample_data.tests.sample import WEDNESDAY, doctor, everything, free_days, written
from tests.concurrency.support import invariants
from tests.shared_rows import shared_rows
from tools.demo import LOGINS

LONDON = ZoneInfo("Europe/London")
STEPS = {
    Status.CONFIRMED: confirm,
    Status.CHECKED_IN: check_in,
    Status.COMPLETED: complete,
    Status.NO_SHOW: mark_no_show,
}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_loaded_on_wednesday")]


@pytest.fixture(scope="module")
def _loaded_on_wednesday(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with shared_rows(django_db_blocker):
        load(now=WEDNESDAY)
        yield


def test_the_promised_people_sign_in_with_their_passwords() -> None:
    promised = {
        "DoctorPass123": (("dr_smith", Role.DOCTOR), ("dr_johnson", Role.DOCTOR), ("dr_brown", Role.DOCTOR)),
        "PatientPass123": (("john_doe", Role.PATIENT), ("jane_patient", Role.PATIENT)),
        "AdminPass123": (("admin", Role.STAFF),),
        "ReceptionPass123": (("reception", Role.STAFF),),
        "ManagerPass123": (("manager", Role.STAFF),),
    }
    for password, people in promised.items():
        assert len(people) > 0
        for username, role in people:
            user = authenticate(username=username, password=password)
            assert user is not None, username
            assert (user.role, user.is_superuser) == (role, username == "admin")
    kinds = {name: set(User.objects.get(username=name).staff_roles) for name in ("reception", "manager", "admin")}
    assert kinds == {"reception": {StaffRole.RECEPTION}, "manager": {StaffRole.MANAGER}, "admin": set()}
    assert [doctor(name).department.name for name in ("dr_smith", "dr_johnson", "dr_brown")] == [
        "Cardiology",
        "Dermatology",
        "Neurology",
    ]
    assert (doctor("dr_smith").confirms_automatically, doctor("dr_johnson").confirms_automatically) == (False, True)
    assert not EmailAddress.objects.exclude(email__endswith="@example.org", verified=True, primary=True).exists()
    assert EmailAddress.objects.count() == User.objects.count()
    assert not User.objects.filter(email_verified=False).exists()


def test_the_sign_in_page_of_the_demo_tells_the_truth() -> None:
    tree = ast.parse((django_settings.BASE_DIR / "hms_project" / "settings" / "demo.py").read_text())
    told = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DEMO_LOGINS"
    )

    people = [(name, password) for _, names, password in told for name in names.split(", ")]
    assert len(people) == 8
    assert all(authenticate(username=name, password=password) for name, password in people)
    assert [f"{name} {password}" for name, password in people if name not in LOGINS or password not in LOGINS] == []


def test_no_message_about_sample_appointments_is_sent_but_those_of_real_ones_are() -> None:
    assert not OutgoingMessage.objects.exists()
    john = PatientProfile.objects.get(user__username="john_doe")
    slot = Slot.objects.for_doctor(doctor("dr_smith")).free().future(WEDNESDAY).earliest("starts_at")
    book_slot(slot_id=slot.pk, patient_ref=PatientRef.of(john), by=john.user, now=WEDNESDAY)
    written = OutgoingMessage.objects.open().count()

    load(now=WEDNESDAY + timedelta(days=1))

    assert OutgoingMessage.objects.open().count() == written > 0


def test_every_page_has_life() -> None:
    smith, john, jane = (
        Booking.objects.filter(doctor=doctor("dr_smith")),
        *(Booking.objects.filter(patient__user__username=name) for name in ("john_doe", "jane_patient")),
    )
    today = (diary.at(date(2026, 8, 5), "00:00", LONDON), diary.at(date(2026, 8, 6), "00:00", LONDON))
    assert set(smith.within(*today).values_list("status", flat=True)) >= {
        Status.PENDING,
        Status.CONFIRMED,
        Status.CHECKED_IN,
    }
    for bookings in (smith, john, jane):
        statuses = set(bookings.filter(starts_at__lt=today[0]).values_list("status", flat=True))
        assert statuses >= {Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW}
        assert bookings.within(*today).exists()
        assert bookings.upcoming(WEDNESDAY).filter(starts_at__gte=today[1]).count() >= 2
    assert DoctorProfile.objects.filter(approved_at__isnull=True).count() == 1
    assert DoctorProfile.objects.filter(is_accepting=False).count() == 1
    assert not free_days("dr_haddad", now=WEDNESDAY)
    assert DoctorProfile.objects.values("department").distinct().count() >= 6


def test_nothing_happened_in_the_future_or_out_of_order() -> None:
    assert not BookingStatusChange.objects.filter(at__gt=WEDNESDAY).exists()
    assert (
        Booking.objects.count() == len(visits.VISITS) + Booking.objects.filter(idempotency_key__contains="2026").count()
    )
    bookings = Booking.objects.prefetch_related("changes")
    assert len(bookings) > 100
    for booking in bookings:
        steps = list(booking.changes.all())
        assert [step.at for step in steps] == sorted(step.at for step in steps)
        assert steps[0].at == booking.created_at < booking.starts_at
        assert steps[-1].to_status == booking.status


def test_on_a_later_day_times_are_topped_up_and_nobody_is_doubled() -> None:
    people = User.objects.count()
    later = WEDNESDAY + timedelta(days=9)

    added = load(now=later)

    assert (added.people, User.objects.count()) == (0, people)
    assert added.times > 0
    assert set(diary.coming_working_days(later.date())) <= free_days("dr_smith", now=later)
    todays = Booking.objects.filter(idempotency_key__startswith=f"demo-{later.date()}")
    assert todays.filter(doctor=doctor("dr_smith"), status=Status.CHECKED_IN).exists()
    assert not todays.filter(patient__user__username__in=visits.HEROES).exists()
    assert load(now=later) == (0, 0, 0)


def test_what_people_did_with_the_demo_is_left_alone() -> None:
    smith, john = doctor("dr_smith"), PatientProfile.objects.get(user__username="john_doe")
    booked, deleted = Slot.objects.for_doctor(smith).free().future(WEDNESDAY).order_by("starts_at")[8:10]
    mine = book_slot(slot_id=booked.pk, patient_ref=PatientRef.of(john), by=john.user, now=WEDNESDAY)
    delete_slot(doctor=smith, slot_id=deleted.pk, by=smith.user, now=WEDNESDAY)
    before = everything()

    load(now=WEDNESDAY)

    assert everything() == before
    assert Booking.objects.get(pk=mine.pk).slot_id == booked.pk


def test_nobody_is_in_two_places_on_one_day_and_the_tried_accounts_stay_as_they_are() -> None:
    times = Booking.objects.exclude(status=Status.CANCELLED).values_list("patient", "starts_at")
    past = written().exclude(status=Status.CANCELLED).values_list("patient", "starts_at")
    days = Counter((patient, hospital_day(at)) for patient, at in times)
    assert {days[patient, hospital_day(at)] for patient, at in past} == {1}
    assert not written().filter(patient__user__username__in=("john_doe", "jane_patient")).exists()


def test_a_day_is_lived_once_and_the_days_since_are_made_up_for() -> None:
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
        new = move(
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
        return book_slot(
            slot_id=slot.pk, patient_ref=PatientRef.of(self.patient), by=by, idempotency_key="old", now=now
        )

    def steps(self, booking: Booking, like: Booking, *, but_last: bool = False) -> Booking:
        taken = list(like.changes.all())[1:]
        for change in taken[:-1] if but_last else taken:
            by, to = self.by(change.by), Status(change.to_status)
            if to == Status.CANCELLED:
                booking = cancel(booking=booking, by=by, reason=change.reason, now=change.at)
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
        "history": [
            (change.from_status, change.to_status, change.reason, change.at, change.by.role)
            for change in booking.changes.all()
        ],
        "roles": (booking.booked_by.role, by.role if by else None),
        "events": calendar_events.event_ids(booking.calendar_uid)
        == {"doctor_event_id": booking.doctor_event_id, "patient_event_id": booking.patient_event_id},
        "fingerprint": booking.request_fingerprint == fingerprint_of(slot.pk, PatientRef.of(booking.patient), *said),
        "uid of the old": booking.moved_from is None or booking.moved_from.calendar_uid == booking.calendar_uid,
    }


def test_every_row_is_as_the_services_would_have_left_it() -> None:
    rows = written().select_related("moved_from", "doctor__user", "patient__user", "booked_by").order_by("pk")
    moved = list(rows.filter(moved_from__isnull=False)[:5])
    on_their_own = rows.filter(status=Status.CANCELLED).exclude(cancellation_reason=MOVED)
    cancelled = [visit for role in Role for visit in on_their_own.filter(cancelled_by__role=role)[:6]]
    missed, others = rows.filter(status=Status.NO_SHOW)[:8], list(rows)[::60]
    sample = {visit.pk: visit for visit in [*moved, *cancelled, *missed, *others]}.values()
    assert len(sample) > 45

    for item in sample:
        if item.cancellation_reason == MOVED:
            continue  # looked at with what it was moved to
        twin = Twin(item).live()
        assert facts(twin) == facts(item)
        if item.moved_from:
            assert facts(twin.moved_from) == facts(item.moved_from)


def test_an_outpatient_is_registered_as_the_desk_registers() -> None:
    one = PatientProfile.objects.filter(own_phone__startswith="+4420794", guardian=None)[0]
    kept = one.own_search_name
    one.save()
    assert (one.own_search_name, one.user, one.own_email) == (kept, None, "")
    assert SlotState.BOOKED in set(written().values_list("slot__state", flat=True))
