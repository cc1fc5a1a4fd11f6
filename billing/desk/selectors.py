"""The desk's list of invoices: narrowed, newest first, a page at a time by where the one before ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils.dateparse import parse_datetime

from accounts.permissions import Viewer
from billing.choices import InvoiceState
from billing.desk.choices import InvoiceAge, InvoiceFilters
from billing.models import Invoice, InvoiceQuerySet
from billing.rules import OCCASION_OF
from billing.selectors import in_state, invoices_visible_to, paid_by, read_balance, still_counts
from bookings.models import Booking
from bookings.selectors import booking_by_reference
from core.clock import hospital_day
from core.text.folding import search_words
from doctors.selectors import doctors_visible_to
from patients.selectors import patients_visible_to

PAGE_SIZE, DRAFTS_PAGE_SIZE = 25, 100  # a day's drafts are issued from one page
MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class InvoicePart:
    """One page of the list. `after`: what the next one begins after; empty on the last."""

    rows: list[Invoice]
    after: str


def desk_invoices(viewer: Viewer, filters: InvoiceFilters, now: datetime) -> InvoiceQuerySet:
    """All that fit, drafts too, with their balance and in no order."""
    found = in_state(invoices_visible_to(viewer).with_balance(), filters.state, hospital_day(now))
    if filters.doctor:
        found = found.filter(doctor__slug=filters.doctor)
    if filters.method:
        found = found.filter(pk__in=paid_by(filters.method))
    if filters.age:
        found = _of_age(found, InvoiceAge(filters.age), filters.state, now)
    return _searched(found, viewer, filters.q) if filters.q else found


def desk_part(viewer: Viewer, filters: InvoiceFilters, now: datetime, *, after: str = "") -> InvoicePart:
    """A page of what fits, newest first. `after` as the page before gave it; what can't be read is the first page."""
    moment = _moment_of(filters.state)
    found = desk_invoices(viewer, filters, now)
    if (last := _read(after)) is not None:
        at, key = last
        found = found.filter(Q(**{f"{moment}__lte": at}), Q(**{f"{moment}__lt": at}) | Q(pk__lt=key))
    size = DRAFTS_PAGE_SIZE if filters.state == InvoiceState.DRAFT else PAGE_SIZE
    rows = list(found.order_by(f"-{moment}", "-pk")[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return InvoicePart(rows, _written(rows[-1], moment) if more else "")


def drafts_count(viewer: Viewer) -> int:
    """How many drafts wait to be issued."""
    return invoices_visible_to(viewer).drafts().order_by().count()


def _moment_of(state: str) -> str:
    """What newest means: a draft has only been made, and beside drafts an invoice is as old as its draft."""
    return "created_at" if state in {"", InvoiceState.DRAFT} else "issued_at"


def _of_age(found: InvoiceQuerySet, age: InvoiceAge, state: str, now: datetime) -> InvoiceQuerySet:
    """Of an issued one since it was issued, whatever it is listed beside."""
    then = now - timedelta(days=age.days)
    moment = F(_moment_of(state)) if state else Coalesce("issued_at", "created_at")
    return found.filter(LessThan(moment, then) if age.is_older else GreaterThanOrEqual(moment, then))


def _searched(found: InvoiceQuerySet, viewer: Viewer, typed: str) -> InvoiceQuerySet:
    """By the number's beginning, an appointment's reference, or words of the patient's name or their guardian's."""
    number = typed.strip().upper()
    fits = Q(number__startswith=number)
    if booking := booking_by_reference(viewer, typed):
        fits |= Q(booking=booking)
    if words := search_words(typed)[:MOST_WORDS]:
        fits |= Q(patient__in=_called(viewer, words))
    return found.filter(fits)


def _called(viewer: Viewer, words: list[str]) -> list[int]:
    people = patients_visible_to(viewer)
    for word in words:
        people = people.filter(
            Q(user__search_name__holds_word=word)
            | Q(own_search_name__holds_word=word)
            | Q(guardian__search_name__holds_word=word)
        )
    return list(people.order_by().values_list("pk", flat=True))


# Where a page ended, as the address says it


def _written(invoice: Invoice, moment: str) -> str:
    return f"{getattr(invoice, moment).isoformat()}_{invoice.pk}"


def _read(after: str) -> tuple[datetime, UUID] | None:
    at, _dash, key = after.partition("_")
    try:
        moment, found = parse_datetime(at), UUID(key)
    except (ValueError, ValidationError):
        return None
    return (moment, found) if moment and moment.tzinfo else None


def can_be_invoiced(booking: Booking, invoice: Invoice | None) -> bool:
    """Whether an appointment whose last invoice is this may have another."""
    return booking.status in OCCASION_OF and not (invoice and still_counts(invoice, read_balance(invoice)))


# For the list


def drafts_of(viewer: Viewer, keys: Sequence[UUID]) -> list[Invoice]:
    """Those of these invoices that are there, the oldest first; issued ones too, so that it can be said."""
    return list(invoices_visible_to(viewer).filter(pk__in=keys).order_by("created_at", "pk"))


def doctor_choices(viewer: Viewer) -> list[tuple[str, str]]:
    """Slugs and names of all doctors, by name."""
    doctors = doctors_visible_to(viewer).order_by("user__search_name", "pk")
    return [(doctor.slug, doctor.display_name) for doctor in doctors]
