"""What is held about a person, table by table. A test walks all models and fails when one is forgotten here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Model

from accounts.models import Invitation, Session, User
from bookings.models import (
    Booking,
    BookingStatusChange,
    CalendarFeed,
    Departure,
    Hold,
    Review,
    WaitingEntry,
)
from doctors.models import Closure, DoctorProfile, Slot, TimeOff, WeeklyHours
from integrations.models import GoogleConnection
from patients.models import PatientProfile
from privacy.models import Erasure


@dataclass(frozen=True, kw_only=True)
class Section:
    """One table. `by`: which fields point to the person, and by which of `Person`'s keys.

    `leaves_out`: fields not handed out, secrets and copies made for searching; `only`: nothing but these, where the
    rest is about somebody else.
    """

    title: str
    model: type[Model]
    by: Mapping[str, str]
    leaves_out: frozenset[str] = frozenset()
    only: tuple[str, ...] = ()


SECTIONS: tuple[Section, ...] = (
    Section(
        title="Account",
        model=User,
        by={"pk": "users"},
        leaves_out=frozenset({"password", "security_stamp", "search_name", "groups", "user_permissions"}),
    ),
    Section(title="E-mail addresses", model=EmailAddress, by={"user": "users"}),
    Section(title="Second sign-in steps", model=Authenticator, by={"user": "users"}, leaves_out=frozenset({"data"})),
    Section(
        title="Invitation",
        model=Invitation,
        by={"user": "users", "invited_by": "users"},
        only=("sent_at", "expires_at"),
    ),
    Section(
        title="Sessions",
        model=Session,
        by={"user": "users", "pending_user": "users"},
        leaves_out=frozenset({"session_key", "session_data"}),
    ),
    Section(
        title="Patient profile",
        model=PatientProfile,
        by={"pk": "own_patients"},
        leaves_out=frozenset({"own_search_name"}),
    ),
    Section(
        title="People cared for",
        model=PatientProfile,
        by={"guardian": "users"},
        leaves_out=frozenset({"own_search_name", "user"}),
    ),
    Section(
        title="Doctor profile",
        model=DoctorProfile,
        by={"pk": "doctors"},
        leaves_out=frozenset({"search_specialization"}),
    ),
    Section(title="Doctors approved", model=DoctorProfile, by={"approved_by": "users"}, only=("id", "approved_at")),
    Section(
        title="Appointments",
        model=Booking,
        by={"patient": "patients"},
        leaves_out=frozenset({"idempotency_key", "request_fingerprint"}),
    ),
    Section(
        title="Appointments booked or cancelled",
        model=Booking,
        by={"booked_by": "users", "cancelled_by": "users"},
        only=("reference", "created_at", "cancelled_at"),
    ),
    Section(
        title="Appointments as a doctor",
        model=Booking,
        by={"doctor": "doctors"},
        only=("reference", "starts_at", "ends_at", "status", "fee_cents", "created_at", "calendar_note"),
    ),
    Section(
        title="What happened to the appointments",
        model=BookingStatusChange,
        by={"booking": "bookings", "by": "users"},
    ),
    Section(
        title="Waiting lists",
        model=WaitingEntry,
        by={"patient": "patients", "asked_by": "users"},
    ),
    Section(
        title="Who waits for them as a doctor",
        model=WaitingEntry,
        by={"doctor": "doctors"},
        only=("state", "created_at"),
    ),
    Section(title="Times held", model=Hold, by={"patient": "patients"}),
    Section(title="Reviews written", model=Review, by={"booking": "bookings"}),
    Section(title="Reviews hidden", model=Review, by={"hidden_by": "users"}, only=("hidden_at",)),
    Section(
        title="Reviews received",
        model=Review,
        by={"booking__doctor": "doctors"},
        only=("rating", "text", "created_at", "hidden_at"),
    ),
    Section(
        title="Calendar address",
        model=CalendarFeed,
        by={"user": "users"},
        leaves_out=frozenset({"digest", "sealed_token"}),
    ),
    Section(
        title="Google Calendar",
        model=GoogleConnection,
        by={"user": "users"},
        leaves_out=frozenset({"sealed_token"}),
    ),
    Section(title="Times offered", model=Slot, by={"doctor": "doctors"}),
    Section(title="Weekly hours", model=WeeklyHours, by={"doctor": "doctors"}),
    Section(title="Time off", model=TimeOff, by={"doctor": "doctors", "created_by": "users"}),
    Section(title="Closures entered", model=Closure, by={"created_by": "users"}),
    Section(title="Leaving", model=Departure, by={"doctor": "doctors", "decided_by": "users"}),
    Section(title="Erasure", model=Erasure, by={"user": "users", "patient": "own_patients"}),
    Section(title="Erasures done", model=Erasure, by={"erased_by": "users"}, only=("erased_at",)),
)

# Tables that point to people and are not handed out as such, each with why.
NOT_HANDED_OUT: Mapping[str, str] = {
    "accounts.groupofuser": "which kind of staff someone is: no data of a patient or a doctor",
    "accounts.permissionofuser": "the same",
    "accounts.user_groups": "the same table as accounts.groupofuser",
    "accounts.user_user_permissions": "the same table as accounts.permissionofuser",
    "admin.logentry": "what staff did in the admin: the audit trail, which is handed out, tells it in full",
    "audit.entry": "handed out by privacy/collect.py itself: it names the rows it is about",
    "integrations.outgoingmessage": "handed out by privacy/collect.py itself: it points to people by its stream",
}
