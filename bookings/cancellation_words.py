"""Until when a booking can be given back, said before it is made and after."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.choices import Status
from bookings.rules import Release
from core.formats import clock_time, long_date
from core.site import site_facts
from doctors.models import Slot
from doctors.own_clock import on_clock_of

WITHDRAW_WORDS = gettext_lazy("You can withdraw your request until it’s confirmed, or until its time comes.")


def before_confirming(slot: Slot, status: Status, now: datetime) -> str:
    """Who says yes, and until when it can be cancelled again, were it booked `now` and begun in `status`."""
    policy = slot.doctor.booking_policy
    if status == Status.PENDING:
        asked = _("%(doctor)s will confirm your appointment. We’ll hold the time until then.")
        return f"{asked % {'doctor': slot.doctor.display_name}} {WITHDRAW_WORDS}"
    release = Release(starts_at=slot.starts_at, booked_at=now, cutoff=policy.cancel_cutoff, is_request=False)
    if now > slot.starts_at - policy.cancel_cutoff:
        words = _("It starts soon: you can cancel online until %(time)s. After that, please phone %(phone)s.")
    else:
        words = _("You can cancel online until %(day)s, %(time)s.")
    until = {"day": long_date(release.until), "time": clock_time(on_clock_of(slot.doctor, release.until))}
    return words % {**until, "phone": site_facts()["phone"]}
