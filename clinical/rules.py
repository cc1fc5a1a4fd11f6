"""When a record may be written, signed and amended. Pure: no clock, no database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.choices import HAS_RECORD
from clinical.content import RecordContent
from clinical.medications import SHORTEST_REASON
from core.errors import Busy, DomainError
from core.text.visible import visible_length

READ_AHEAD = timedelta(days=7)  # how long before an appointment its doctor may read what others wrote
EMERGENCY_LASTS = timedelta(minutes=60)
LATEST_FOLLOW_UP = timedelta(days=5 * 366)


class NotYetAVisit(DomainError):
    message = gettext_lazy("You can write the record once the patient has checked in.")


class NotTheAuthor(DomainError):
    message = gettext_lazy("Only the doctor of the appointment can write its record.")
    status = 404


class RecordChanged(DomainError):
    """Somebody, in another tab perhaps, has saved or signed since this page was opened."""

    message = gettext_lazy("This record has changed since you opened this page. We’ve kept what you wrote.")


class RecordBusy(Busy):
    message = gettext_lazy("Someone is working on this appointment right now. Nothing was changed: please try again.")


class ReasonMissing(DomainError):
    message = gettext_lazy("Write why you’re amending the record, in at least 3 characters.")
    status = 422


class DiagnosisMissing(DomainError):
    message = gettext_lazy("Enter the diagnosis, or what you found.")
    status = 422


class InvalidFollowUp(DomainError):
    message = gettext_lazy("Choose a follow-up date after the visit.")
    status = 422


class AllergyNotExplained(DomainError):
    """`found`: the words of the patient's allergies, by row of the medicine that has them in its name."""

    message = gettext_lazy("A medicine is named in the patient’s allergies. Say why it’s right, or remove it.")
    status = 422

    def __init__(self, found: Mapping[int, str]) -> None:
        super().__init__()
        self.found = dict(found)


def check_writable(*, status: str, is_author: bool, is_signed: bool = False) -> None:
    """Whether a record may be written or amended. What is signed can be amended whatever became of the visit since.

    Raises NotTheAuthor, NotYetAVisit.
    """
    if not is_author:
        raise NotTheAuthor
    if not is_signed and status not in HAS_RECORD:
        raise NotYetAVisit


def check_amendment(*, number: int, based_on: int, reason: str) -> None:
    """Whether version `number` may be added by whoever saw version `based_on` as the last; 1 is the first, unamended.

    Raises RecordChanged, ReasonMissing.
    """
    if number != based_on + 1:
        raise RecordChanged
    if number > 1 and visible_length(reason) < SHORTEST_REASON:
        raise ReasonMissing


def check_content(content: RecordContent, *, visit_day: date) -> None:
    """What a form can't check alone. Raises DiagnosisMissing, InvalidFollowUp."""
    if not visible_length(content.diagnosis):
        raise DiagnosisMissing
    follow_up = content.follow_up_date
    if follow_up is not None and not visit_day < follow_up <= visit_day + LATEST_FOLLOW_UP:
        raise InvalidFollowUp(
            _("Choose a follow-up date after the visit.")
            if follow_up <= visit_day
            else _("Choose a follow-up date within five years of the visit.")
        )
