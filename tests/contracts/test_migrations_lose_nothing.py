"""Migrations that bring values into one form run beside the site: what is written meanwhile stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import connection, models
from django.db.migrations.operations import RunPython

from accounts.models import User
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person
from tests.architecture.source import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

# Migration: the model, the column written, an old value of it, a new one that somebody writes meanwhile, and its form.
REBUILT: dict[str, tuple[type[models.Model], str, str, str, str, str]] = {
    "accounts.0009_folded_names": (User, "full_name", "search_name", "Old Name", "Zoë Újfalu", "zoe ujfalu"),
    "accounts.0010_one_form_of_addresses": (
        *(User, "email", "email"),
        *("old@m\u00fcller.example", "new@m\u00fcller.example", "new@xn--mller-kva.example"),
    ),
    "accounts.0011_phones_as_e164": (User, "phone", "phone", "020 7946 0001", "020 7946 0002", "+442079460002"),
    "patients.0007_folded_names": (PatientProfile, "own_name", "own_search_name", "Old", "Zoë", "zoe"),
    "patients.0008_one_form_of_addresses": (
        *(PatientProfile, "own_email", "own_email"),
        *("old@m\u00fcller.example", "new@m\u00fcller.example", "new@xn--mller-kva.example"),
    ),
    "patients.0009_phones_as_e164": (
        *(PatientProfile, "own_phone", "own_phone"),
        *("020 7946 0001", "020 7946 0002", "+442079460002"),
    ),
    "doctors.0008_folded_specializations": (
        *(DoctorProfile, "specialization", "search_specialization"),
        *("Old", "Zoölogy", "zoology"),
    ),
}


def steps(migration: str) -> list[Callable[..., Any]]:
    app, name = migration.split(".")
    operations = import_module(f"{app}.migrations.{name}").Migration.operations
    return [operation.code for operation in operations if isinstance(operation, RunPython)]


def migrate(migration: str) -> None:
    for step in steps(migration):
        with connection.schema_editor(atomic=False) as editor:
            step(apps, editor)


def test_every_migration_that_rebuilds_values_is_here() -> None:
    found = {
        f"{path.parent.parent.name}.{path.stem}"
        for path in ROOT.glob("*/migrations/0*.py")
        if re.search(r"core\.text\.refold import (?!say_why\n)", path.read_text())  # which only says why
    }
    assert found == set(REBUILT)


@contextmanager
def beside() -> Iterator[Any]:
    """The cursor of another connection: what is written there is committed."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.close()


class Meanwhile:
    """Another write, once, right before the migration's own first write of the table."""

    def __init__(self, table: str, act: Callable[[], Any]) -> None:
        self.table, self.act, self.done = table, act, False

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        if not self.done and sql.startswith(f'UPDATE "{self.table}"'):
            self.done = True
            self.act()
        return execute(sql, *rest)


@pytest.mark.parametrize("migration", REBUILT)
def test_what_is_written_meanwhile_stands_and_is_brought_into_form(migration: str) -> None:
    model, written, folded, old, new, form = REBUILT[migration]
    guardian, doctor = make_patient(), make_doctor()
    person = make_person(guardian, full_name="Tom Parent")
    row = {User: guardian.user, PatientProfile: person, DoctorProfile: doctor}[model]
    mine = model._default_manager.filter(pk=row.pk)
    addresses = EmailAddress.objects.filter(user=guardian.user)
    mine.update(**{folded: "stale", written: old})
    if written == "email":
        addresses.update(email=old)

    def writes() -> None:
        with beside() as cursor:
            table = model._meta.db_table
            cursor.execute(f'UPDATE "{table}" SET "{written}" = %s WHERE id = %s', [new, row.pk])
            if written == "email":
                cursor.execute("UPDATE account_emailaddress SET email = %s WHERE user_id = %s", [new, row.pk])

    meanwhile = Meanwhile(model._meta.db_table, writes)
    with connection.execute_wrapper(meanwhile):
        migrate(migration)

    assert meanwhile.done
    assert mine.values_list(written, folded).get() == (form if written == folded else new, form)
    if written == "email":
        assert addresses.get().email == form
