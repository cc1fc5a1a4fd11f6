"""Emergency access: off unless the hospital allows it, an hour long, with a reason, and never in secret (F2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from audit.models import Entry
from bookings.models import Booking
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, shown, text_of
from clinical.links import history_url, record_url, send_url
from clinical.models import EmergencyAccess
from clinical.services.emergency import review
from clinical.tests.factories import make_record, make_visit, readings
from doctors.tests.factories import make_doctor
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)
BORN = date(1981, 3, 31)


@pytest.fixture(autouse=True)
def _allowed(settings: Any) -> None:
    settings.EMERGENCY_ACCESS = True


@pytest.fixture
def booking() -> Booking:
    booking = make_visit(patient=make_patient(full_name="Wanda Walker", date_of_birth=BORN))
    make_record(booking)
    return booking


def typed(**facts: str) -> dict[str, str]:
    given = {"full_name": "wanda  WALKER", "date_of_birth": "1981-03-31", "reason": "COVER"}
    return {**given, "words": "Found without papers", **facts}


def opened(user: Any, **facts: str) -> Any:
    return browser_of(user).post(reverse("clinical:emergency"), typed(**facts))


def test_the_history_opens_for_an_hour(booking: Booking, set_clock: Callable[[datetime], None]) -> None:
    helper = make_doctor().user
    assert browser_of(helper).get(record_url(booking)).status_code == 404

    assert opened(helper)["Location"] == history_url(booking.patient)

    assert shown("You’re reading this by emergency access.") in text_of(
        browser_of(helper).get(history_url(booking.patient))
    )
    assert browser_of(helper).get(record_url(booking)).status_code == 200
    assert [row.details["capacity"] for row in readings()] == ["emergency", "emergency"]
    assert browser_of(helper).get(send_url(booking.treatment_record)).status_code == 404
    set_clock(NOW + timedelta(minutes=60))
    for address in (record_url(booking), history_url(booking.patient)):
        assert browser_of(helper).get(address).status_code == 404


def test_the_patient_is_told_and_sees_it(booking: Booking) -> None:
    helper = make_doctor(full_name="Otto Other")
    opened(helper.user)

    [mail] = OutgoingMessage.objects.filter(action="ACCOUNT_NOTICE", stream__startswith="record-access:")
    assert mail.data["notice"] == "RECORDS_READ_IN_EMERGENCY"
    assert mail.data["to"]["email"] == booking.patient.user.email
    page = text_of(browser_of(booking.patient.user).get(reverse("clinical:access")))
    assert "Otto Other" in page
    assert "Opened your records in an emergency" in page
    assert Entry.objects.filter(pgh_label="emergency_access", actor=helper.user).count() == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"full_name": "Wanda"}, "__all__"),
        ({"date_of_birth": "1981-03-30"}, "__all__"),
        ({"date_of_birth": ""}, "date_of_birth"),
        ({"full_name": ""}, "full_name"),
        ({"words": "short"}, "words"),
        ({"reason": "CURIOUS"}, "reason"),
    ],
)
def test_without_all_of_it_nothing_opens(booking: Booking, facts: dict[str, str], field: str) -> None:
    response = opened(make_doctor().user, **facts)

    assert list(response.context["form"].errors) == [field]
    assert not EmergencyAccess.objects.exists()


def test_namesakes_born_the_same_day_are_not_guessed(booking: Booking) -> None:
    make_patient(full_name="Wanda Walker", date_of_birth=BORN)

    assert "more than one patient" in text_of(opened(make_doctor().user))
    assert not EmergencyAccess.objects.exists()


def test_where_the_hospital_does_not_allow_it_there_is_no_such_page(booking: Booking, settings: Any) -> None:
    settings.EMERGENCY_ACCESS = False

    assert opened(make_doctor().user).status_code == 404
    assert not EmergencyAccess.objects.exists()


def test_nobody_but_doctors_opens_anything(booking: Booking) -> None:
    for user in (make_patient().user, *(make_staff(kind) for kind in StaffRole)):
        assert opened(user).status_code == 404
    assert not EmergencyAccess.objects.exists()


def test_an_administrator_checks_it_without_the_content(booking: Booking) -> None:
    opened(make_doctor(full_name="Otto Other").user)
    access, ada = EmergencyAccess.objects.get(), make_staff(StaffRole.ADMINISTRATOR)
    browser = browser_of(ada)
    address = reverse("admin:clinical_emergencyaccess_changelist")

    listed = text_of(browser.get(address))
    page = text_of(browser.get(reverse("admin:clinical_emergencyaccess_change", args=[access.pk])))
    browser.post(address, {"action": "mark_checked", "_selected_action": [str(access.pk)]}, follow=True)

    assert "Otto Other" in listed
    assert "Found without papers" in page
    assert "Asthma" not in listed + page
    access.refresh_from_db()
    assert (access.reviewed_by, access.reviewed_at) == (ada, NOW)
    assert review(access=access, by=ada, now=NOW) is False
    for kind in (StaffRole.RECEPTION, StaffRole.MANAGER):
        assert browser_of(make_staff(kind)).get(address).status_code == 403
