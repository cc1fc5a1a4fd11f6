"""Many drafts issued at once: what goes wrong with one keeps none of the others (G1)."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from billing import messages
from billing.errors import IssuingFailed
from billing.models import Invoice
from billing.seen import seen_of
from billing.services.bulk import issue_many
from billing.tests.conftest import NOW
from billing.tests.factories import make_clerk, make_draft
from bookings.tests.people import browser_of, text_of
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]


@pytest.fixture
def drafts(monkeypatch: pytest.MonkeyPatch) -> list[Invoice]:
    """Three, of which the one in the middle can't be mailed."""
    made = [make_draft(patient=make_patient(full_name=name)) for name in ("Al Key", "Jo Ram", "Bo Lee")]
    send = messages.issued

    def fails(invoice: Invoice) -> Any:
        if invoice.pk == made[1].pk:
            raise ValueError("Jo Ram")
        return send(invoice)

    monkeypatch.setattr(messages, "issued", fails)
    return made


def test_one_that_fails_is_refused_and_logged_by_its_key(
    drafts: list[Invoice], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        result = issue_many(
            invoices=drafts, revisions={draft.pk: draft.revision for draft in drafts}, by=make_clerk(), now=NOW
        )

    assert [invoice.pk for invoice in result.issued] == [drafts[0].pk, drafts[2].pk]
    assert [(invoice.pk, type(error)) for invoice, error in result.refused] == [(drafts[1].pk, IssuingFailed)]
    assert [invoice.number for invoice in result.issued] == ["INV-2026-000001", "INV-2026-000002"]
    assert Invoice.objects.get(pk=drafts[1].pk).is_draft
    assert str(drafts[1].pk) in caplog.text
    assert "Jo Ram" not in caplog.text


@pytest.mark.parametrize("page", ["desk", "admin"])
@pytest.mark.ignore_template_errors
def test_whoever_issues_them_is_told_which(drafts: list[Invoice], page: str) -> None:
    client: Client = browser_of(make_clerk())
    seen, keys = [seen_of(draft) for draft in drafts], [str(draft.pk) for draft in drafts]

    if page == "desk":
        said = client.post(reverse("billing:desk_issue_selected"), {"draft": seen}, follow=True)
    else:
        form = {"action": "issue_drafts", "_selected_action": keys, "sure": "1", "seen": seen}
        said = client.post("/admin/billing/invoice/", form, follow=True)

    assert "2 invoices" in text_of(said)
    assert "It couldn’t be issued: something went wrong on our side." in text_of(said)
    assert "Jo Ram" in text_of(said)
    assert Invoice.objects.drafts().count() == 1  # type: ignore[attr-defined]
