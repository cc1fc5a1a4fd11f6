"""Who buys, on an invoice: as they are called and where they live at one moment, read under its lock (G1)."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from billing.services.issuing import issue
from billing.tests.conftest import NOW
from billing.tests.factories import make_clerk, make_draft
from patients.models import PatientProfile
from patients.services import update_patient
from patients.tests.factories import make_patient, make_person
from tests.statements import watching_statements

pytestmark = pytest.mark.django_db(transaction=True)


def renamed(patient: PatientProfile) -> None:
    """By somebody else, name and address in one transaction."""

    def write() -> None:
        try:
            user = User.objects.get(pk=patient.user_id)
            update_patient(
                patient=PatientProfile.objects.select_related("user").get(pk=patient.pk),
                full_name="Jo Rama",
                phone=user.phone,
                profile={"address": "New Street"},
            )
        finally:
            connection.close()

    thread = Thread(target=write)
    thread.start()
    thread.join()


@pytest.mark.parametrize("table", ["billing_invoice", "patients_patientprofile"])
def test_who_buys_is_of_one_moment_after_the_lock(table: str) -> None:
    """The patient marries and moves just after the draft is locked, or just after the patient was read."""
    patient = make_patient(full_name="Jo Ram", address="Old Street")
    draft, moved = make_draft(patient=patient), []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if sql.startswith("SELECT") and f'FROM "{table}"' in sql and not moved:
            moved.append(table)
            renamed(patient)
        return answer

    with connection.execute_wrapper(watch):
        issued = issue(invoice=draft, by=make_clerk(), now=NOW)

    assert moved == [table]
    after = table == "billing_invoice"
    assert (issued.buyer_name, issued.buyer_address) == (
        ("Jo Rama", "New Street") if after else ("Jo Ram", "Old Street")
    )


@pytest.mark.parametrize("of", ["account", "guardian"])
def test_nothing_is_read_while_others_wait_for_the_counter(of: str) -> None:
    """And whose invoice it is, is asked once."""
    patient = make_patient() if of == "account" else make_person(make_patient())
    draft, clerk = make_draft(patient=patient), make_clerk()

    with watching_statements() as seen:
        issue(invoice=draft, by=clerk, now=NOW)

    [counter] = [number for number, text in enumerate(seen) if "INSERT INTO billing_billingseries" in text]
    people = ("patients_patientprofile", "accounts_user")
    reads = [number for number, text in enumerate(seen) if text.startswith("SELECT") and any(n in text for n in people)]
    assert len(reads) == 1
    assert reads[0] < counter
