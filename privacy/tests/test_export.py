"""What is handed out (GDPR Art. 15, 20): all that is held about somebody, nothing about anybody else, no secret."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import PASSWORD, make_staff
from audit.choices import Kind
from audit.models import Entry
from bookings.models import Booking, BookingStatusChange, Review
from bookings.tests.factories import make_booking
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from privacy import collect as collecting
from privacy.collect import collect
from privacy.data_subjects import DataSubject, myself
from privacy.register import NOT_HANDED_OUT
from privacy.sections import SECTIONS
from privacy.tests.people import GONE, KEPT, full_patient

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = {User, PatientProfile, DoctorProfile, Booking}
OURS = {
    "accounts",
    "clinical",
    "admin",
    "account",
    "mfa",
    "audit",
    "integrations",
    "doctors",
    "patients",
    "exports",
    "bookings",
} | {"privacy"}
# Fields by which a row belongs to its table's own section and to nobody else's.
NOT_THE_PERSONS = {
    ("bookings.hold", "booking"): "a hold is handed out by its patient",
    ("bookings.booking", "moved_from"): "both appointments are handed out by their patient",
}


def signed_in(user: User) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    return client


def handed_out(answer: Any) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as box:
        assert {"data.html", "data.json"} <= set(box.namelist())
        return dict(json.loads(box.read("data.json"))) | {"page": box.read("data.html").decode()}


def titles(person: DataSubject) -> set[str]:
    return {section.title for section in collect(person, to_themselves=True)}


# Nothing is forgotten


def pointing_to_people() -> Iterator[tuple[type[Model], str]]:
    """Every foreign key of every table of ours and of what we use, that leads to a person or an appointment."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in OURS and not model._meta.proxy:
            for field in model._meta.concrete_fields:
                if field.remote_field and field.remote_field.model._meta.concrete_model in PEOPLE:
                    yield model, field.name


def covered() -> set[tuple[str, str]]:
    by = {(section.model._meta.label_lower, field.split("__")[0]) for section in SECTIONS for field in section.by}
    own = {(section.model._meta.label_lower, "user") for section in SECTIONS if section.model in PEOPLE}
    return by | own


def test_every_table_that_points_to_people_is_handed_out_or_has_a_reason() -> None:
    found = {(model._meta.label_lower, name) for model, name in pointing_to_people()}
    excused = {pair for pair in found if pair[0] in NOT_HANDED_OUT}

    assert len(found) > 30
    assert found - covered() - excused - NOT_THE_PERSONS.keys() == set()


def test_no_reason_stands_for_a_table_that_is_not_there() -> None:
    assert {name for name in NOT_HANDED_OUT if not _exists(name)} == set()


def _exists(label: str) -> bool:
    try:
        apps.get_model(label)
    except LookupError:
        return False
    return True


def test_no_secret_is_in_any_section() -> None:
    secret = {"password", "session_key", "session_data", "digest", "sealed_token", "data", "content"}
    named = {
        (section.title, field.name)
        for section in SECTIONS
        for field in collecting._fields(section)
        if field.name in secret | set(getattr(section.model, "SEALED", ()))
    }
    assert named == set()


# What is in it


def test_a_patient_takes_everything_away() -> None:
    zuleika = full_patient()

    data = handed_out(signed_in(zuleika.user).post("/accounts/data/download/"))

    text = json.dumps(data, ensure_ascii=False)
    assert {word: word in text for word in [*GONE.values(), *KEPT.values()]} == dict.fromkeys(
        [*GONE.values(), *KEPT.values()], True
    )
    assert {"Account", "Appointments", "Waiting lists", "Times held", "Messages sent", "Audit trail"} <= {
        section["title"] for section in data["sections"]
    }
    assert "canarytoken" not in text
    assert GONE["name"] in data["page"]


def test_of_others_it_says_no_more_than_their_role() -> None:
    doctor, other = make_doctor(), make_patient(full_name="Somebody Elsewhere")
    make_booking(slot=make_slot(doctor, days=2), patient=other, reason="otherreason")
    patient = full_patient(doctor)

    text = json.dumps([section.rows for section in collect(myself(patient.user), to_themselves=True)])

    assert KEPT["reason"] in text
    assert "Elsewhere" not in text
    assert "otherreason" not in text


def test_a_doctor_gets_their_own_and_nothing_of_their_patients() -> None:
    doctor = make_doctor(full_name="Doc Ument", biography="My life")
    full_patient(doctor)

    text = json.dumps([section.rows for section in collect(myself(doctor.user), to_themselves=True)])

    assert "My life" in text
    assert Booking.objects.filter(doctor=doctor)[0].reference in text
    assert {word for word in [*GONE.values(), *KEPT.values()] if word in text} == {GONE["review"]}
    assert Review.objects.get().text == GONE["review"]  # what was said of them is theirs, too


def test_whom_they_care_for_is_in_it() -> None:
    from patients.tests.factories import make_person  # noqa: PLC0415

    patient = make_patient()
    make_person(patient, full_name="Kit Child")
    assert "People cared for" in titles(myself(patient.user))


def test_of_too_much_the_newest_is_handed_out_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MOST_ROWS", 1)
    patient = full_patient()
    found = {section.title: section for section in collect(myself(patient.user), to_themselves=True)}
    assert (len(found["Appointments"].rows), found["Appointments"].is_complete) == (1, False)
    assert found["Account"].is_complete
    assert BookingStatusChange.objects.filter(booking__patient=patient).count() > 1


# Who may, and how


def test_staff_hand_it_out_and_it_is_recorded() -> None:
    zuleika, boss = full_patient(), make_staff(StaffRole.ADMINISTRATOR)

    answer = signed_in(boss).post(f"/staff/people/patients/{zuleika.pk}/data/export/")

    assert answer.headers["Cache-Control"] == "no-store, private"
    assert "canary" not in answer.headers["Content-Disposition"].lower()
    assert handed_out(answer)["person"] == GONE["name"]
    entry = Entry.objects.get(pgh_label=Kind.PERSONAL_DATA_EXPORTED)
    assert (entry.actor_id, entry.object_id) == (boss.pk, str(zuleika.user_id))


def test_nothing_leaves_unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    zuleika = full_patient()
    monkeypatch.setattr("privacy.views.audit.record", fail)
    with pytest.raises(RuntimeError):
        signed_in(zuleika.user).post("/accounts/data/download/")


@pytest.mark.parametrize("path", ["/accounts/data/download/", "/patient/close/"])
def test_who_signed_in_long_ago_is_asked_again(path: str) -> None:
    patient = make_patient()
    client = Client()
    client.force_login(patient.user)
    assert client.post(path).url.startswith("/accounts/reauthenticate/")


@pytest.mark.parametrize("path", ["export/", "erasure/"])
def test_staff_too(path: str) -> None:
    patient, client = make_patient(), Client()
    client.force_login(make_staff(StaffRole.ADMINISTRATOR))
    answer = client.post(f"/staff/people/patients/{patient.pk}/data/{path}")
    assert answer.url.startswith("/accounts/reauthenticate/")


@pytest.mark.parametrize("kind", [StaffRole.RECEPTION, StaffRole.MANAGER])
@pytest.mark.parametrize("path", ["", "export/", "erasure/"])
def test_only_who_handles_personal_data(kind: StaffRole, path: str) -> None:
    patient = make_patient()
    client = signed_in(make_staff(kind))
    ask = client.post if path == "export/" else client.get
    assert ask(f"/staff/people/patients/{patient.pk}/data/{path}").status_code == 403
