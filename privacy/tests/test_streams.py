"""Messages about a person are found by their streams, those about invoices too."""

from __future__ import annotations

import pytest

from billing.tests.factories import make_invoice
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient, make_person
from privacy.data_subjects import DataSubject
from privacy.streams import messages_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_mails_with_invoices_are_of_the_patient_and_whoever_cares_for_them() -> None:
    guardian, other = make_patient(), make_patient()
    child = make_person(guardian)
    invoices = [make_invoice(patient=patient) for patient in (guardian, child, other)]

    def found(person: DataSubject) -> set[str]:
        return set(messages_of(person).filter(action="INVOICE").values_list("stream", flat=True))

    mine, the_childs, another = (f"invoice:{invoice.pk}" for invoice in invoices)
    assert found(DataSubject(user=guardian.user, patient=guardian)) == {mine, the_childs}
    assert found(DataSubject(patient=child)) == {the_childs}
    assert found(DataSubject(user=other.user, patient=other)) == {another}
    assert OutgoingMessage.objects.filter(action="INVOICE").count() == 3
