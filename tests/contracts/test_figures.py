"""What the booking services leave behind is what the figures expect of it (C7, B9, H2)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bookings.choices import Status
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.services.steps import mark_no_show
from bookings.services.undo import undo
from bookings.tests.factories import make_booking
from bookings.tests.rows import at, free, visit
from dashboards.figures import appointments
from dashboards.figures.periods import Period
from dashboards.figures.types import Missed, Scope, Visits
from dashboards.figures.utilisation import utilisation
from doctors.models import DoctorProfile
from doctors.utilisation import Use
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 5, 11, 0, tzinfo=UTC)  # Wednesday, 12:00 in London
TODAY, THURSDAY = date(2026, 8, 5), date(2026, 8, 6)
PERIOD, ALL = Period(TODAY, THURSDAY), Scope()


@pytest.fixture
def pat() -> PatientProfile:
    return make_patient()


def test_a_no_show_that_was_undone_is_none(doctor: DoctorProfile, pat: PatientProfile) -> None:
    booking = visit(pat, doctor, at(TODAY, 11), Status.CONFIRMED)
    mark_no_show(booking=booking, by=doctor.user, now=NOW)
    assert appointments.today(ALL, now=NOW) == Visits(missed=1)

    undo(booking=booking, by=doctor.user, now=NOW)

    assert appointments.today(ALL, now=NOW) == Visits(coming=1)
    assert appointments.no_shows(PERIOD, ALL) == [Missed()] * 6


def test_the_services_own_move_is_no_cancellation(doctor: DoctorProfile, pat: PatientProfile) -> None:
    old = make_booking(slot=free(doctor, at(THURSDAY, 9)), patient=pat, now=NOW)

    move(booking=old, to_slot_id=free(doctor, at(THURSDAY, 10)).pk, by=pat.user, now=NOW)

    assert appointments.by_day(PERIOD, ALL) == {THURSDAY: Visits(coming=1)}
    assert appointments.cancellations(PERIOD, ALL).total == 0


def test_the_services_own_cancelling_gives_the_time_back(doctor: DoctorProfile, pat: PatientProfile) -> None:
    booking = make_booking(slot=free(doctor, at(TODAY, 15)), patient=pat, now=NOW)
    assert utilisation(PERIOD, ALL, now=NOW).by_day == {TODAY: Use(offered=30, booked=30)}

    cancel(booking=booking, by=doctor.user, reason="Ill", now=NOW)

    assert utilisation(PERIOD, ALL, now=NOW).by_day == {TODAY: Use(offered=30, booked=0)}
    assert appointments.cancellations(PERIOD, ALL).by["doctor"] == (1, 1)
