"""Emergency access: off unless the hospital allows it, an hour long, with a reason, and never in secret (F2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from audit.choices import Kind
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
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

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


# Nobody looks around by it


def refusals(kind: Kind = Kind.EMERGENCY_REFUSED) -> list[Entry]:
    return list(Entry.objects.filter(pgh_label=kind).order_by("pgh_id"))


def test_each_guess_is_written_down_without_what_was_typed(booking: Booking) -> None:
    helper = make_doctor()
    opened(helper.user, full_name="Wanda Nobody")
    make_patient(full_name="Wanda Walker", date_of_birth=BORN)
    opened(helper.user)

    assert [(row.actor_id, row.details) for row in refusals()] == [
        (helper.user_id, {"why": "no_such_patient"}),
        (helper.user_id, {"why": "several_such_patients"}),
    ]
    assert not EmergencyAccess.objects.exists()


def test_after_ten_tries_in_an_hour_nobody_is_found_any_more(booking: Booking) -> None:
    guesser = make_doctor()
    statuses = {opened(guesser.user, full_name=f"Wanda {number}").status_code for number in range(10)}
    assert statuses == {200}
    assert len(refusals()) == 10

    answers = [opened(guesser.user), opened(guesser.user, full_name="Wanda Nobody")]

    assert [answer.status_code for answer in answers] == [429, 429]
    for answer in answers:
        assert shown("Too many attempts. Wait an hour and try again") in text_of(answer)
        assert "Found without papers" in text_of(answer), "what was typed is kept"
    assert not EmergencyAccess.objects.exists()
    assert len(refusals(Kind.THROTTLED)) == 2
    assert opened(make_doctor().user).status_code == 302  # another doctor's tries are their own


def test_one_that_is_still_open_is_not_opened_again(booking: Booking, set_clock: Callable[[datetime], None]) -> None:
    helper = make_doctor()
    opened(helper.user)
    set_clock(NOW + timedelta(minutes=59))

    answer = opened(helper.user, words="Still without papers")

    mails = OutgoingMessage.objects.filter(stream__startswith="record-access:")
    assert answer["Location"] == history_url(booking.patient)
    assert EmergencyAccess.objects.get().until == NOW + timedelta(minutes=60)
    assert mails.count() == 1
    set_clock(NOW + timedelta(minutes=60))
    opened(helper.user)
    assert EmergencyAccess.objects.count() == mails.count() == 2


def test_who_treats_the_patient_is_led_to_the_history_without_one(booking: Booking) -> None:
    treating = booking.doctor.user
    browser = browser_of(treating)

    answer = browser.post(reverse("clinical:emergency"), typed())

    assert answer["Location"] == history_url(booking.patient)
    page = text_of(browser.get(answer["Location"]))
    assert shown("You treat this patient, so you don’t need emergency access.") in page
    assert not EmergencyAccess.objects.exists()
    assert not OutgoingMessage.objects.filter(stream__startswith="record-access:").exists()
    assert not Entry.objects.filter(pgh_label=Kind.EMERGENCY_ACCESS).exists()


def test_who_was_taken_off_the_family_is_nobody_to_be_told() -> None:
    guardian = make_patient()
    facts = {"full_name": "Kit Child", "date_of_birth": date(2015, 2, 1)}
    person = make_person(guardian, **facts)
    typed_facts = {"full_name": "Kit Child", "date_of_birth": "2015-02-01"}
    mails = OutgoingMessage.objects.filter(stream=f"record-access:{person.pk}")
    opened(make_doctor().user, **typed_facts)
    assert [mail.data["to"]["email"] for mail in mails.all()] == [guardian.user.email]  # control

    PatientProfile.objects.filter(pk=person.pk).update(removed_at=NOW)
    opened(make_doctor().user, **typed_facts)

    assert EmergencyAccess.objects.filter(patient=person).count() == 2
    assert mails.count() == 1


def test_the_form_says_who_can_read_what_is_typed() -> None:
    page = text_of(browser_of(make_doctor().user).get(reverse("clinical:emergency")))

    assert "An administrator and the patient can read this. No diagnosis, please." in page
