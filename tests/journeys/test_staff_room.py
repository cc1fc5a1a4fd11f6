"""Staff in the admin, as they use it every day: on a desk's screen and on a phone (H1)."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.choices import Status
from bookings.models import Booking
from bookings.tests.factories import make_booking
from doctors.models import TimeOff
from patients.tests.factories import make_patient
from tests.journeys.conftest import Arrives
from tests.journeys.support.hospital import doctor_with_times, slots_of
from tests.journeys.support.visitor import Visitor


def picks(visitor: Visitor, label: str, term: str) -> None:
    """From a search-as-you-type box, which is called as its label says."""
    visitor.page.get_by_role("combobox", name=label).first.click()
    visitor.page.locator(".select2-search__field").fill(term)
    visitor.page.locator(".select2-results__option--highlighted").filter(has_text=term).click()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_doctor_phones_in_ill_and_reception_settles_the_day(arrives: Arrives, now: datetime, width: int) -> None:
    doctor = doctor_with_times(now, confirms_automatically=True)
    ten, eleven, _ = slots_of(doctor)
    kept = make_booking(slot=ten, now=now, patient=make_patient(full_name="Kim Kept"))
    gone = make_booking(slot=eleven, now=now, patient=make_patient(full_name="Cas Cancelled"))
    desk = arrives(width=width).signs_in_as(make_staff(StaffRole.RECEPTION)).goes_to("/admin/")

    desk.follows("A doctor is away").is_on("Time off for a doctor")
    picks(desk, "Doctor", "Álvarez")
    desk.presses("Tomorrow").is_on("Time off: Dr Ana Álvarez").sees("2 appointments are affected.")

    # Then each appointment asks for an answer before anything is saved
    desk.presses("Save time off").sees("Choose what to do with the appointment of Kim Kept.")
    assert not TimeOff.objects.exists()

    desk.page.get_by_role("group", name="Kim Kept").get_by_label("Keep it").check()
    desk.page.get_by_role("group", name="Cas Cancelled").get_by_label("Cancel it").check()
    desk.page.get_by_label("Why are you cancelling?").fill("Dr Álvarez is ill. We are sorry.")
    desk.presses("Save time off").sees("1 kept, 1 cancelled").sees("Dr Ana Álvarez")

    assert Booking.objects.get(pk=gone.pk).status == Status.CANCELLED
    assert Booking.objects.get(pk=kept.pk).conflict
    assert TimeOff.objects.get().doctor == doctor
