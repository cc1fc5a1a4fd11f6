"""People are found however their names are written: in the directory, at the desk, in the admin, in the trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from audit.models import Entry
from audit.selectors import entries_found
from bookings.tests.factories import make_booking
from core.clock import hospital_day
from core.lookups import ContainsWord
from core.text.folding import holds_word
from core.text.names import has_name
from doctors.directory.selectors import directory
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from patients.rules import AlreadyListed
from patients.selectors import find_patients, same_person
from patients.services import register_without_account
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db
BORN = date(1990, 5, 17)

# The name as it is kept, and what somebody types to find it.
WRITTEN = [
    ("Sarah Smith", "Dr Smith"),
    ("Sarah Smith", "Dr. Smith"),
    ("Sarah Smith", "Dr Sarah Smith"),
    ("Sarah Smith", "Prof. Smith, Sarah"),
    ("Dr. Sarah Smith", "Dr Sarah Smith"),
    ("Prof Dr Sarah Smith", "sarah smith"),
    ("Sean O\u2019Brien", "O'Brien"),
    ("Sean O'Brien", "OBrien"),
    ("Sean O'Brien", "O Brien"),
    ("Sean O Brien", "o\u02bcbrien"),
    ("Sean OBrien", "O\u2019Brien"),
    ("Kim J\u00f8rgensen", "Jorgensen"),
    ("Mary Smith-Jones", "Smith\u2011Jones"),
    ("Mary Smith\u2013Jones", "smith jones"),
    ("Mary Smith\u00a0Jones", "Mary Smith-Jones"),
    ("Mary Smith Jones", "smithjones"),
    ("\u0141ukasz \u0110or\u0111evi\u0107", "lukasz dordevic"),
    ("J\u00fcrgen Stra\u00dfer", "JURGEN STRASSER"),
]


def _in_directory(name: str, typed: str) -> bool:
    doctor = make_doctor(full_name=name)
    return doctor in [one.doctor for one in directory(query=typed, now=timezone.now()).items]


def _at_desk(name: str, typed: str) -> bool:
    patient = make_patient(full_name=name)
    return patient in find_patients(make_staff(StaffRole.RECEPTION), typed, limit=5)


def _at_desk_by_guardian(name: str, typed: str) -> bool:
    person = make_person(make_patient(full_name=name), full_name="Tom Thumb")
    return person in find_patients(make_staff(StaffRole.RECEPTION), typed, limit=5)


def _in_trail(name: str, typed: str) -> bool:
    patient = make_patient(full_name=name)
    return any(
        f"patients.patientprofile:{patient.pk}" in entry.about for entry in entries_found(Entry.objects.all(), typed)
    )


def _in_the_desks_day(name: str, typed: str) -> bool:
    booking = make_booking(patient=make_patient(full_name=name), slot=make_slot(days=1))
    day = {"date": hospital_day(booking.starts_at).isoformat()}
    browser = _reception()
    everybody = browser.get(reverse("bookings:desk"), day)
    found = browser.get(reverse("bookings:desk"), day | {"q": typed})
    assert [row.key for row in _rows(everybody)] == [booking.reference]
    return [row.key for row in _rows(found)] == [booking.reference]


def _rows(response: Any) -> list[Any]:
    return [row for doctor in response.context["page"].doctors for row in doctor.rows]


def _doctors_at_desk(name: str, typed: str) -> bool:
    doctor, patient = make_doctor(full_name=name), make_patient()
    page = _reception().get(reverse("bookings:desk_book"), {"patient": patient.pk, "find": typed})
    if page.status_code == 200:  # several fit, or nobody
        return any(f"doctor={doctor.slug}&" in f"{link.url}&" for link in page.context["wish"].links)
    return f"doctor={doctor.slug}&" in f"{page['Location']}&"


def _reception() -> Client:
    browser = Client()
    browser.force_login(make_staff(StaffRole.RECEPTION))
    return browser


PLACES = [_in_directory, _at_desk, _at_desk_by_guardian, _in_trail, _in_the_desks_day, _doctors_at_desk]


@pytest.mark.parametrize("found", PLACES)
@pytest.mark.parametrize(("name", "typed"), WRITTEN)
def test_a_name_is_found_however_it_is_written(found: Callable[[str, str], bool], name: str, typed: str) -> None:
    assert found(name, typed)


@pytest.mark.parametrize("found", PLACES)
def test_another_name_is_not_found(found: Callable[[str, str], bool]) -> None:
    assert not found("Susan Adams", "Dr Ana")


@pytest.mark.parametrize(("name", "typed"), WRITTEN)
def test_lists_of_the_admin_find_them_too(client: Client, name: str, typed: str) -> None:
    doctor, patient = make_doctor(full_name=name), make_patient(full_name=name)
    client.force_login(make_staff(StaffRole.ADMINISTRATOR))
    lists = {
        "accounts_user": (doctor.user_id, patient.user_id),
        "doctors_doctorprofile": (doctor.pk,),
        "patients_patientprofile": (patient.pk,),
    }
    for called, keys in lists.items():
        page = client.get(reverse(f"admin:{called}_changelist"), {"q": typed})
        assert page.status_code == 200
        assert {row.pk for row in page.context["cl"].result_list} >= set(keys), called


def test_every_list_of_the_admin_looks_for_names_as_they_are_folded() -> None:
    """Whatever field of a list leads to a name, however it is called."""
    looked_for = {
        f"{model._meta.label}: {lookup}": lookup
        for model, page in admin.site._registry.items()
        for lookup in (*page.search_fields, *getattr(page, "contact_search_fields", ()))
        if any(part in PEOPLES_NAMES for part in lookup.split("__"))
    }
    assert len(looked_for) > 15
    assert [called for called, lookup in looked_for.items() if not lookup.endswith("__holds_word")] == []


PEOPLES_NAMES = {"full_name", "own_name", "search_name", "own_search_name", "specialization", "search_specialization"}


@pytest.mark.parametrize(("name", "typed"), [pair for pair in WRITTEN if len(pair[1].split()) > 1])
def test_whoever_comes_a_second_time_is_known(name: str, typed: str) -> None:
    """The check for namesakes before a walk-in is registered; only where a whole name was typed."""
    whole = {"Dr Smith", "Dr. Smith", "O Brien", "smith jones", "Prof. Smith, Sarah"}
    if typed in whole:
        typed = name
    register_without_account(full_name=name, date_of_birth=BORN)
    own = make_patient(full_name=name, date_of_birth=BORN)

    assert own in same_person(make_staff(StaffRole.RECEPTION), full_name=typed, date_of_birth=BORN)
    assert len(same_person(make_staff(StaffRole.RECEPTION), full_name=typed, date_of_birth=BORN)) == 2


@pytest.mark.parametrize("again", ["Sean O\u2019Brien", "sean obrien", "Mr Sean O Brien", "SEAN O`BRIEN"])
def test_nobody_is_put_on_a_list_of_people_twice(again: str) -> None:
    guardian = make_patient()
    make_person(guardian, full_name="Sean O'Brien")

    with pytest.raises(AlreadyListed):
        make_person(guardian, full_name=again)


@pytest.mark.parametrize(
    ("key", "word"), [("sean o brien", "obrien"), ("susan adams", "ana"), ("an na", "anna"), ("a", "%")]
)
def test_the_database_and_python_agree_on_what_holds_a_word(key: str, word: str) -> None:
    user = make_patient().user
    User.objects.filter(pk=user.pk).update(search_name=key)

    assert ContainsWord.lookup_name == "holds_word"
    assert User.objects.filter(pk=user.pk, search_name__holds_word=word).exists() is holds_word(key, word)


@pytest.mark.parametrize(
    ("migration", "model", "column", "folded"),
    [
        ("accounts.migrations.0009_folded_names", User, "search_name", "sean obrien"),
        ("patients.migrations.0007_folded_names", PatientProfile, "own_search_name", "tom obrien"),
        ("doctors.migrations.0008_folded_specializations", DoctorProfile, "search_specialization", "ear nose"),
    ],
)
def test_the_migration_folds_what_was_folded_otherwise(
    monkeypatch: pytest.MonkeyPatch, migration: str, model: Any, column: str, folded: str
) -> None:
    monkeypatch.setattr("core.text.refold.BATCH", 1)
    guardian = make_patient(full_name="Dr. Sean O\u2019Brien")
    make_person(guardian, full_name="Tom O\u2019Brien")
    make_doctor(full_name="Prof. Sean O'Brien", specialization="Ear\u2011Nose")
    before = dict(model.objects.values_list("pk", column))
    model.objects.update(**{column: "as it was folded before"})

    step = import_module(migration).Migration.operations[0]
    with connection.schema_editor() as editor:
        step.code(apps, editor)

    assert dict(model.objects.values_list("pk", column)) == before
    assert folded in before.values()


def test_no_form_takes_a_title_for_a_name() -> None:
    import_module("hms_project.urls")
    fields = {
        f"{form.__module__}.{form.__qualname__}": form.base_fields["full_name"]
        for form in _subclasses(forms.BaseForm)
        if "full_name" in getattr(form, "base_fields", {})
    }
    assert len(fields) > 12
    assert [called for called, field in fields.items() if has_name not in field.validators] == []


def _subclasses(kind: type) -> set[Any]:
    return {found for subclass in kind.__subclasses__() for found in ({subclass} | _subclasses(subclass))}


@pytest.mark.parametrize("written", ["Ana Ruiz", "Dr. Ana Ruiz", "dr Ana Ruiz", "Doctor Ana Ruiz", "Dr Dr. Ana Ruiz"])
def test_a_doctor_has_one_title_on_every_page(client: Client, written: str) -> None:
    doctor = make_doctor(full_name=written)
    figures = make_staff(StaffRole.MANAGER)
    public = (reverse("doctors:directory"), reverse("doctors:profile", args=[doctor.slug]))
    for path, user in [*((path, None) for path in public), (reverse("dashboards:staff_doctors"), figures)]:
        if user:
            client.force_login(user)
        page = client.get(path)
        assert page.status_code == 200
        assert "Dr Ana Ruiz" in page.text, path
        assert "Dr D" not in page.text, path
