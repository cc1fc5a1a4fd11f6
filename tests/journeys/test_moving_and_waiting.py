"""Moving an appointment, waiting for an earlier one, choosing another when the doctor is away (C7, C9, B6)."""

from __future__ import annotations

from datetime import datetime

from bookings.choices import Status
from bookings.models import Booking, WaitingEntry
from bookings.tests.factories import make_booking, make_offers
from doctors.models import DoctorProfile
from doctors.tests.factories import make_slot
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient
from tests.journeys.conftest import Arrives
from tests.journeys.support.hospital import doctor_with_times, slots_of

TEN, ELEVEN = "10:00am with Dr Ana Álvarez", "11:00am with Dr Ana Álvarez"


def booked(doctor: DoctorProfile, now: datetime, number: int = 0) -> Booking:
    return make_booking(slot=slots_of(doctor)[number], patient=make_patient(), now=now)


def test_a_patient_moves_an_appointment(arrives: Arrives, now: datetime, width: int) -> None:
    old = booked(doctor_with_times(now), now)
    patient = arrives(width=width).signs_in_as(old.patient.user)

    # Given they were about to cancel
    patient.goes_to("/patient/bookings/").follows("Dr Ana Álvarez").follows("Withdraw request").is_on(
        "Withdraw this request?"
    )

    # When they move it instead
    patient.follows("Move to another time").is_on("Move to another time").follows(ELEVEN)
    patient.is_on("Move this request?").sees("10:00am to 10:30am").sees("11:00am to 11:30am")
    patient.presses("Move request").is_on("Request sent")

    # Then both appointments know of each other
    patient.follows("Moved from").sees("Moved to").follows("Moved to").is_on("Request sent")
    new = Booking.objects.get(moved_from=old)
    assert Booking.objects.get(pk=old.pk).status == Status.CANCELLED
    assert OutgoingMessage.objects.filter(action="BOOKING_RESCHEDULED").count() == 2
    assert new.starts_at.minute == 0


def test_a_patient_waits_for_a_time_and_gets_it(arrives: Arrives, now: datetime, width: int) -> None:
    doctor = doctor_with_times(now, count=1)
    taken = booked(doctor, now)
    patient = arrives(width=width).signs_in_as(make_patient(full_name="Wai Ting").user)
    other = arrives(width=width).signs_in_as(taken.patient.user)

    # Given the doctor is full
    patient.goes_to(f"/doctors/{doctor.slug}/").follows("Join the waiting list").is_on("Join the waiting list")
    patient.presses("Join the waiting list").is_on("Waiting lists").sees("any day")

    # When somebody gives a time back
    other.goes_to(f"/bookings/{taken.reference}/cancel/").presses("Withdraw request")

    # Then nobody sees it but who waits for it
    other.goes_to(f"/doctors/{doctor.slug}/").sees("Join the waiting list").sees_no("10:00am")
    patient.goes_to("/patient/").follows("Take or decline it").is_on("A time is held for you")
    patient.presses("Take this time").is_on("Request sent")
    assert WaitingEntry.objects.get().state == "BOOKED"


def test_a_patient_declines_and_leaves_the_list(arrives: Arrives, now: datetime, width: int) -> None:
    doctor = doctor_with_times(now, count=1)
    taken = booked(doctor, now)
    patient = arrives(width=width).signs_in_as(make_patient(full_name="Wai Ting").user)
    other = arrives(width=width).signs_in_as(taken.patient.user)
    patient.goes_to(f"/waiting/join/{doctor.slug}/").presses("Join the waiting list")
    other.goes_to(f"/bookings/{taken.reference}/cancel/").presses("Withdraw request")

    patient.goes_to("/waiting/").follows("Take or decline it").follows("Decline it").is_on("Decline this time?")
    patient.presses("Decline this time").sees("You’re still on the waiting list")
    patient.follows("Leave this list").presses("Leave the waiting list").sees("You’re not on any waiting lists")

    other.goes_to(f"/doctors/{doctor.slug}/").follows(TEN).is_on("Check your appointment")


def test_one_click_takes_a_time_offered_by_a_doctor_who_is_away(arrives: Arrives, now: datetime, width: int) -> None:
    doctor = doctor_with_times(now, count=4)
    old = booked(doctor, now)
    make_offers(old, slots_of(doctor)[1:], now=now)
    patient = arrives(width=width).signs_in_as(old.patient.user)

    patient.goes_to(f"/bookings/{old.reference}/").follows("See the times held for you").is_on("Choose another time")
    patient.presses("12:00pm").is_on("Request sent")

    assert Booking.objects.get(moved_from=old).slot == slots_of(doctor)[2]


def test_a_time_that_goes_while_one_looks_is_said_kindly(arrives: Arrives, now: datetime, width: int) -> None:
    doctor = doctor_with_times(now)
    old = booked(doctor, now)
    patient = arrives(width=width).signs_in_as(old.patient.user)
    patient.goes_to(f"/bookings/{old.reference}/move/").follows(ELEVEN)
    booked(doctor, now, 1)

    patient.presses("Move request", expecting=409).is_on("Someone has just taken this time")
    patient.follows("12:00pm with Dr Ana Álvarez").presses("Move request", expecting=200).is_on("Request sent")


def test_a_doctor_moves_an_appointment_from_the_list(arrives: Arrives, now: datetime, width: int) -> None:
    doctor = doctor_with_times(now)
    old = booked(doctor, now)
    visitor = arrives(width=width).signs_in_as(doctor.user)

    visitor.goes_to("/doctor/appointments/").follows("Move").follows(ELEVEN).presses("Move request")

    visitor.is_on("Appointments").sees("Moved to")
    assert Booking.objects.get(moved_from=old).booked_by == doctor.user


def test_without_javascript_one_moves_and_waits_as_well(arrives: Arrives, now: datetime) -> None:
    doctor = doctor_with_times(now)
    old = booked(doctor, now)
    make_slot(doctor, starts_at=now.replace(hour=15))
    patient = arrives(javascript=False).signs_in_as(old.patient.user)

    patient.goes_to(f"/bookings/{old.reference}/").follows("Move").follows("3:00pm").presses("Move request")
    patient.is_on("Request sent")
    patient.goes_to(f"/waiting/join/{doctor.slug}/").presses("Join the waiting list").follows("Leave this list")
    patient.presses("Leave the waiting list").sees("You’re not on any waiting lists")
