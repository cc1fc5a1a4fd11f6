"""Writing a record on its page (F1): nothing that was typed is lost, and two who write are shown both texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from accounts.choices import StaffRole
from accounts.drafts import services as drafts
from accounts.drafts.services import _SECRET
from accounts.tests.factories import make_staff
from bookings.models import Booking
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, confirmed, hidden, shown, slot_in, text_of
from clinical.links import amend_url, history_url, record_url
from clinical.models import EmergencyAccess, RecordDraft, TreatmentRecordVersion
from clinical.tests.factories import ASTHMA, amend, make_record, make_visit
from clinical.visit.forms import RecordForm
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "Xylophone fever"


def form_of(browser: Client, booking: Booking, **typed: str) -> dict[str, str]:
    """What the form of the page would send, with `typed` in it."""
    page = browser.get(record_url(booking))
    names = ("based_on", "revision", "medicines", "seen_warnings")
    return {name: hidden(page, name) for name in names} | {"diagnosis": "Asthma"} | typed


def medicine(row: int = 0, **fields: str) -> dict[str, str]:
    given = {"name": "Salbutamol", "dose": "100 micrograms", "frequency": "twice a day"} | fields
    return {f"medicine{row}_{name}": value for name, value in given.items()}


def test_a_record_is_written_and_signed() -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)
    typed = form_of(browser, booking, notes="Wheeze", coding_system="http://hl7.org/fhir/sid/icd-10", coding="j45.9")

    response = browser.post(record_url(booking), {**typed, **medicine(as_needed="on"), "act": "sign"})

    assert response.status_code == 302
    version = TreatmentRecordVersion.objects.get()
    assert version.diagnosis_code == {"system": "http://hl7.org/fhir/sid/icd-10", "code": "J45.9"}
    assert version.medications == [
        {"name": "Salbutamol", "dose": "100 micrograms", "frequency": "twice a day", "as_needed": True}
    ]
    assert shown("Salbutamol, 100 micrograms") in text_of(browser.get(record_url(booking)))


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost() -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)
    typed = form_of(browser, booking, diagnosis="", notes=CANARY, coding="J45.9", follow_up_date="soon")

    response = browser.post(record_url(booking), {**typed, **medicine(dose=""), "act": "sign"})

    form = response.context["form"]
    assert set(form.errors) == {"diagnosis", "coding_system", "follow_up_date", "medicine0_dose"}
    assert CANARY in text_of(response)
    assert not TreatmentRecordVersion.objects.exists()


def test_a_row_is_added_moved_and_removed_without_losing_a_word() -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)
    typed = form_of(browser, booking) | medicine(name="First")

    page = browser.post(record_url(booking), {**typed, "act": "add"})
    assert page.context["has_draft"]
    assert page.context["page"].saved.startswith("Draft saved at 9:00am")
    second = fields_of(page) | medicine(1, name="Second")
    page = browser.post(record_url(booking), {**second, "act": "up-1"})
    assert [page.context["form"].initial[f"medicine{row}_name"] for row in (0, 1)] == ["Second", "First"]
    page = browser.post(record_url(booking), {**fields_of(page), "act": "remove-0"})

    assert page.context["form"].row_count == 1
    assert page.context["form"].initial["medicine0_name"] == "First"
    assert RecordDraft.objects.get().typed["medicine0_name"] == "First"


def fields_of(page: Any) -> dict[str, str]:
    form = page.context["form"]
    values = {field.html_name: field.value() for field in form}
    return {name: str(value) for name, value in values.items() if value is not None and value is not False}


def test_a_medicine_the_allergies_name_interrupts() -> None:
    booking = make_visit(patient=make_patient(allergies="Salbutamol"))
    browser = browser_of(booking.doctor.user)
    typed = form_of(browser, booking) | medicine() | {"act": "sign"}

    page = browser.post(record_url(booking), typed)

    assert list(page.context["form"].errors) == ["medicine0_allergy_reason"]
    assert shown("The patient’s allergies say “salbutamol”.") in text_of(page)
    response = browser.post(record_url(booking), {**typed, "medicine0_allergy_reason": "Given before, no reaction"})
    assert response.status_code == 302
    assert "Given before, no reaction" in text_of(browser.get(record_url(booking)))


def test_a_harmful_way_of_writing_is_shown_once_and_may_stay() -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)
    typed = form_of(browser, booking) | medicine(dose="5.0 mg") | {"act": "sign"}

    page = browser.post(record_url(booking), typed)

    assert shown("“5.0” can be misread as ten times as much.") in text_of(page)
    response = browser.post(record_url(booking), {**typed, "seen_warnings": hidden(page, "seen_warnings")})
    assert response.status_code == 302


def test_two_tabs_see_both_texts() -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)
    typed = form_of(browser, booking)
    browser.post(record_url(booking), {**typed, "notes": "from the first tab", "act": "save"})

    page = browser.post(record_url(booking), {**typed, "notes": "from the second tab", "act": "sign"})

    assert page.status_code == 409
    assert "from the first tab" in text_of(page)
    assert "from the second tab" in text_of(page)
    again = browser.post(record_url(booking), {**fields_of(page), "act": "sign"})
    assert again.status_code == 302
    assert TreatmentRecordVersion.objects.get().notes == "from the second tab"


def test_signed_meanwhile_in_another_tab_it_becomes_an_amendment() -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)
    typed = form_of(browser, booking)
    browser.post(record_url(booking), {**typed, "notes": "signed first", "act": "sign"})

    page = browser.post(record_url(booking), {**typed, "notes": "signed second", "act": "sign"})

    assert page.status_code == 409
    assert "signed first" in text_of(page)
    assert page.context["page"].is_amendment
    fields = fields_of(page) | {"reason": "Two tabs were open", "act": "sign"}
    assert browser.post(f"{record_url(booking)}?amend=1", fields).status_code == 302
    assert [version.notes for version in TreatmentRecordVersion.objects.all()] == ["signed first", "signed second"]


def test_saving_by_itself_answers_with_what_comes_next() -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)
    typed = form_of(browser, booking, notes="half a sentence")

    answer = browser.post(record_url(booking), {**typed, "act": "autosave"})
    late = browser.post(record_url(booking), {**typed, "act": "autosave"})

    assert (answer.status_code, answer.json()["revision"]) == (200, 1)
    assert (late.status_code, list(late.json())) == (409, ["refused"])


def test_earlier_versions_are_one_click_away_with_what_changed() -> None:
    first = make_record()
    amend(first, replace(ASTHMA, diagnosis="Bronchitis"), reason="New findings")
    booking = Booking.objects.get()
    browser = browser_of(booking.patient.user)

    now, before = browser.get(record_url(booking)), browser.get(record_url(booking, 1))

    for words in ("Bronchitis", "New findings", "<del", "Asthma, well controlled"):
        assert words in text_of(now)
    assert "Bronchitis" not in text_of(before)
    assert shown("This is an earlier version.") in text_of(before)
    for wrong in ("0", "3", "x", "9" * 40):
        assert browser.get(f"{record_url(booking)}?version={wrong}").status_code == 404


def test_before_the_patient_is_there_the_page_says_when() -> None:
    booking = confirmed(hours=2)
    browser = browser_of(booking.doctor.user)

    assert shown("You can write the record once the patient has checked in.") in text_of(
        browser.get(record_url(booking))
    )
    assert browser.post(record_url(booking), {"act": "save"}).status_code == 302
    assert not RecordDraft.objects.exists()


def test_the_next_patient_is_one_click_away() -> None:
    booking = make_visit()
    later = make_visit(doctor=booking.doctor, patient=make_patient(full_name="Nora Next"), hours=1)
    make_record(booking)

    page = browser_of(booking.doctor.user).get(record_url(booking))

    assert page.context["page"].next_patient.url == record_url(later)
    assert "Nora Next" in page.context["page"].next_patient.label


def test_the_follow_up_is_offered_to_the_patient() -> None:
    day = NOW.date() + timedelta(days=30)
    booking = make_visit()
    make_record(booking, replace(ASTHMA, follow_up_date=day))

    page = browser_of(booking.patient.user).get(record_url(booking))

    assert page.context["page"].follow_up.url == f"/doctors/{booking.doctor.slug}/?date={day.isoformat()}"
    assert page.context["page"].follow_up.url in text_of(page)
    assert browser_of(booking.doctor.user).get(record_url(booking)).context["page"].follow_up is None


def test_the_appointment_leads_to_the_record() -> None:
    booking = make_visit()
    patient, doctor = browser_of(booking.patient.user), browser_of(booking.doctor.user)
    address = f"/bookings/{booking.reference}/"
    assert record_url(booking) in text_of(doctor.get(address))
    assert record_url(booking) not in text_of(patient.get(address))

    make_record(booking)

    assert record_url(booking) in text_of(patient.get(address))
    assert record_url(booking) not in text_of(browser_of(make_staff(StaffRole.RECEPTION)).get(address))


def test_nobody_but_its_author_sees_a_draft() -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)
    browser.post(record_url(booking), form_of(browser, booking, notes=CANARY) | {"act": "save"})
    assert CANARY in text_of(browser.get(record_url(booking)))

    treating = make_doctor()
    confirmed(slot=slot_in(treating, days=2), patient=booking.patient)
    for somebody in (booking.patient.user, treating.user):
        assert browser_of(somebody).get(record_url(booking)).status_code == 404
    assert CANARY not in text_of(browser_of(treating.user).get(history_url(booking.patient)))


@pytest.mark.parametrize("act", ["save", "sign"])
def test_what_is_typed_outlives_a_draft_discarded_in_another_tab(act: str) -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)
    browser.post(record_url(booking), {**form_of(browser, booking), "act": "save"})
    typed = form_of(browser, booking, notes=CANARY)
    browser.post(record_url(booking), {**typed, "act": "discard"})

    response = browser.post(record_url(booking), {**typed, "act": act})

    assert response.status_code == 409
    assert CANARY in text_of(response)


@pytest.mark.parametrize(
    ("name", "value"), [("revision", "9" * 5_000), ("based_on", "9" * 5_000), ("act", "remove-" + "9" * 5_000)]
)
def test_a_number_no_page_ever_had_is_no_fault_of_ours(name: str, value: str) -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)

    response = browser.post(
        record_url(booking), {"act": "save", **form_of(browser, booking, notes=CANARY), name: value}
    )

    assert response.status_code in {200, 409}
    assert CANARY in text_of(response)


def test_why_it_is_amended_is_not_called_optional_and_asked_with_all_else_that_is_missing() -> None:
    make_record()
    booking = Booking.objects.get()
    browser = browser_of(booking.doctor.user)

    assert browser.get(amend_url(booking)).context["form"].fields["reason"].required
    sent = {"based_on": "1", "revision": "0", "medicines": "1", "act": "sign"}
    page = browser.post(amend_url(booking), sent)

    assert set(page.context["form"].errors) == {"diagnosis", "reason"}


def test_all_there_is_to_mend_is_said_at_once() -> None:
    booking = make_visit(patient=make_patient(allergies="Salbutamol"))
    browser = browser_of(booking.doctor.user)
    typed = form_of(browser, booking, diagnosis="") | medicine(1, dose="5.0 mg") | {"medicines": "2", "act": "sign"}

    page = browser.post(record_url(booking), typed)

    assert list(page.context["form"].errors) == ["diagnosis", "medicine1_allergy_reason"]
    assert shown("“5.0” can be misread") in text_of(page)
    assert page.context["form"].errors["diagnosis"] == ["Enter the diagnosis, or what you found."]


def test_a_field_that_is_wrong_is_told_once() -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)

    page = browser.post(record_url(booking), form_of(browser, booking) | medicine(name="two\nlines") | {"act": "sign"})

    assert page.context["form"].errors == {"medicine0_name": ["Write this on one line."]}


def test_pressed_twice_it_is_signed_once_and_the_record_is_shown() -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)
    typed = form_of(browser, booking) | medicine() | {"act": "sign"}

    answers = [browser.post(record_url(booking), typed) for _ in range(2)]

    assert [answer["Location"] for answer in answers] == [record_url(booking)] * 2
    assert TreatmentRecordVersion.objects.count() == 1


def test_a_draft_another_tab_has_saved_since_is_not_discarded_unseen() -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)
    old = form_of(browser, booking, notes="in the old tab")
    browser.post(record_url(booking), {**old, "notes": "saved since", "act": "save"})

    page = browser.post(record_url(booking), {**old, "act": "discard"})

    assert page.status_code == 409
    assert "saved since" in text_of(page)
    assert RecordDraft.objects.exists()


def test_two_texts_to_compare_leave_nothing_out() -> None:
    booking = make_visit()
    browser = browser_of(booking.doctor.user)
    old = form_of(browser, booking)
    coded = {"coding": "J45.9", "coding_display": "Asthma", "coding_system": "http://hl7.org/fhir/sid/icd-10"}
    needed = medicine(as_needed="on", as_needed_for="wheeze", coding="R03AC02", coding_system="http://www.whocc.no/atc")
    browser.post(record_url(booking), {**old, **coded, **needed, "act": "save"})

    page = browser.post(record_url(booking), {**old, "act": "save"})

    said = {row.label: row.text for row in page.context["theirs"]}
    assert said["Code of the diagnosis"] == "J45.9 Asthma (ICD-10)"
    assert said["Medicines"].endswith("as needed, wheeze, R03AC02 (ATC)")


def test_no_field_of_the_record_is_taken_for_a_secret() -> None:
    """What is taken for one is not kept when a session ends (accounts/drafts)."""
    form = RecordForm(initial={"medicines": "2"})

    assert len(form.fields) > 25
    assert [name for name in form.fields if _SECRET.search(name)] == []


def test_a_long_text_in_any_letters_is_kept_over_the_end_of_a_session() -> None:
    booking = make_visit()
    doctor = booking.doctor.user
    fields = QueryDict(mutable=True)
    fields["notes"], fields["instructions"] = "病" * 20_000, "я" * 4_000

    assert drafts.keep(drafts.Owner(pk=doctor.pk), urls=[record_url(booking)], fields=fields)


def test_who_reads_in_an_emergency_is_offered_no_file() -> None:
    version = make_record(make_visit())
    booking, helper = Booking.objects.get(treatment_record=version.record), make_doctor()
    EmergencyAccess.objects.create(
        doctor=helper,
        patient=booking.patient,
        reason="OTHER",
        words="Found without papers",
        granted_at=NOW,
        until=NOW + timedelta(hours=1),
    )

    page = text_of(browser_of(helper.user).get(history_url(booking.patient)))

    assert "Asthma" in page
    assert "Export as CSV" not in page
    assert "Export as CSV" in text_of(browser_of(booking.doctor.user).get(history_url(booking.patient)))
