"""Whoever is shown a patient at the desk stands in the audit trail, once for each page (H4)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import pytest
from django.test import Client
from django.urls import reverse

from audit.choices import Kind
from audit.models import Entry
from billing import urls
from billing.choices import Method
from billing.models import Invoice
from billing.services.credits import credit, refund
from billing.tests.conftest import NOW
from billing.tests.desk.people import completed
from billing.tests.factories import make_clerk, make_draft, make_invoice, pay
from bookings.tests.people import text_of
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]

NAME = "Jo Ram"
OF_DRAFTS = {"desk_edit", "desk_issue", "desk_drop"}
ELSEWHERE = {"desk_new"}  # shows nobody until somebody is asked for: below
OF_A_DAY = {"desk", "desk_cash_up", "desk_cash_up_csv"}
ONLY_SENT = {"desk_mail", "desk_issue_selected"}


def reads() -> int:
    return Entry.objects.filter(pgh_label__in=[Kind.PERSONAL_DATA_READ, Kind.EXPORTED]).count()


def addresses() -> Iterator[str]:
    """Of all pages at the desk that show somebody, from the addresses there are."""
    patient = make_patient(full_name=NAME)
    draft, part_paid, credited = (
        make_draft(patient=patient),
        make_invoice(patient=patient),
        make_invoice(patient=patient),
    )
    payment = pay(part_paid, 1_000)
    pay(credited, 8_000)
    note = credit(invoice=credited, amounts=None, reason="Wrong", by=make_clerk(), now=NOW)
    given = refund(credit_note=note, amount_cents=500, method=Method.CASH, by=make_clerk(), now=NOW)
    special = {
        "desk_take_back_refund": (credited, [given.pk]),
        "desk_take_back": (part_paid, [payment.pk]),
        "desk_refund": (credited, [note.number]),
        **{name: (draft, []) for name in OF_DRAFTS},
    }
    names = {str(path.name) for path in urls.urlpatterns if str(path.name).startswith("desk")}
    for name in sorted(names - ELSEWHERE - ONLY_SENT):
        invoice, more = special.get(name, (part_paid, []))
        yield reverse(f"billing:{name}", args=[] if name in OF_A_DAY else [invoice.pk, *more])


def new_addresses() -> Iterator[str]:
    new = reverse("billing:desk_new")
    patient, visit = make_patient(full_name="Al Key"), completed()
    yield from (f"{new}?patient={patient.pk}", f"{new}?q=al+key")
    yield from (f"{new}?booking={visit.reference}", f"{new}?q={visit.reference}")


def test_each_page_that_shows_a_patient_is_noted_once(desk: Client) -> None:
    shown = list(chain(addresses(), new_addresses()))
    assert len(shown) > len(OF_DRAFTS) + len(OF_A_DAY) + 8

    for address in shown:
        before = reads()
        response = desk.get(address)

        assert response.status_code == 200, address
        assert reads() == before + 1, address


def test_whoever_sends_a_form_has_seen_it_and_nobody_found_is_nobody_read(desk: Client) -> None:
    draft = make_draft()

    desk.post(reverse("billing:desk_edit", args=[draft.pk]), {"revision": "1"})
    page = desk.get(reverse("billing:desk_new"), {"q": "nobody of that name"})

    assert page.status_code == 200
    assert "nobody of that name" in text_of(page)
    assert reads() == 0
    assert Invoice.objects.get().revision == 1
