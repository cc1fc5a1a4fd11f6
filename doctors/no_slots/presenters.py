"""Why there are no times, and on what terms times are offered, in plain words for patients, doctors and staff (B7)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext

from core.formats import long_date
from core.site import site_facts
from core.text.folding import duration_words
from doctors.models import DoctorProfile
from doctors.no_slots.rules import NoSlots, NoSlotsReason

NO_TIMES = "There is no free appointment with this doctor at the moment"


def for_patients(doctor: DoctorProfile, reasons: Sequence[NoSlots]) -> str:
    """One sentence or two for the doctor's page, after the reason that explains most."""
    if not reasons:
        return ""
    why, name, policy = reasons[0], doctor.display_name, doctor.booking_policy
    day = long_date(why.until)
    soon = "New times appear here as soon as there are any."
    return {
        NoSlotsReason.NOT_ACCEPTING: "This doctor takes no new bookings at the moment. "
        "Appointments that are already booked stay.",
        NoSlotsReason.LEAVE: f"{NO_TIMES}: {name} is away until {day}. {soon}",
        NoSlotsReason.CLOSURE: f"{NO_TIMES}: the hospital is closed until {day}. {soon}",
        NoSlotsReason.NOTICE: f"{NO_TIMES}: the next times are too soon to book online. "
        f"{name} can be booked until {duration_words(policy.min_notice)} before.",
        NoSlotsReason.WINDOW: f"{NO_TIMES}: {name} can be booked {duration_words(policy.booking_window)} ahead. "
        f"The next times open on {day}.",
        NoSlotsReason.FULL: f"{NO_TIMES}: all times are booked. {soon}",
        NoSlotsReason.HOURS_BEGIN: gettext("%(no_times)s. The next times open on %(day)s.")
        % {"no_times": NO_TIMES, "day": day},
        NoSlotsReason.NONE_OFFERED: f"{NO_TIMES}. {soon}",
    }[why.reason]


def for_the_hospital(doctor: DoctorProfile, reasons: Sequence[NoSlots]) -> list[str]:
    """One line for each reason, for the doctor and for staff."""
    return [f"{_line(doctor, why)} ({why.reason})" for why in reasons]


def _line(doctor: DoctorProfile, why: NoSlots) -> str:
    day, policy = long_date(why.until), doctor.booking_policy
    return {
        NoSlotsReason.NOT_ACCEPTING: "New bookings are switched off",
        NoSlotsReason.LEAVE: f"Time off until {day}",
        NoSlotsReason.CLOSURE: f"The hospital is closed until {day}",
        NoSlotsReason.NOTICE: f"The next free times are within the minimum notice of "
        f"{duration_words(policy.min_notice)}",
        NoSlotsReason.WINDOW: f"Free times begin beyond the booking window of {duration_words(policy.booking_window)}; "
        f"the first opens on {day}",
        NoSlotsReason.FULL: "Every time ahead is booked, held or closed by the calendar",
        NoSlotsReason.HOURS_BEGIN: gettext(
            "The weekly hours begin later; their times will be open for booking from %(day)s"
        )
        % {"day": day},
        NoSlotsReason.NONE_OFFERED: "There is no time in the diary from now on",
    }[why.reason]


def terms_words(doctor: DoctorProfile) -> str:
    """How far ahead and how late patients can book and cancel, for the doctor's page."""
    policy = doctor.booking_policy
    ahead = f"You can book up to {duration_words(policy.booking_window)} ahead"
    if policy.min_notice:
        ahead += f", at the latest {duration_words(policy.min_notice)} before the visit"
    if not policy.cancel_cutoff:
        return f"{ahead}. You can cancel or move online until the visit begins."
    late = f"You can cancel or move online until {duration_words(policy.cancel_cutoff)} before; later, please phone"
    return f"{ahead}. {late} {site_facts()['phone']}."
