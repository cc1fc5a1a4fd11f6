"""Eight people and what belongs to them, for the matrix of addresses and roles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from billing.choices import Method
from billing.models import Invoice, Refund
from billing.services.credits import credit, refund
from billing.tests.factories import make_clerk, make_invoice, pay
from bookings.models import Booking, Hold
from bookings.references import PATTERN
from bookings.services.steps import check_in, confirm
from bookings.tests.factories import make_booking, make_held
from clinical.models import TreatmentRecord
from clinical.tests.factories import make_record
from core import clock
from doctors.models import DoctorProfile, Slot, TimeOff
from doctors.tests.factories import make_doctor, make_slot
from exports.models import Export
from exports.services import request_export
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person
from reports.models import MonthlyReport
from reports.tests.factories import make_report
from tests.statements import watching_statements

STAFF = {kind.value.lower(): kind for kind in StaffRole}
ROLES = ("nobody", "patient", "other_patient", "doctor", "other_doctor", *STAFF)
NEED_A_SLOT = {"bookings:new", "bookings:new_person", "bookings:move"}
NEED_A_RECORD = {"clinical:record"}
WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE")


@dataclass(frozen=True)
class World:
    """`patient` has booked `doctor`, cares for `person`, and waits for an earlier time, which is `held`; `slot` is a
    free time of the doctor, `record` what the doctor signed of an earlier visit, `invoice` is paid and credited in
    part, `report` a month of the doctor's, and `export` a file that the patient has asked for.

    The others have nothing to do with it.
    """

    people: dict[str, User]
    booking: Booking
    slot: Slot
    person: PatientProfile
    held: Hold
    time_off: TimeOff
    record: TreatmentRecord
    invoice: Invoice
    export: Export
    report: MonthlyReport
    signed_in: dict[str, str] = field(default_factory=dict)  # the keys of their sessions, where there are any already

    def arguments(self) -> dict[str, Any]:
        """What stands in an address, by the name of its part."""
        return {
            "reference": self.booking.reference,
            "slug": self.booking.doctor.slug,
            "slot_id": self.slot.pk,
            "entry_id": self.held.entry_id,
            "hold_id": self.held.pk,
            "person_id": self.person.pk,
            "time_off_id": self.time_off.pk,
            "record_id": self.record.pk,
            "invoice_id": self.invoice.pk,
            "invoice_number": self.invoice.number,
            "note_number": self.invoice.credit_notes.get().number,
            "payment_id": self.invoice.payments.get().pk,
            "refund_id": Refund.objects.get(credit_note__invoice=self.invoice).pk,
            "user_id": self.booking.doctor.user_id,
            "doctor_id": self.booking.doctor_id,
            "patient_id": self.booking.patient_id,
            "export_id": self.export.pk,
            "kind": "patients",
            "subject_id": self.booking.patient_id,
            "key": "unknown-key",
            "token": "x" * 43,
            "uidb36": "1",
            "number": 0,
            "status": 404,
            "app_label": "bookings",
            "object_id": "1",
            "pk": self.people["other_patient"].pk,
            "content_type_id": 1,
            "url": "nowhere",
            "figure": "waiting",
            "month": self.report.month,
        }

    def client(self, role: str, *, csrf: bool = False) -> Client:
        """A browser in which that person is signed in."""
        client = Client(enforce_csrf_checks=csrf)
        if role in self.signed_in:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.signed_in[role]
        elif role != "nobody":
            client.force_login(User.objects.get(pk=self.people[role].pk))  # as they are by now
        return client

    def sign_everybody_in(self) -> None:
        """For many tests that begin with the same rows: each browser of a person goes on with the same session."""
        for role in self.people:
            self.signed_in[role] = self.client(role).cookies[settings.SESSION_COOKIE_NAME].value

    def outcome(self, response: HttpResponse) -> str:
        """A status, "login", or "→" and where it leads."""
        if not 300 <= response.status_code < 400:
            return str(response.status_code)
        path = response["Location"].partition("?")[0]
        if path in {reverse("account_login"), reverse("admin:login")}:
            return "login"
        path = re.sub(r"(?<=/)[0-9a-f-]{36}(?=/)", "<uuid>", path)
        return "→" + re.sub(r"(?<=/)[0-9]+(?=/)", "<id>", re.sub(PATTERN, "<ref>", path))


def build_world() -> World:
    doctor, slot = make_doctor(), None
    slot = make_slot(doctor, days=2)
    patient, now = make_patient(), clock.now()
    people = {
        "patient": patient.user,
        "other_patient": make_patient().user,
        "doctor": doctor.user,
        "other_doctor": make_doctor().user,
        **{name: make_staff(kind) for name, kind in STAFF.items()},
    }
    booking = make_booking(slot=make_slot(doctor, starts_at=now + timedelta(days=1)), patient=patient)
    away = now + timedelta(days=30)
    time_off = TimeOff.objects.create(
        doctor=doctor, starts_at=away, ends_at=away + timedelta(days=1), created_by=doctor.user, created_at=now
    )
    held = make_held(patient, make_slot(doctor, days=3))
    EmailAddress.objects.filter(user__role=Role.DOCTOR).update(verified=False)  # the pages that ask for it
    record = make_record(_visit(doctor, patient, now), now=now).record
    export = request_export(owner=patient.user, kind="personal_data", now=now)
    report = make_report(doctor, date(2026, 10, 1))
    invoice = _invoice(patient, now)
    return World(people, booking, slot, make_person(patient), held, time_off, record, invoice, export, report)


def _invoice(patient: PatientProfile, now: datetime) -> Invoice:
    invoice = make_invoice(patient=patient, now=now)
    pay(invoice, invoice.total_cents, now=now)
    line, clerk = invoice.lines.get(), make_clerk()
    note = credit(invoice=invoice, amounts={line.pk: 500}, reason="Goodwill", by=clerk, now=now)
    refund(credit_note=note, amount_cents=200, method=Method.CASH, by=clerk, now=now)
    return invoice


def _visit(doctor: DoctorProfile, patient: PatientProfile, now: datetime) -> Booking:
    """One of the day before, whose patient was checked in."""
    booking = make_booking(slot=make_slot(doctor, starts_at=now - timedelta(days=1)), patient=patient)
    confirm(booking=booking, by=doctor.user, now=booking.created_at)
    return check_in(booking=booking, by=doctor.user, now=booking.starts_at)


@dataclass(frozen=True)
class Address:
    """One entry of the URL configuration; `name` is its route where it has no name."""

    name: str
    parameters: tuple[str, ...]
    route: str

    def path(self, world: World) -> str:
        arguments = world.arguments()
        if self.name in NEED_A_RECORD:
            arguments["reference"] = world.record.booking.reference
        try:
            path = reverse(self.name, kwargs={name: arguments[name] for name in self.parameters})
        except NoReverseMatch:
            path = f"/{self.route}"  # an address without a name stands as it is
        return f"{path}?slot={world.slot.pk}" if self.name in NEED_A_SLOT else path


def addresses() -> list[Address]:
    """Every address the site answers to, as the URL configuration has it."""
    return list(_walk(get_resolver().url_patterns))


def _walk(
    patterns: list[Any], route: str = "", spaces: tuple[str, ...] = (), outer: tuple[str, ...] = ()
) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        parameters = (*outer, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLPattern):
            yield Address(":".join([*spaces, pattern.name]) if pattern.name else here, parameters, here)
        else:
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _walk(pattern.url_patterns, here, inner, parameters)


@contextmanager
def watching_writes() -> Iterator[list[str]]:
    """The statements that change something, or lock rows to do so, while the block runs.

    But not what is told of the looking itself: that somebody was refused is written down, and who read a record.
    """
    found: list[str] = []
    with watching_statements() as statements:
        yield found
    found.extend(filter(_changes, statements))


# What is written because somebody looked: the trail, and for records that they were answered.
_TOLD = ('INSERT INTO "audit_entry"', 'INSERT INTO "clinical_recordanswer"')


def _changes(statement: str) -> bool:
    if statement.startswith(_TOLD):
        return False
    return statement.upper().startswith(WRITES) or " FOR NO KEY UPDATE" in statement or " FOR UPDATE" in statement
