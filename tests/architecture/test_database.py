"""What the database must look like: one driver, no drift, people and bookings kept."""

from __future__ import annotations

import importlib.util

import psycopg2
import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.psycopg_any import is_psycopg3
from django.db.models import CASCADE, Model

from tests.architecture.test_imports import RANKS

KEPT = {"accounts.User", "doctors.DoctorProfile", "patients.PatientProfile", "bookings.Booking"}


def our_models() -> list[type[Model]]:
    """A proxy's fields belong to the model behind it: allauth's address rows are allauth's."""
    return [model for model in apps.get_models() if model._meta.app_label in RANKS and not model._meta.proxy]


def cascades_onto(label: str, models: list[type[Model]]) -> list[str]:
    """Fields through which deleting one of these would take other rows along."""
    fields = [(model, field) for model in models for field in model._meta.concrete_fields if field.remote_field]
    return [
        f"{model._meta.label}.{field.name}"
        for model, field in fields
        if field.related_model._meta.label == label and field.remote_field.on_delete is CASCADE
    ]


@pytest.mark.parametrize("label", sorted(KEPT))
def test_nothing_is_cascaded_away_with_a_person_or_a_booking(label: str) -> None:
    assert apps.get_model(label) in our_models()
    assert cascades_onto(label, our_models()) == []


def test_a_cascade_would_be_found() -> None:
    assert cascades_onto("accounts.User", [LogEntry]) == ["admin.LogEntry.user"]


@pytest.mark.django_db
def test_the_migrations_are_what_the_models_say(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    except SystemExit:
        pytest.fail(capsys.readouterr().out)


def test_psycopg_3_is_not_here() -> None:
    """Django takes it in place of psycopg2 as soon as it can be imported."""
    assert importlib.util.find_spec("psycopg") is None


def test_django_speaks_through_psycopg_2() -> None:
    assert not is_psycopg3
    assert connection.Database is psycopg2
    assert connection.vendor == "postgresql"
