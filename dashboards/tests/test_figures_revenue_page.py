"""Money on the page of the figures and in its files, and who may see it (H2)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from billing.choices import Method
from billing.services.credits import credit, refund
from billing.tests.factories import make_clerk, make_invoice, pay
from bookings.tests.rows import at
from core import clock
from dashboards.tests.test_figures_page import page, read, text
from doctors.models import DoctorProfile
from doctors.tests.factories import DepartmentFactory, make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 5, 13, 35, tzinfo=UTC)  # Wednesday, 2:35pm in London
FILES = ["revenue-months", "revenue-departments", "revenue-doctors", "payments", "to-pay"]


@pytest.fixture(autouse=True)
def _at_half_past_two(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.INVOICE_DUE_DAYS = 14
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def manager() -> Client:
    client = Client()
    client.force_login(make_staff(StaffRole.MANAGER))
    return client


@pytest.fixture
def money(doctor: DoctorProfile, pat: PatientProfile) -> None:
    """In July 1,200 for Ada, a quarter of it credited in August and 100 of that refunded; 80 for nobody, unpaid."""
    clerk, july = make_clerk(), date(2026, 7, 20)
    invoice = make_invoice(120_000, doctor=doctor, patient=pat, by=clerk, now=at(july, 9))
    pay(invoice, 100_000, method=Method.CARD, reference="T1", by=clerk, now=at(july, 10))
    pay(invoice, 20_000, by=clerk, now=at(july, 11))
    make_invoice(8_000, patient=pat, by=clerk, now=at(july, 12))
    lines = {invoice.lines.get().pk: 30_000}
    note = credit(invoice=invoice, amounts=lines, reason="Too long", by=clerk, now=at(date(2026, 8, 1), 0))
    refund(credit_note=note, amount_cents=10_000, method=Method.CASH, by=clerk, now=at(date(2026, 8, 1), 0))


@pytest.mark.usefixtures("money")
def test_the_page_says_the_money_of_the_period_and_what_is_open(manager: Client) -> None:
    said = text(page(manager))

    assert "£1,280.00 issued, £300.00 credited, £1,100.00 paid." in said
    assert "Most issued: Heart, £1,200.00." in said
    assert "Most issued: Dr Ada Able, £1,200.00." in said
    assert "£1,200.00 received, £100.00 refunded." in said
    assert "£80.00 to pay, £80.00 of it overdue." in said
    assert "£200.00 must be refunded to patients." in said
    assert "Amounts include tax." in said
    assert "Only the chosen days of the first and last month are counted." in said


@pytest.mark.usefixtures("money")
def test_a_credit_and_its_refund_move_the_figures_by_exactly_that(manager: Client) -> None:
    assert "£0.00 issued, £300.00 credited, -£100.00 paid." in text(page(manager, "?period=this-month"))
    assert "£1,280.00 issued, £0.00 credited, £1,200.00 paid." in text(page(manager, "?period=last-month"))


@pytest.mark.usefixtures("money")
def test_a_department_has_its_own_money(manager: Client, other: DoctorProfile) -> None:
    said = text(page(manager, f"?department={other.department.slug}"))

    assert "No invoices were issued and nothing was paid on these days." in said
    assert "Nothing is left to pay." in said


@pytest.mark.usefixtures("money")
def test_twelve_months_are_drawn_twice_and_one_month_once(manager: Client) -> None:
    year, month = page(manager, "?period=12-months"), page(manager, "?period=last-month")

    assert re.findall(r'aria-labelledby="revenue-months-(\w+)-title"', year) == ["wide", "narrow"]
    assert re.findall(r'aria-labelledby="revenue-months-(\w+)-title"', month) == ["bars"]


def test_the_file_by_month_has_plain_amounts_and_the_currency_in_its_header(manager: Client, money: None) -> None:
    rows = read(manager.get("/staff/figures/revenue-months.csv?period=90"))

    assert rows == [
        ["Month", "Issued (GBP)", "Credited (GBP)", "Paid (GBP)", "To pay now (GBP)"],
        ["2026-05", "0.00", "0.00", "0.00", "0.00"],
        ["2026-06", "0.00", "0.00", "0.00", "0.00"],
        ["2026-07", "1280.00", "0.00", "1200.00", "80.00"],
        ["2026-08", "0.00", "300.00", "-100.00", "0.00"],
    ]


def test_what_was_issued_on_other_days_has_a_row_of_its_own(manager: Client, money: None) -> None:
    rows = read(manager.get("/staff/figures/revenue-months.csv?period=this-month"))

    assert rows[1:] == [
        ["2026-08", "0.00", "300.00", "-100.00", "0.00"],
        ["Issued on other days", "", "", "", "80.00"],
    ]


def test_the_other_files_by_hand(manager: Client, money: None) -> None:
    def file(name: str) -> list[list[str]]:
        return read(manager.get(f"/staff/figures/{name}.csv"))[1:]

    assert file("revenue-departments") == [
        ["Heart", "1200.00", "300.00", "1100.00", "0.00"],
        ["No doctor", "80.00", "0.00", "0.00", "80.00"],
    ]
    assert file("revenue-doctors") == [
        ["Dr Ada Able", "Heart", "1200.00", "300.00", "1100.00", "0.00"],
        ["No doctor", "", "80.00", "0.00", "0.00", "80.00"],
    ]
    assert file("payments") == [
        ["Cash", "200.00", "100.00", "100.00"],
        ["Card", "1000.00", "0.00", "1000.00"],
        ["Online", "0.00", "0.00", "0.00"],
        ["Insurance", "0.00", "0.00", "0.00"],
    ]
    assert file("to-pay") == [
        ["Not due yet", "0.00"],
        ["1 to 30 days overdue", "80.00"],
        ["31 to 60 days overdue", "0.00"],
        ["61 to 90 days overdue", "0.00"],
        ["Over 90 days overdue", "0.00"],
    ]


def test_amounts_have_the_digits_of_their_currency(manager: Client, settings: Any) -> None:
    settings.CURRENCY = "JPY"
    make_invoice(1_200, doctor=make_doctor(), now=NOW)

    [row] = read(manager.get("/staff/figures/revenue-doctors.csv"))[1:]

    assert row[2] == "1200"
    assert "¥1,200 issued" in text(page(manager))


def test_a_department_or_a_doctor_is_no_formula_in_a_file(manager: Client) -> None:
    make_invoice(1_200, doctor=make_doctor(department=DepartmentFactory(name="=1+1")), now=NOW)

    assert read(manager.get("/staff/figures/revenue-departments.csv"))[1][0] == "'=1+1"
    assert read(manager.get("/staff/figures/revenue-doctors.csv"))[1][1] == "'=1+1"


def test_of_many_doctors_the_page_names_those_with_most_and_the_file_all(manager: Client) -> None:
    department, clerk, patient = DepartmentFactory(), make_clerk(), make_patient()
    for number in range(12):
        doctor = make_doctor(full_name=f"Person {number:02}", department=department)
        make_invoice(1_000 + number, doctor=doctor, patient=patient, by=clerk, now=NOW)

    block = page(manager).split('<h3 id="revenue-doctors">')[1].split("</section>")[0]

    names = re.findall(r'<th scope="row">Dr Person (\d+)</th>', block)
    assert names == [f"{number:02}" for number in range(11, 1, -1)]
    assert "2 more are in the CSV file." in text(block)
    assert len(read(manager.get("/staff/figures/revenue-doctors.csv"))) == 13


def test_figures_of_money_are_kept_for_five_minutes(manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = "No invoices were issued and nothing was paid on these days."
    assert empty in text(page(manager))
    make_invoice(1_200, now=NOW)

    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=4, seconds=59))
    assert empty in text(page(manager))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=5))
    assert "£12.00 issued" in text(page(manager))


# Who


@pytest.mark.parametrize("path", ["/staff/", *(f"/staff/figures/{name}.csv" for name in FILES)])
def test_only_managers_and_administrators_see_money(path: str, doctor: DoctorProfile, pat: PatientProfile) -> None:
    people: dict[str, User] = {kind.value: make_staff(kind) for kind in StaffRole}
    people |= {"doctor": doctor.user, "patient": pat.user}
    answers = {}
    for who, user in people.items():
        client = Client()
        client.force_login(user)
        answers[who] = client.get(path).status_code
    stranger = Client().get(path)

    assert answers == {"RECEPTION": 403, "MANAGER": 200, "ADMINISTRATOR": 200, "doctor": 403, "patient": 403}
    assert stranger.status_code == 302
    assert str(django_settings.LOGIN_URL) in stranger["Location"] or "login" in stranger["Location"]


def test_nothing_is_told_of_who_paid_or_what_for(manager: Client) -> None:
    patient = make_patient(full_name="Zebedee Quux")
    invoice = make_invoice(1_200, doctor=make_doctor(), patient=patient, now=NOW)
    credit(invoice=invoice, reason="A cough that stays", by=make_clerk(), now=NOW)

    shown = page(manager) + "".join(str(read(manager.get(f"/staff/figures/{name}.csv"))) for name in FILES)

    assert "£12.00 issued, £12.00 credited" in text(shown)
    for secret in ("Quux", "cough", "Certificate", str(invoice.number)):
        assert secret not in shown
