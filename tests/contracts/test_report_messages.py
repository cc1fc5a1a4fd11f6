"""A month in a report as the e-mail function takes it, and the mail that comes of it (D5)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bookings.choices import Status
from bookings.tests.rows import visit
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient
from reports.messages import MONTHLY_REPORT
from reports.models import MonthlyReport
from reports.rows import rows_of
from reports.services import make_reports
from reports.tests.factories import make_old_hand
from tests.contracts.letterbox import Letterbox

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_mail_says_what_the_page_does_and_no_patients_name(letterbox: Letterbox) -> None:
    doctor = make_old_hand(full_name="Ada Able")
    patient = make_patient(full_name="Xylophone Canary")
    visit(patient, doctor, datetime(2026, 10, 5, 9, tzinfo=UTC), Status.COMPLETED)
    make_reports(now=datetime(2026, 11, 1, 9, tzinfo=UTC))

    answer = letterbox.deliver(OutgoingMessage.objects.get(action=MONTHLY_REPORT))

    assert (answer.status, answer.word) == (200, "sent")
    letter = letterbox.newest
    assert letter.recipients == (doctor.user.email,)
    assert "October 2026" in str(letter.mail["Subject"])
    rows = rows_of(MonthlyReport.objects.latest("month"))
    assert len(rows) > 12
    for row in rows:
        assert f"{row.label}: {row.value}" in letter.text
    assert "/doctor/reports/2026-10/" in letter.text
    assert "Xylophone" not in letter.everything
