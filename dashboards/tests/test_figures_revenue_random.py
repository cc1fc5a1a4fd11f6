"""Money in the figures against the same counted plainly in Python, over random books of two months (H2).

The plain way reads every row and follows docs/figures.md word by word; it shares no code with the queries.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from billing.choices import TaxCategory
from billing.models import CreditNote, Invoice, Payment, Refund
from billing.services.credits import credit, refund
from billing.services.drafts import LineDraft
from billing.tests.factories import make_clerk, make_draft, make_invoice, pay, stands
from dashboards.figures.periods import Period
from dashboards.figures.revenue import receivables, revenue
from dashboards.figures.types import Revenue, Scope
from doctors.models import DoctorProfile
from doctors.tests.factories import DepartmentFactory, make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")
BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
NOW = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
PERIOD = Period(date(2026, 10, 10), date(2026, 11, 12))  # the clocks go back on 25 October
METHODS = ["CASH", "CARD", "ONLINE", "INSURANCE"]


class Books:
    """Sixty invoices of three doctors and of none, some drafts, paid, credited and refunded at odd hours."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.clerk: User = make_clerk()
        self.patient: PatientProfile = make_patient()
        departments = [DepartmentFactory(), DepartmentFactory()]
        self.doctors: list[DoctorProfile] = [make_doctor(department=departments[n % 2]) for n in range(3)]
        for number in range(60):
            self.write(number)

    def write(self, number: int) -> None:
        dice = self.dice
        moment = BEGIN + timedelta(minutes=dice.randint(0, 55 * 1_440))
        rate = dice.choice([0, 20])
        category = TaxCategory.STANDARD if rate else TaxCategory.EXEMPT
        lines = [LineDraft("A", dice.randint(1, 9_999), category=category, rate=rate), LineDraft("B", 3_333)]
        facts = {"lines": lines, "doctor": dice.choice([*self.doctors, None]), "patient": self.patient}
        if dice.random() < 0.1:
            make_draft(by=self.clerk, now=moment, **facts)
            return
        invoice = make_invoice(by=self.clerk, now=moment, **facts)
        for part in range(dice.choice([0, 1, 1, 2])):
            left = stands(invoice).open_cents
            moment += timedelta(minutes=dice.randint(0, 9_000))
            cents = left if part or dice.random() < 0.5 else dice.randint(1, left)
            if cents:
                reference = f"R{number}-{part}"
                pay(invoice, cents, method=dice.choice(METHODS), reference=reference, by=self.clerk, now=moment)
        if dice.random() < 0.4:
            self.take_back(invoice, moment)

    def take_back(self, invoice: Invoice, moment: datetime) -> None:
        dice = self.dice
        moment += timedelta(minutes=dice.randint(0, 9_000))
        first = invoice.lines.get(position=1)
        amounts = dice.choice([None, {first.pk: dice.randint(1, first.net_cents)}])
        note = credit(invoice=invoice, amounts=amounts, reason="Agreed", by=self.clerk, now=moment)
        owed = min(stands(invoice).owed_cents, note.total_cents)
        if owed and dice.random() < 0.7:
            cents, method = dice.randint(1, owed), dice.choice(METHODS)
            refund(
                credit_note=note, amount_cents=cents, method=method, reference="x", by=self.clerk,
                now=moment + timedelta(minutes=dice.randint(0, 900)),
            )  # fmt: skip


# The plain way


def day_of(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


def is_in_scope(invoice: Invoice, scope: Scope) -> bool:
    return scope.department is None or (invoice.doctor is not None and invoice.doctor.department_id == scope.department)


def everything() -> Iterator[tuple[str, Invoice, str, datetime, int]]:
    """Kind, invoice, method, moment and amount of all that was written down."""
    for invoice in Invoice.objects.all():
        if invoice.number and invoice.issued_at:
            yield "issued", invoice, "", invoice.issued_at, invoice.total_cents
    for note in CreditNote.objects.all():
        yield "credited", note.invoice, "", note.issued_at, note.total_cents
    for payment in Payment.objects.all():
        yield "received", payment.invoice, payment.method, payment.received_at, payment.amount_cents
    for back in Refund.objects.all():
        yield "refunded", back.credit_note.invoice, back.method, back.refunded_at, back.amount_cents


def plain_revenue(scope: Scope) -> tuple[dict[int | None, Revenue], dict[date, Revenue], dict[str, Revenue]]:
    doctors: dict[int | None, Revenue] = defaultdict(Revenue)
    months: dict[date, Revenue] = defaultdict(Revenue)
    methods: dict[str, Revenue] = defaultdict(Revenue)
    for kind, invoice, method, moment, cents in everything():
        day = day_of(moment)
        if PERIOD.first <= day <= PERIOD.last and is_in_scope(invoice, scope):
            one = Revenue(**{kind: cents})
            doctors[invoice.doctor_id] += one
            months[date(day.year, day.month, 1)] += one
            if method:
                methods[method] += one
    return dict(doctors), dict(months), dict(methods)


def plain_balances() -> dict[Invoice, int]:
    left: Counter[Invoice] = Counter()
    for kind, invoice, _method, _moment, cents in everything():
        left[invoice] += cents if kind in {"issued", "refunded"} else -cents
    return dict(left)


def plain_age(invoice: Invoice) -> int:
    assert invoice.due_on is not None
    late = (day_of(NOW) - invoice.due_on).days
    return next(place for place, most in enumerate((0, 30, 60, 90, 9_999)) if late <= most)


@pytest.mark.parametrize("seed", range(4))
def test_revenue_is_what_the_plain_way_finds(seed: int) -> None:
    books = Books(random.Random(seed))
    for scope in (Scope(), Scope(books.doctors[0].department_id), Scope(books.doctors[1].department_id)):
        by_doctor, by_month, by_method = plain_revenue(scope)
        found = revenue(PERIOD, scope)

        assert {row.doctor: row.revenue for row in found.by_doctor} == by_doctor
        assert found.by_month == by_month
        assert found.by_method == by_method
        assert found.total == sum(by_month.values(), Revenue())
        assert len(by_month) == 2  # there is something to be compared


@pytest.mark.parametrize("seed", range(4))
def test_what_is_open_is_what_the_plain_way_finds(seed: int) -> None:
    books = Books(random.Random(seed))
    for scope in (Scope(), Scope(books.doctors[0].department_id)):
        left = {invoice: cents for invoice, cents in plain_balances().items() if is_in_scope(invoice, scope)}
        doctors: Counter[int | None] = Counter()
        ages: Counter[int] = Counter()
        for invoice, cents in left.items():
            if cents > 0:
                doctors[invoice.doctor_id] += cents
                ages[plain_age(invoice)] += cents

        found = receivables(PERIOD, scope, now=NOW)

        assert {row.doctor: row.open for row in found.by_doctor} == doctors
        assert found.by_age == [ages[place] for place in range(5)]
        assert found.to_give_back == -sum(cents for cents in left.values() if cents < 0)
        assert sum(found.by_month.values()) == found.total > 0
