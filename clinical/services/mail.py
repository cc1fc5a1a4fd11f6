"""A record mailed to its patient, who asked for it (F3)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings import locks
from clinical import messages, selectors
from clinical.choices import Capacity, ReadChannel
from clinical.models import TreatmentRecord
from clinical.read_trail import record_read
from clinical.rules import RecordBusy
from core.db import short_transaction
from core.errors import DomainError, translated
from integrations import outbox
from integrations.models import OutgoingMessage
from patients.models import PatientProfile


class NoConfirmedAddress(DomainError):
    message = _("There’s no confirmed e-mail address to send it to. You can download the PDF instead.")


class SentTooOften(DomainError):
    """How many a day: ACCOUNT_RATE_LIMITS. Told by whoever counts requests."""

    message = _("This record has been e-mailed several times today. Please try again tomorrow, or download the PDF.")
    status = 429


def send_record(*, record: TreatmentRecord, by: User, capacity: Capacity, key: str, now: datetime) -> None:
    """Hand the mail in; the row in the trail of reads goes with it. `key` makes the same form sent twice one mail.

    The PDF is made when it is delivered, of the version that is the last one now.
    Raises NoConfirmedAddress, RecordBusy.
    """
    with translated({}, busy=RecordBusy), short_transaction():
        fresh = locks.booking(record.booking_id)  # an erasure of the patient waits, or has gone before
        record.booking = fresh
        to = reachable_account(fresh.patient)
        if to is None:
            raise NoConfirmedAddress
        version = selectors.versions_of(record)[-1]
        version.record = record
        draft = messages.record_by_mail(version, to=to, key=key)
        if OutgoingMessage.objects.filter(dedupe_key=draft.dedupe_key).exists():
            return  # the same form, sent twice
        outbox.enqueue([draft], now=now)
        record_read(
            fresh.patient, [record], viewer=by, capacity=capacity, channel=ReadChannel.MAIL, version=version.number
        )


def reachable_account(patient: PatientProfile) -> User | None:
    """Whose confirmed address the records of a patient may go to: their own, or that of whoever cares for them, until
    the patient is taken off the family."""
    account = patient.account if patient.removed_at is None else None
    return account if account and account.is_active and account.email_verified else None


def masked(record: TreatmentRecord) -> str:
    """ "j…@example.org": enough to see which mailbox, on a screen others may see; empty where there is none."""
    account = reachable_account(record.booking.patient)
    name, at, domain = (account.email if account else "").partition("@")
    return f"{name[:1]}…{at}{domain}" if at else ""
