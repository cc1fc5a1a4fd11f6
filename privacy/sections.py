"""What is held about a person, table by table. A test walks all models and fails when one is forgotten here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, Session, User
from billing.models import (
    BillingDecision,
    CreditLine,
    CreditNote,
    DoctorFees,
    Invoice,
    InvoiceLine,
    Payment,
    Refund,
    TaxTotal,
)
from bookings.models import (
    Booking,
    BookingStatusChange,
    CalendarFeed,
    Departure,
    Hold,
    Review,
    WaitingEntry,
)
from clinical.models import EmergencyAccess, TreatmentRecord, TreatmentRecordVersion
from doctors.models import Closure, DoctorProfile, Slot, TimeOff, WeeklyHours
from exports.models import Export
from integrations.models import GoogleConnection
from patients.models import PatientProfile
from privacy.models import Erasure
from reports.models import MonthlyReport

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, kw_only=True)
class Section:
    """One table. `by`: which fields point to the person, and by which of `Person`'s keys.

    `leaves_out`: fields not handed out, secrets and copies made for searching; `only`: nothing but these, where the
    rest is about somebody else. `is_clinical`: only in what people download themselves; staff don't read it (F2).
    """

    title: StrOrPromise
    model: type[Model]
    by: Mapping[str, str]
    leaves_out: frozenset[str] = frozenset()
    only: tuple[str, ...] = ()
    is_clinical: bool = False


SECTIONS: tuple[Section, ...] = (
    Section(
        title=_("Account"),
        model=User,
        by={"pk": "users"},
        leaves_out=frozenset({"password", "security_stamp", "search_name", "groups", "user_permissions"}),
    ),
    Section(title=_("E-mail addresses"), model=EmailAddress, by={"user": "users"}),
    Section(title=_("Second sign-in steps"), model=Authenticator, by={"user": "users"}, leaves_out=frozenset({"data"})),
    Section(
        title=_("Invitation"),
        model=Invitation,
        by={"user": "users", "invited_by": "users"},
        only=("sent_at", "expires_at"),
    ),
    Section(
        title=_("Sessions"),
        model=Session,
        by={"user": "users", "pending_user": "users"},
        leaves_out=frozenset({"session_key", "session_data"}),
    ),
    Section(
        title=_("Patient profile"),
        model=PatientProfile,
        by={"pk": "own_patients"},
        leaves_out=frozenset({"own_search_name"}),
    ),
    Section(
        title=_("People cared for"),
        model=PatientProfile,
        by={"guardian": "users"},
        leaves_out=frozenset({"own_search_name", "user"}),
    ),
    Section(
        title=_("Doctor profile"),
        model=DoctorProfile,
        by={"pk": "doctors"},
        leaves_out=frozenset({"search_specialization"}),
    ),
    Section(title=_("Doctors approved"), model=DoctorProfile, by={"approved_by": "users"}, only=("id", "approved_at")),
    Section(
        title=_("Appointments"),
        model=Booking,
        by={"patient": "patients"},
        leaves_out=frozenset({"idempotency_key", "request_fingerprint"}),
    ),
    Section(
        title=_("Appointments booked or cancelled"),
        model=Booking,
        by={"booked_by": "users", "cancelled_by": "users"},
        only=("reference", "created_at", "cancelled_at"),
    ),
    Section(
        title=_("Appointments as a doctor"),
        model=Booking,
        by={"doctor": "doctors"},
        only=("reference", "starts_at", "ends_at", "status", "fee_cents", "created_at", "calendar_note"),
    ),
    Section(
        title=_("What happened to the appointments"),
        model=BookingStatusChange,
        by={"booking": "bookings", "by": "users"},
    ),
    Section(
        title=_("Waiting lists"),
        model=WaitingEntry,
        by={"patient": "patients", "asked_by": "users"},
    ),
    Section(
        title=_("Who waits for them as a doctor"),
        model=WaitingEntry,
        by={"doctor": "doctors"},
        only=("state", "created_at"),
    ),
    Section(title=_("Treatment records"), model=TreatmentRecord, by={"booking": "bookings"}, is_clinical=True),
    Section(
        title=_("What the treatment records say"),
        model=TreatmentRecordVersion,
        by={"record__booking": "bookings"},
        is_clinical=True,
    ),
    Section(
        title=_("Treatment records signed as a doctor"),
        model=TreatmentRecordVersion,
        by={"author": "users"},
        only=("number", "signed_at"),
    ),
    Section(
        title=_("Emergency access to the records"),
        model=EmergencyAccess,
        by={"patient": "patients"},
        leaves_out=frozenset({"reviewed_by"}),
    ),
    Section(
        title=_("Emergency access as a doctor"),
        model=EmergencyAccess,
        by={"doctor": "doctors"},
        only=("reason", "granted_at", "until"),
    ),
    Section(
        title=_("Emergency access reviewed"),
        model=EmergencyAccess,
        by={"reviewed_by": "users"},
        only=("reviewed_at",),
    ),
    Section(
        title=_("Invoices"),
        model=Invoice,
        by={"patient": "patients"},
        leaves_out=frozenset({"idempotency_key", "request_fingerprint", "revision"}),
    ),
    Section(title=_("Lines of the invoices"), model=InvoiceLine, by={"invoice__patient": "patients"}),
    Section(title=_("Taxes of the invoices"), model=TaxTotal, by={"invoice__patient": "patients"}),
    Section(
        title=_("Payments"),
        model=Payment,
        by={"invoice__patient": "patients"},
        leaves_out=frozenset({"idempotency_key", "request_fingerprint"}),
    ),
    Section(
        title=_("Credit notes"),
        model=CreditNote,
        by={"invoice__patient": "patients"},
        leaves_out=frozenset({"idempotency_key", "request_fingerprint"}),
    ),
    Section(title=_("Lines of the credit notes"), model=CreditLine, by={"credit_note__invoice__patient": "patients"}),
    Section(
        title=_("Refunds"),
        model=Refund,
        by={"credit_note__invoice__patient": "patients"},
        leaves_out=frozenset({"idempotency_key", "request_fingerprint"}),
    ),
    Section(title=_("What was charged of the appointments"), model=BillingDecision, by={"booking": "bookings"}),
    Section(
        title=_("Invoices of the appointments as a doctor"),
        model=Invoice,
        by={"doctor": "doctors"},
        only=("number", "occasion", "visit_day", "issued_at", "net_cents", "currency"),
    ),
    Section(title=_("Fees as a doctor"), model=DoctorFees, by={"doctor": "doctors"}),
    Section(title=_("Invoices drafted"), model=Invoice, by={"created_by": "users"}, only=("created_at",)),
    Section(title=_("Invoices issued"), model=Invoice, by={"issued_by": "users"}, only=("number", "issued_at")),
    Section(title=_("Payments entered"), model=Payment, by={"received_by": "users"}, only=("method", "received_at")),
    Section(title=_("Credit notes made"), model=CreditNote, by={"issued_by": "users"}, only=("number", "issued_at")),
    Section(title=_("Refunds entered"), model=Refund, by={"refunded_by": "users"}, only=("method", "refunded_at")),
    Section(title=_("Times held"), model=Hold, by={"patient": "patients"}),
    Section(title=_("Reviews written"), model=Review, by={"booking": "bookings"}),
    Section(title=_("Reviews hidden"), model=Review, by={"hidden_by": "users"}, only=("hidden_at",)),
    Section(
        title=_("Reviews received"),
        model=Review,
        by={"booking__doctor": "doctors"},
        only=("rating", "text", "created_at", "hidden_at"),
    ),
    Section(
        title=_("Calendar address"),
        model=CalendarFeed,
        by={"user": "users"},
        leaves_out=frozenset({"digest", "sealed_token"}),
    ),
    Section(
        title=_("Google Calendar"),
        model=GoogleConnection,
        by={"user": "users"},
        leaves_out=frozenset({"sealed_token"}),
    ),
    Section(
        title=_("Files asked for"),
        model=Export,
        by={"owner": "users", "subject": "own_patients"},
        leaves_out=frozenset({"options", "done", "total", "attempts", "lease", "leased_until", "failure", "due_at"}),
    ),
    Section(title=_("Monthly reports"), model=MonthlyReport, by={"doctor": "doctors"}),
    Section(title=_("Times offered"), model=Slot, by={"doctor": "doctors"}),
    Section(title=_("Weekly hours"), model=WeeklyHours, by={"doctor": "doctors"}),
    Section(title=_("Time off"), model=TimeOff, by={"doctor": "doctors", "created_by": "users"}),
    Section(title=_("Closures entered"), model=Closure, by={"created_by": "users"}),
    Section(title=_("Leaving"), model=Departure, by={"doctor": "doctors", "decided_by": "users"}),
    Section(title=_("Erasure"), model=Erasure, by={"user": "users", "patient": "own_patients"}),
    Section(title=_("Erasures done"), model=Erasure, by={"erased_by": "users"}, only=("erased_at",)),
)
