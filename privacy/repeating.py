"""Erasing again who was erased after the backup that was restored (docs/backup.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.account_closure.rules import ClosureDecision
from bookings.account_closure.services import close_patient, to_decide
from bookings.services.cancel import cancel
from core.errors import DomainError
from patients.models import PatientProfile
from privacy import erasure_list
from privacy.data_subjects import DataSubject, myself
from privacy.erasing import erase
from privacy.erasure_list import Line
from privacy.models import Erasure


class NoEraser(DomainError):
    message = _("Who erased them has no account in this database: name an administrator with --by.")


@dataclass
class RepeatResult:
    """The pseudonyms; of those who were refused with the reason."""

    again: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)  # erased in this database already
    unknown: list[str] = field(default_factory=list)  # not in this database: they came after the backup
    refused: dict[str, str] = field(default_factory=dict)


def repeat_erasures(*, by: User | None, now: datetime) -> RepeatResult:
    """Everybody on the list who is not erased in this database: their account is closed, what is to come cancelled, and
    their data erased under the same pseudonym. Each by itself. `by` stands in for who has no account here.

    What is to come of those they care for is cancelled as well: they were erased only once nothing of it was left.

    Raises ListUnreadable, OSError.
    """
    done = RepeatResult()
    for line in erasure_list.read():
        person = _person(line)
        if person is None:
            done.unknown.append(line.pseudonym)
        elif Erasure.objects.filter(user=person.user, patient=line.patient).exists():
            done.before.append(line.pseudonym)
        else:
            try:
                _repeat(line, person, by=User.objects.filter(pk=line.erased_by).first() or by, now=now)
            except DomainError as error:
                done.refused[line.pseudonym] = str(error.message)
            else:
                done.again.append(line.pseudonym)
    return done


def _person(line: Line) -> DataSubject | None:
    """The row of that number is theirs only when it was made at the same instant."""
    user = User.objects.filter(pk=line.user, date_joined=line.user_since).first() if line.user else None
    patients = PatientProfile.objects.select_related("user", "guardian")
    patient = patients.filter(pk=line.patient, created_at=line.patient_since).first() if line.patient else None
    if (line.user and user is None) or (line.patient and patient is None):
        return None
    return myself(user) if user else DataSubject(patient=patient)


def _repeat(line: Line, person: DataSubject, *, by: User | None, now: datetime) -> None:
    if by is None:
        raise NoEraser
    if person.user and person.user.is_active and person.doctor is None:
        decisions = {booking.reference: ClosureDecision.CANCEL for booking in to_decide(person.user, now)}
        # Without the reason of the erasure: it would stay on the appointments of those they care for.
        close_patient(user=person.user, decisions=decisions, by=by, now=now)
    for booking in person.bookings.upcoming(now):
        cancel(booking=booking, by=by, now=now)
    fresh = DataSubject(user=User.objects.get(pk=person.user.pk) if person.user else None, patient=person.patient)
    fresh = myself(fresh.user) if fresh.user else fresh
    erase(person=fresh, reason=line.reason, by=by, now=now, pseudonym=line.pseudonym)
