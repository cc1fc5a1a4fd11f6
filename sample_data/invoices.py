"""The invoices of the sample visits: drafted, issued and paid in bulk, as the services leave them in the end.

A thousand of them one by one would make the first start wait (docs/billing.md says what the services do, and
`test_invoices.py` holds the two against each other). What is credited and given back, the services do themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from random import Random

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import translation

from accounts.models import User
from billing.choices import BillingOutcome, Method
from billing.fees import facts_of_visits, terms_of
from billing.models import BillingDecision, DoctorFees, Invoice, InvoiceLine, InvoiceQuerySet, Payment, TaxTotal
from billing.rules import OCCASION_OF, charge_of
from billing.services.credits import credit, refund
from billing.services.drafts import LineDraft, lines_and_taxes
from billing.services.issuing import fill_in, issue
from billing.services.visits import line_words
from bookings.models import Booking
from core.clock import hospital_day, start_of_day
from core.errors import DomainError
from sample_data import diary
from sample_data.cast import Cast
from sample_data.invoice_stories import FEES, STORIES, WHY, InvoiceStory, reference_of, story_of
from sample_data.past_days import chance_of
from sample_data.times import zone
from sample_data.visits import KEY, VISITS

_DRAFTED_AFTER = timedelta(minutes=1)
_ISSUED_AFTER = 2  # working days: what was drafted yesterday is still to be looked at
_ISSUED_AT = "08:30"
_ISSUED = (
    *("number", "series", "year", "sequence", "issued_at", "issued_by", "due_on", "buyer_name", "buyer_address"),
    *("seller_name", "seller_address", "seller_phone", "seller_tax_number"),
)


@dataclass
class SampleInvoice:
    """An invoice and what is to become of it."""

    invoice: Invoice
    story: InvoiceStory
    method: Method
    dice: Random
    paid_at: datetime | None = None

    @property
    def paid_cents(self) -> int:
        """What is paid of it in the end."""
        if self.story in {InvoiceStory.OPEN, InvoiceStory.CANCELLED} or self.paid_at is None:
            return 0
        return self.invoice.total_cents // (2 if self.story is InvoiceStory.PART_PAID else 1)


def keep_invoices(cast: Cast, *, now: datetime) -> None:
    """An invoice for each sample visit before today that has none; drafts of earlier days are issued."""
    if settings.BILLING_FROM is None:
        return
    for name, (late, missed) in FEES.items():
        fees = {"late_cancellation_percent": late, "missed_visit_percent": missed}
        DoctorFees.objects.get_or_create(doctor=cast.doctors[name], defaults=fees)
    _issue_left(cast.reception, now=now)
    with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        drafted = _draft(list(_visits(now)), now=now)
        issued = _issue(drafted, by=cast.reception, now=now)
        _pay(issued, by=cast.reception, now=now)
    _credit(issued, by=cast.reception, now=now)


def _issue_left(by: User, *, now: datetime) -> None:
    """What stayed a draft the last time, unless somebody has worked on it since."""
    left = InvoiceQuerySet(Invoice).drafts().filter(booking__idempotency_key__startswith=KEY, revision=1)
    for invoice in left.filter(created_by__isnull=True).order_by("created_at", "pk"):
        if _issued_at(invoice) <= now:
            try:
                issue(invoice=invoice, revision=1, by=by, now=now)
            except DomainError:
                continue  # the visit was taken back, or somebody is at it


def _visits(now: datetime) -> Iterator[Booking]:
    """Sample visits that ended before today, of which billing knows nothing; the first one first."""
    found = Booking.objects.filter(
        idempotency_key__startswith=KEY,
        billing_decision__isnull=True,
        status__in=list(OCCASION_OF),
        starts_at__gte=start_of_day(settings.BILLING_FROM or hospital_day(now)),
        starts_at__lt=start_of_day(hospital_day(now)),
        patient__erased_at__isnull=True,
    )
    people = ("doctor__user", "patient__user", "patient__guardian")
    yield from found.select_related(*people).order_by("ends_at", "pk")


def _draft(visits: list[Booking], *, now: datetime) -> list[SampleInvoice]:
    """As the job does that looks at each visit."""
    terms = {doctor: terms_of(doctor) for doctor in {visit.doctor for visit in visits}}
    facts = facts_of_visits(visits)
    found, decisions = [], []
    parts: list[tuple[list[InvoiceLine], list[TaxTotal]]] = []
    for visit in visits:
        at = min(visit.ends_at + _DRAFTED_AFTER, now)
        charge = charge_of(facts[visit.pk], terms[visit.doctor])
        outcome = BillingOutcome.CHARGED if charge else BillingOutcome.FREE
        decisions.append(BillingDecision(booking=visit, status=visit.status, outcome=outcome, decided_at=at))
        if charge:
            one = _drafted(visit, at=at)
            parts.append(lines_and_taxes(one.invoice, [LineDraft(line_words(one.invoice.occasion, visit), charge)]))
            found.append(one)
    Invoice.objects.bulk_create([one.invoice for one in found])
    InvoiceLine.objects.bulk_create([line for lines, _ in parts for line in lines])
    TaxTotal.objects.bulk_create([tax for _, taxes in parts for tax in taxes])
    BillingDecision.objects.bulk_create(decisions)
    return found


def _drafted(visit: Booking, *, at: datetime) -> SampleInvoice:
    invoice = Invoice(
        patient=visit.patient,
        doctor=visit.doctor,
        booking=visit,
        occasion=OCCASION_OF[visit.status],
        visit_day=hospital_day(visit.starts_at),
        created_at=at,
    )
    dice = chance_of("invoice", visit.idempotency_key)
    story, method = _told(visit) or story_of(dice)
    return SampleInvoice(invoice, story, method, dice)


_BY_KEY = {f"{KEY}{number}": (visit.doctor, visit.patient, visit.day) for number, visit in enumerate(VISITS)}


def _told(visit: Booking) -> tuple[InvoiceStory, Method] | None:
    return STORIES.get(_BY_KEY.get(visit.idempotency_key or "", ("", "", 0)))


def _issued_at(invoice: Invoice) -> datetime:
    """In the morning, by somebody who looks at what was drafted."""
    day = invoice.visit_day or hospital_day(invoice.created_at)
    return diary.at(diary.working_day(day, _ISSUED_AFTER), _ISSUED_AT, zone())


def _issue(drafted: Iterable[SampleInvoice], *, by: User, now: datetime) -> list[SampleInvoice]:
    """In the order of their days, so that later numbers are of later days."""
    latest = InvoiceQuerySet(Invoice).issued().aggregate(at=Max("issued_at"))["at"]
    due = sorted((one for one in drafted if _issued_at(one.invoice) <= now), key=lambda one: _issued_at(one.invoice))
    for one in due:
        at = _issued_at(one.invoice)
        fill_in(one.invoice, by=by, now=max(at, latest) if latest else at)
    _write_issued([one.invoice for one in due])
    return due


def _write_issued(invoices: list[Invoice]) -> None:
    """What `fill_in` has put into them, in one statement."""
    fields = [field for field in Invoice._meta.concrete_fields if field.name in {"id", *_ISSUED}]  # noqa: SLF001
    values = [{field.column: field.value_from_object(invoice) for field in fields} for invoice in invoices]
    columns = ", ".join(f"{field.column} = new.{field.column}" for field in fields if not field.primary_key)
    types = ", ".join(f"{field.column} {field.db_type(connection)}" for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE billing_invoice AS invoice SET {columns} FROM jsonb_to_recordset(%s::jsonb) AS new ({types})"  # noqa: S608  names of our own columns
            " WHERE invoice.id = new.id",
            [json.dumps(values, default=str)],
        )
        # Empty tables a moment ago: until it looks, the planner takes them for such.
        cursor.execute("ANALYZE billing_invoice, billing_invoiceline, billing_taxtotal, billing_billingdecision")


def _pay(issued: Iterable[SampleInvoice], *, by: User, now: datetime) -> None:
    """Within nine days, those that are paid by now."""
    paid = []
    for one in issued:
        within = timedelta(days=one.dice.randint(0, 8), minutes=one.dice.randint(5, 450))
        one.paid_at = at if (at := (one.invoice.issued_at or now) + within) <= now else None
        if one.paid_cents and one.paid_at:
            paid.append(
                Payment(
                    invoice=one.invoice,
                    amount_cents=one.paid_cents,
                    method=one.method,
                    reference=reference_of(one.method, one.invoice.number),
                    received_at=one.paid_at,
                    received_by=by,
                )
            )
    Payment.objects.bulk_create(sorted(paid, key=attrgetter("received_at")))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE billing_payment")


def _credit(issued: Iterable[SampleInvoice], *, by: User, now: datetime) -> None:
    """The day after it was paid, or would have been; the first one first."""
    credited = [one for one in issued if one.story in WHY and one.paid_at and one.paid_at + timedelta(days=1) <= now]
    for one in sorted(credited, key=lambda one: one.paid_at or now):
        at = (one.paid_at or now) + timedelta(days=1)
        is_part = one.story is InvoiceStory.CREDITED
        amounts = {line.pk: line.net_cents // 4 for line in one.invoice.lines.all()} if is_part else None
        note = credit(invoice=one.invoice, amounts=amounts, reason=WHY[one.story], by=by, now=at)
        if is_part:
            reference = reference_of(one.method, note.number)
            refund(
                credit_note=note,
                amount_cents=note.total_cents,
                method=one.method,
                reference=reference,
                by=by,
                now=at + timedelta(minutes=4),
            )
