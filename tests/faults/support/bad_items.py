"""Three things for a job to do, the first of which can't be written; and those of exports."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from audit.choices import Kind
from audit.context import audit_context
from audit.services import record
from billing.models import Invoice
from billing.tests.factories import make_draft, make_invoice
from bookings.services.steps import check_in, complete
from bookings.tests.factories import make_booking
from clinical.models import RecordAnswer
from core.clock import hospital_day
from doctors.tests.factories import make_doctor, make_slot
from exports import services as exports
from exports.choices import ExportStatus
from exports.kinds import ExportFacts, ExportKind, FileMade, Progress
from exports.models import Export
from exports.tests.factories import make_export
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from reports.models import MonthlyReport
from reports.tests.factories import make_old_hand

NOW = timezone.now()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclasses.dataclass
class Case:
    """Three things for a job to do. The first one's row refuses to be written: `on`, when `condition`."""

    keys: list[Any]
    on: str
    condition: str
    is_done: Callable[[Any], bool]
    at: datetime = NOW


class _Quick(ExportKind):
    label = "Test file"

    def may(self, owner: Any, subject: Any) -> bool:
        return True

    def make(self, facts: ExportFacts, progress: Progress) -> FileMade:
        return FileMade(name="file.txt", content_type="text/plain", content=b"made")


QUICK = _Quick()


def _asked(settings: Any) -> list[Any]:
    settings.EXPORT_KINDS = {"quick": f"{__name__}.QUICK"}
    return [make_export(make_patient().user, now=NOW - 100 * DAY + n * HOUR).pk for n in range(3)]


def _made(settings: Any) -> list[Any]:
    keys = _asked(settings)
    for key in keys:
        export = exports.claim(key, now=NOW - 99 * DAY)
        assert export is not None
        assert exports.run(export, now=lambda: NOW - 99 * DAY)
    return keys


def due_files(settings: Any) -> Case:
    keys = _asked(settings)
    return Case(
        keys,
        "UPDATE ON exports_export",
        f"OLD.id = '{keys[0]}'",
        lambda key: Export.objects.get(pk=key).status == ExportStatus.READY,
    )


def expired_files(settings: Any) -> Case:
    keys = _made(settings)
    return Case(
        keys,
        "UPDATE ON exports_export",
        f"OLD.id = '{keys[0]}'",
        lambda key: Export.objects.get(pk=key).status == ExportStatus.EXPIRED,
        NOW - 95 * DAY,
    )


def old_exports(settings: Any) -> Case:
    keys = _made(settings)
    exports.expire(now=NOW)
    return Case(
        keys,
        "DELETE ON exports_export",
        f"OLD.id = '{keys[0]}'",
        lambda key: not Export.objects.filter(pk=key).exists(),
    )


def monthly_reports() -> Case:
    at = datetime(2026, 11, 1, 9, tzinfo=UTC)
    keys = [make_old_hand(since=at - 9 * DAY).pk for _ in range(3)]
    return Case(
        keys,
        "INSERT ON reports_monthlyreport",
        f"NEW.doctor_id = {keys[0]}",
        lambda key: MonthlyReport.objects.filter(doctor=key).exists(),
        at,
    )


def ended_visits(settings: Any) -> Case:
    """Completed yesterday, and not billed yet."""
    settings.BILLING_FROM = hospital_day(NOW - 9 * DAY)
    keys = []
    for number in range(3):
        doctor, at = make_doctor(confirms_automatically=True), NOW - DAY - number * HOUR
        booking = make_booking(slot=make_slot(doctor, starts_at=at), now=NOW - 9 * DAY)
        complete(booking=check_in(booking=booking, by=doctor.user, now=at), by=doctor.user, now=at)
        keys.append(booking.pk)
    return Case(
        keys,
        "INSERT ON billing_invoice",
        f"NEW.booking_id = {keys[0]}",
        lambda key: Invoice.objects.filter(booking=key).exists(),
    )


def old_invoices() -> Case:
    """Of erased people, issued longer ago than the law asks to keep them."""
    invoices = [make_invoice(now=NOW - number * HOUR) for number in (3, 2, 1)]
    PatientProfile.objects.filter(invoices__in=invoices).update(erased_at=NOW)
    keys = [invoice.pk for invoice in invoices]
    return Case(
        keys,
        "UPDATE ON billing_invoice",
        f"OLD.id = '{keys[0]}'",
        lambda key: Invoice.objects.get(pk=key).buyer_name == "",
        NOW + 11 * 366 * DAY,
    )


def late_drafts() -> Case:
    """Of people who were erased in the very moment."""
    keys = [make_draft().patient_id for _ in range(3)]
    PatientProfile.objects.filter(pk__in=keys).update(erased_at=NOW)
    return Case(
        keys,
        "DELETE ON billing_invoice",
        f"OLD.patient_id = {keys[0]}",
        lambda key: not Invoice.objects.filter(patient=key).exists(),
    )


def answered_records() -> Case:
    """Answers that showed a record, each with its row in the trail."""
    for number in range(3):
        with audit_context(request=f"request-{number}"):
            record(Kind.RECORD_READ)
        RecordAnswer.objects.create(request_id=f"request-{number}", place="GET clinical:record", at=NOW - HOUR)
    keys = list(RecordAnswer.objects.order_by("pk").values_list("pk", flat=True))
    return Case(
        keys,
        "DELETE ON clinical_recordanswer",
        f"OLD.id = {keys[0]}",
        lambda key: not RecordAnswer.objects.filter(pk=key).exists(),
    )
