"""Why there are no times, and on what terms times are offered, in plain words for patients, doctors and staff (B7)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from core.formats import long_date
from core.site import site_facts
from core.text.folding import duration_words
from doctors.models import DoctorProfile
from doctors.no_slots.rules import NoSlots, NoSlotsReason


def for_patients(doctor: DoctorProfile, reasons: Sequence[NoSlots]) -> str:
    """One sentence or two for the doctor's page, after the reason that explains most."""
    if not reasons:
        return ""
    why, policy = reasons[0], doctor.booking_policy
    facts = {
        "name": doctor.display_name,
        "day": long_date(why.until),
        "notice": duration_words(policy.min_notice),
        "window": duration_words(policy.booking_window),
        "soon": gettext("We’ll show new times here as soon as they’re added."),
    }
    return {
        NoSlotsReason.NOT_ACCEPTING: gettext(
            "This doctor isn’t taking new bookings at the moment. Existing appointments aren’t affected."
        ),
        NoSlotsReason.LEAVE: gettext(
            "There are no free appointments with this doctor at the moment: %(name)s is away until %(day)s. %(soon)s"
        ),
        NoSlotsReason.CLOSURE: gettext(
            "There are no free appointments with this doctor at the moment: the hospital is closed until %(day)s. "
            "%(soon)s"
        ),
        NoSlotsReason.NOTICE: gettext(
            "There are no free appointments with this doctor at the moment: the next times are too soon to book "
            "online. %(name)s can be booked until %(notice)s before."
        ),
        NoSlotsReason.WINDOW: gettext(
            "There are no free appointments with this doctor at the moment: %(name)s can be booked %(window)s ahead. "
            "The next times will open on %(day)s."
        ),
        NoSlotsReason.FULL: gettext(
            "There are no free appointments with this doctor at the moment: all times are booked. %(soon)s"
        ),
        NoSlotsReason.HOURS_BEGIN: gettext(
            "There are no free appointments with this doctor at the moment. The next times will open on %(day)s."
        ),
        NoSlotsReason.NONE_OFFERED: gettext("There are no free appointments with this doctor at the moment. %(soon)s"),
    }[why.reason] % facts


def for_the_hospital(doctor: DoctorProfile, reasons: Sequence[NoSlots]) -> list[str]:
    """One line for each reason, for the doctor and for staff."""
    return [f"{_line(doctor, why)} ({why.reason})" for why in reasons]


def _line(doctor: DoctorProfile, why: NoSlots) -> str:
    policy = doctor.booking_policy
    facts = {
        "day": long_date(why.until),
        "notice": duration_words(policy.min_notice),
        "window": duration_words(policy.booking_window),
    }
    return {
        NoSlotsReason.NOT_ACCEPTING: gettext("New bookings are switched off"),
        NoSlotsReason.LEAVE: gettext("Time off until %(day)s"),
        NoSlotsReason.CLOSURE: gettext("The hospital is closed until %(day)s"),
        NoSlotsReason.NOTICE: gettext("The next free times are within the minimum notice of %(notice)s"),
        NoSlotsReason.WINDOW: gettext(
            "Free times start beyond the booking window of %(window)s. The first will open on %(day)s"
        ),
        NoSlotsReason.FULL: gettext("Every time ahead is booked, held or closed by the calendar"),
        NoSlotsReason.HOURS_BEGIN: gettext(
            "The weekly hours start later. Their times will be open for booking from %(day)s"
        ),
        NoSlotsReason.NONE_OFFERED: gettext("There are no times in the diary from now on"),
    }[why.reason] % facts


def terms_words(doctor: DoctorProfile) -> str:
    """How far ahead and how late patients can book and cancel, for the doctor's page."""
    policy = doctor.booking_policy
    facts = {
        "window": duration_words(policy.booking_window),
        "notice": duration_words(policy.min_notice),
        "until": duration_words(policy.cancel_cutoff),
        "phone": site_facts()["phone"],
    }
    ahead = gettext("You can book up to %(window)s ahead.")
    if policy.min_notice:
        ahead = gettext("You can book up to %(window)s ahead, and no later than %(notice)s before the visit.")
    late = gettext("You can cancel or move online until the visit starts.")
    if policy.cancel_cutoff:
        late = gettext("You can cancel or move online until %(until)s before. After that, please phone %(phone)s.")
    return f"{ahead} {late}" % facts
