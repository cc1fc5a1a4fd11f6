"""Lists taken away as files: exact, harmless, recorded, and only by those who may (H1)."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from accounts.choices import StaffRole
from audit.choices import Kind
from audit.models import Entry
from bookings.models import Booking
from bookings.tests.factories import make_booking
from doctors.tests.factories import make_doctor, make_slot
from patients.tests.factories import make_patient
from tests.staff_room.test_rights import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

LIST = "/admin/bookings/booking/"
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def office() -> Client:
    return signed_in(StaffRole.ADMINISTRATOR)[0]


def rows_of(client: Client, path: str = LIST, **form: object) -> list[dict[str, str]]:
    response = client.post(path, form or {"export_list": "yes"})
    assert response.status_code == 200
    text = b"".join(response).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def recorded() -> list[dict[str, object]]:
    return list(Entry.objects.filter(pgh_label=Kind.EXPORTED).order_by("pgh_id").values_list("details", flat=True))


def test_the_whole_list_as_it_is_filtered(office: Client) -> None:
    doctor = make_doctor(full_name="Ana Álvarez")
    bookings = [make_booking(slot=make_slot(doctor, days=day)) for day in (1, 2, 3)]
    make_booking(slot=make_slot(make_doctor(full_name="Bo Other")))

    rows = rows_of(office, f"{LIST}?q=alvarez&p=0")

    assert [row["Reference"] for row in rows] == [visit.reference for visit in reversed(bookings)]
    assert {row["Doctor"] for row in rows} == {"Dr Ana Álvarez"}
    assert recorded() == [{"list": "appointments", "rows": 3}]


def test_only_the_chosen_rows(office: Client) -> None:
    bookings = [make_booking(slot=make_slot(make_doctor(), days=day)) for day in (1, 2, 3)]

    rows = rows_of(office, action="export_csv", _selected_action=[bookings[0].pk, bookings[2].pk])

    assert {row["Reference"] for row in rows} == {bookings[0].reference, bookings[2].reference}
    assert recorded() == [{"list": "appointments", "rows": 2}]


def test_what_patients_typed_stays_text(office: Client) -> None:
    make_booking(patient=make_patient(full_name="@Mallory"), reason=FORMULA)

    [row] = rows_of(office)

    assert (row["Patient"], row["Reason for the visit"]) == ("'@Mallory", f"'{FORMULA}")
    assert row["Fee (GBP)"] == "120.00"
    assert row["Starts at"].endswith(("+00:00", "+01:00"))


def test_who_took_which_list_is_in_the_audit_trail(office: Client) -> None:
    rows_of(office, "/admin/patients/patientprofile/")

    entry = Entry.objects.get(pgh_label=Kind.EXPORTED)

    assert entry.actor is not None
    assert entry.actor.staff_roles == {StaffRole.ADMINISTRATOR}
    assert entry.details == {"list": "patients", "rows": 0}


def test_a_manager_takes_appointments_without_reasons_or_phones() -> None:
    make_booking(reason="zqreason")
    client, _ = signed_in(StaffRole.MANAGER)

    [row] = rows_of(client)

    assert "zqreason" not in row.values()
    assert {"Patient", "Status"} <= set(row)
    assert not {"Patient’s phone", "Reason for the visit", "Notes of the patient"} & set(row)


def test_reception_takes_nothing_away() -> None:
    make_booking()
    client, _ = signed_in(StaffRole.RECEPTION)

    assert "as CSV" not in client.get(LIST).content.decode()
    assert client.post(LIST, {"export_list": "yes"}).status_code == 403
    assert recorded() == []


def test_a_list_that_makes_no_sense_is_shown_again_not_exported(office: Client) -> None:
    response = office.post(f"{LIST}?nonsense=1", {"export_list": "yes"})

    assert (response.status_code, response["Location"]) == (302, LIST)


def test_what_is_not_recorded_is_not_handed_out(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no audit trail")

    make_booking()
    monkeypatch.setattr("accounts.staff.admin_pages.record", broken)

    with pytest.raises(RuntimeError):
        office.post(LIST, {"export_list": "yes"})
    assert Booking.objects.count() == 1
