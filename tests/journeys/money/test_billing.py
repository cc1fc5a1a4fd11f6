"""Money from the visit to the credit note, in a browser at both widths (G1–G3, H2)."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from billing import tasks
from billing.models import Invoice
from billing.services.drafts import LineDraft, draft_for_patient
from billing.services.issuing import issue
from bookings.choices import Status
from bookings.models import Booking
from bookings.services.steps import check_in, confirm
from bookings.tests.factories import make_booking
from bookings.tests.people import browser_of
from core.clock import hospital_day
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from tests.journeys.conftest import Arrives
from tests.journeys.support.visitor import Visitor


@pytest.fixture
def doctor(settings: Any, now: datetime) -> DoctorProfile:
    settings.BILLING_FROM = hospital_day(now)
    return make_doctor(full_name="Ada Smith", consultation_fee_cents=8_000)


@pytest.fixture
def patient() -> PatientProfile:
    return make_patient(full_name="Jo Patient", address="1 High Street\nLondon")


@pytest.fixture
def clerk() -> User:
    return make_staff(StaffRole.RECEPTION, full_name="Robin Reception")


@pytest.fixture
def visit(doctor: DoctorProfile, patient: PatientProfile, now: datetime) -> Booking:
    """Its patient is checked in."""
    booking = make_booking(slot=make_slot(doctor, starts_at=now + timedelta(minutes=10)), patient=patient)
    if booking.status == Status.PENDING:
        booking = confirm(booking=booking, by=doctor.user, now=booking.created_at)
    return check_in(booking=booking, by=doctor.user, now=now)


def money_of_the_month(manager: User) -> dict[str, Decimal]:
    """What the manager's file of the revenue by doctor says of Dr Smith."""
    cache.clear()  # the figures are cached for five minutes
    answer = browser_of(manager).get("/staff/figures/revenue-doctors.csv?period=7")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    mine = [row for row in rows if any("Smith" in cell for cell in row.values())]
    assert len(mine) <= 1
    return {name.partition(" (")[0]: Decimal(value) for row in mine for name, value in row.items() if "(GBP)" in name}


def reads_and_downloads(reader: Visitor, visit: Booking, invoice: Invoice) -> Visitor:
    assert visit.patient.user is not None
    reader.signs_in_as(visit.patient.user).goes_to(f"/bookings/{visit.reference}/")
    reader.follows("Invoice", within=reader.page.locator("main"))
    reader.is_on(invoice.number).sees("Paid").sees("Exempt from VAT: medical care")
    with reader.page.expect_download() as download:
        reader.page.get_by_role("link", name="Download as PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    assert download.value.suggested_filename == f"{invoice.number}.pdf"
    return reader


def test_a_visit_is_invoiced_paid_credited_and_given_back(
    arrives: Arrives, width: int, visit: Booking, clerk: User
) -> None:
    manager = make_staff(StaffRole.MANAGER)
    assert money_of_the_month(manager) == {}

    # The doctor completes the visit, and its draft is there
    doctors_day = arrives(width=width).signs_in_as(visit.doctor.user).goes_to("/doctor/appointments/?from=today")
    doctors_day.presses("Complete", within=doctors_day.page.locator(f"#row-{visit.reference}"))
    assert tasks.settle_visits() == 1

    # Reception issues it, and takes half in cash and half by card
    desk = arrives(width=width).signs_in_as(clerk).goes_to("/staff/billing/?state=draft")
    desk.follows("Draft", within=desk.page.get_by_role("row", name="Jo Patient")).is_on("Draft").sees(
        "Appointment on"
    ).sees("£80.00")
    desk.follows("Issue").presses("Issue for £80.00").sees("is issued")
    invoice = Invoice.objects.get()
    desk.fills(amount="40").presses("Enter payment").sees("There is a problem")
    desk.page.get_by_label("Cash").check()
    desk.presses("Enter payment").sees("The payment of £40.00 is entered.")
    desk.page.get_by_label("Card").check()
    desk.presses("Enter payment").sees("There is a problem")
    desk.fills(reference="T-4711").presses("Enter payment").sees("Paid")

    # The patient reads and downloads it
    reader = reads_and_downloads(arrives(width=width), visit, invoice)
    before = money_of_the_month(manager)

    # A part of its line is credited, and given back
    desk.follows("Credit").is_on("Credit invoice")
    desk.page.get_by_label("Part of it").check()
    desk.page.get_by_label("Appointment on").fill("25.50")
    desk.fills(why="Shorter than planned").presses("Make the credit note").sees("CRN-")
    desk.follows("Give money back")
    desk.page.get_by_label("Cash").check()
    desk.presses("Give it back").sees("£25.50 is given back.")
    reader.goes_to(f"/billing/{invoice.number}/").sees("Shorter than planned").sees("25.50")

    # The figures have moved by exactly that
    after = money_of_the_month(manager)
    moved = {name: after[name] - before[name] for name in before if after[name] != before[name]}
    assert before["Issued"] == Decimal(80)
    assert moved == {"Credited": Decimal("25.50"), "Paid": Decimal("-25.50")}
    for scheme in ("dark", "light"):
        for wide in (1280, 390):
            reader.wears(wide, scheme).looks_around()
            desk.wears(wide, scheme).looks_around()


def test_a_bill_by_hand_without_javascript(arrives: Arrives, patient: PatientProfile, clerk: User) -> None:
    desk = arrives(javascript=False).signs_in_as(clerk).goes_to("/staff/billing/new/")
    desk.page.get_by_label("Reference, name").fill("Jo Patient")
    desk.presses("Find").follows("Jo Patient").is_on("New invoice")

    line = desk.page.locator("#line-0")
    line.get_by_label("What for").fill("Report for an insurer")
    line.get_by_label("Amount for one").fill("60")
    line.get_by_label("Tax").select_option(index=1)
    desk.presses("Add a line")
    desk.page.locator("#line-1").get_by_label("What for").fill("Postage")
    desk.presses("Save draft").sees("There is a problem")
    desk.page.locator("#line-1").get_by_label("Amount for one").fill("2.50")
    desk.presses("Save draft").sees("Postage")

    draft = Invoice.objects.get()
    assert [line.unit_cents for line in draft.lines.all()] == [6_000, 250]
    assert (draft.net_cents, draft.tax_cents) == (6_250, 1_200)


def test_a_days_drafts_are_issued_at_once(
    arrives: Arrives, now: datetime, patient: PatientProfile, clerk: User
) -> None:
    for _ in range(3):
        draft_for_patient(patient=patient, lines=[LineDraft("Certificate", 1_500)], by=clerk, now=now)
    desk = arrives().signs_in_as(clerk).goes_to("/staff/billing/?state=draft")
    boxes, every = desk.page.locator("input[name=draft]"), desk.page.get_by_label("Select all on this page")
    every.check()
    boxes.first.uncheck()
    assert (every.is_checked(), every.evaluate("box => box.indeterminate")) == (False, True)
    every.check()

    desk.presses("Issue selected").sees("3 invoices are issued")


def looks_at_money(visitor: Visitor, *addresses: str) -> None:
    for address in addresses:
        visitor.goes_to(address)
        for scheme in ("dark", "light"):
            visitor.wears(visitor.page.viewport_size["width"], scheme).looks_around()  # type: ignore[index]


def test_the_pages_of_money_at_both_widths(
    arrives: Arrives, now: datetime, width: int, patient: PatientProfile, clerk: User
) -> None:
    """Those no journey passes, light and dark."""
    draft, other = (
        draft_for_patient(patient=patient, lines=[LineDraft("Certificate", 1_500)], by=clerk, now=now) for _ in range(2)
    )
    invoice = issue(invoice=other, by=clerk, now=now)
    own = f"/staff/billing/{draft.pk}/"

    looks_at_money(
        arrives(width=width).signs_in_as(clerk),
        *("/staff/billing/", "/staff/billing/?state=draft", "/staff/billing/cash-up/", own, f"{own}edit/"),
        *(f"{own}issue/", f"{own}drop/", f"/staff/billing/{invoice.pk}/paid/"),
    )
    looks_at_money(arrives(width=width).signs_in_as(patient.user), "/patient/", "/billing/")
