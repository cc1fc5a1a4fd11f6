"""Much data is put together by a worker, little at once (H3, F4)."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff, sign_in
from audit.choices import Kind
from audit.models import Entry
from core import clock
from doctors.tests.factories import make_doctor, make_slot
from exports import services as exports
from exports.choices import ExportStatus
from exports.models import Export
from exports.services import ExportNotFound, request_export
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person
from privacy.collect import is_large
from privacy.data_subjects import DataSubject, myself
from privacy.erasing import erase
from privacy.tests.people import full_patient

pytestmark = pytest.mark.django_db(transaction=True)
OWN = reverse("privacy:own_export")


def browser(user: User) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def made(export: Export) -> Export:
    claimed = exports.claim(export.pk, now=clock.now())
    assert claimed is not None
    assert exports.run(claimed)
    return Export.objects.get(pk=export.pk)


def unpacked(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        assert {"data.html", "data.json"} <= set(box.namelist())
        return json.dumps(json.loads(box.read("data.json")), ensure_ascii=False)


def test_little_is_handed_out_at_once() -> None:
    answer = browser(make_patient().user).post(OWN)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert Export.objects.count() == 0


def test_much_is_made_by_a_worker_and_is_the_same_file(settings: Any) -> None:
    patient = full_patient()
    client = browser(patient.user)
    at_once = unpacked(client.post(OWN).content)
    settings.EXPORT_IN_BACKGROUND_FROM = 1

    answer = client.post(OWN)
    export = Export.objects.get()
    assert answer["Location"] == reverse("exports:export", args=[export.pk])
    assert client.post(OWN)["Location"] == answer["Location"]  # pressed twice
    assert made(export).status == ExportStatus.READY
    answer = client.get(reverse("exports:download", args=[export.pk]))

    assert patient.full_name in at_once
    titles = [section["title"] for section in json.loads(at_once)["sections"]]
    later = json.loads(unpacked(answer.content))
    assert {section["title"] for section in later["sections"]} >= set(titles)
    assert later["person"] == patient.full_name
    given_out = Entry.objects.filter(pgh_label=Kind.PERSONAL_DATA_EXPORTED).order_by("pgh_id")
    assert [set(entry.details) for entry in given_out] == [{"rows"}, {"bytes"}]


def test_how_much_it_is_is_counted_no_further_than_asked() -> None:
    doctor = make_doctor()
    for number in range(5):
        make_slot(doctor, days=3 + number)
    person = myself(doctor.user)

    assert is_large(person, rows=5)
    assert not is_large(person, rows=1_000)


def test_the_file_asks_who_it_is() -> None:
    patient = make_patient()
    export = made(request_export(owner=patient.user, kind="personal_data", now=clock.now()))
    client = Client()
    sign_in(client, patient.user, ago=3600)

    answer = client.get(reverse("exports:download", args=[export.pk]))

    assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_staff_have_a_patients_made_and_a_doctors_at_once(settings: Any) -> None:
    settings.EXPORT_IN_BACKGROUND_FROM = 1
    boss, patient, doctor = make_staff(StaffRole.ADMINISTRATOR), make_patient(full_name="Zed Subject"), make_doctor()
    client = browser(boss)

    answer = client.post(reverse("privacy:export", args=["doctors", doctor.pk]))
    assert answer["Content-Type"] == "application/zip"
    client.post(reverse("privacy:export", args=["patients", patient.pk]))

    export = Export.objects.get()
    assert (export.owner, export.subject) == (boss, patient)
    made(export)
    assert "Zed Subject" in unpacked(client.get(reverse("exports:download", args=[export.pk])).content)
    assert browser(patient.user).get(reverse("exports:download", args=[export.pk])).status_code == 404


def test_who_may_not_handle_personal_data_has_nothing_made() -> None:
    patient = make_patient()
    child = make_person(patient)
    others = [make_staff(StaffRole.RECEPTION), make_patient().user, make_doctor().user, patient.user]
    for owner in others:
        with pytest.raises(ExportNotFound):
            request_export(owner=owner, subject=child, kind="personal_data", now=clock.now())
    with pytest.raises(ExportNotFound):
        request_export(owner=make_staff(StaffRole.ADMINISTRATOR), kind="personal_data", now=clock.now())
    assert Export.objects.count() == 0


def test_a_copy_for_staff_with_a_child_who_was_taken_off_the_family_since_is_made_again() -> None:
    boss, patient = make_staff(StaffRole.ADMINISTRATOR), make_patient()
    child = make_person(patient)
    export = made(request_export(owner=boss, subject=patient, kind="personal_data", now=clock.now()))
    address = reverse("exports:download", args=[export.pk])
    assert browser(boss).get(address).status_code == 200  # control

    PatientProfile.objects.filter(pk=child.pk).update(removed_at=clock.now())
    assert browser(boss).get(address).status_code == 410

    later = made(request_export(owner=boss, subject=patient, kind="personal_data", now=clock.now()))
    assert browser(boss).get(reverse("exports:download", args=[later.pk])).status_code == 200


def test_staff_who_lose_the_right_lose_the_file() -> None:
    boss, patient = make_staff(StaffRole.ADMINISTRATOR), make_patient()
    export = made(request_export(owner=boss, subject=patient, kind="personal_data", now=clock.now()))
    address = reverse("exports:download", args=[export.pk])
    assert browser(boss).get(address).status_code == 200  # control

    boss.groups.clear()

    assert browser(boss).get(address).status_code == 404


def test_a_guardian_s_copy_goes_with_the_erasure_of_whom_they_care_for() -> None:
    guardian, boss = make_patient(), make_staff(StaffRole.ADMINISTRATOR)
    child = make_person(guardian)
    made(request_export(owner=guardian.user, kind="personal_data", now=clock.now()))
    other = made(request_export(owner=make_patient().user, kind="personal_data", now=clock.now()))

    erase(person=DataSubject(patient=child), reason="Asked for it", by=boss, now=clock.now())

    assert list(Export.objects.values_list("pk", flat=True)) == [other.pk]
