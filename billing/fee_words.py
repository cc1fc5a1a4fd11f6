"""What it costs to cancel late or to miss a visit, said before it does."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.amounts import percent_of
from billing.rules import FeeTerms
from bookings.models import Booking
from bookings.presenters import when_words
from core.formats import money

HOURS_A_DAY, FEWEST_DAYS = 24, 2


def cancelling_now_words(fee_cents: int, terms: FeeTerms) -> str:
    """Before somebody cancels too late."""
    facts = {"fee": money(fee_cents), "time": _time_words(terms.late_cancellation_hours)}
    return _("It’s less than %(time)s before the appointment. If you cancel now, it costs %(fee)s.") % facts


def closing_words(booking: Booking, fee_cents: int) -> str:
    """Before somebody closes their account, of one of the appointments that they may cancel with it."""
    facts = {"name": booking.patient.full_name, "when": when_words(booking), "fee": money(fee_cents)}
    return _("If you cancel the appointment of %(name)s on %(when)s now, it costs %(fee)s.") % facts


def terms_words(visit_cents: int, terms: FeeTerms) -> str:
    """Before somebody books a visit of that fee; empty when neither costs anything."""
    late = percent_of(visit_cents, terms.late_cancellation_percent)
    missed = percent_of(visit_cents, terms.missed_visit_percent)
    facts = {
        "late": money(late),
        "missed": money(missed),
        "time": _time_words(terms.late_cancellation_hours),
    }
    if late and missed:
        said = _("Cancelling less than %(time)s before the visit costs %(late)s. Missing it costs %(missed)s.")
    elif late:
        said = _("Cancelling less than %(time)s before the visit costs %(late)s.")
    elif missed:
        said = _("Missing the visit costs %(missed)s.")
    else:
        return ""
    return said % facts


def _time_words(hours: int) -> str:
    """ "24 hours", "10 days": whole days as days, from two of them on."""
    days, rest = divmod(hours, HOURS_A_DAY)
    if days >= FEWEST_DAYS and not rest:
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
