"""The hospital, as every page names it."""

from __future__ import annotations

from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext as _


def site_facts() -> dict[str, str | bool]:
    """`name`, `phone`, `phone_href` (for a link), `address`, `base_url`, `dev_pages` and `emergency`, a sentence.

    Settings only, no query.
    """
    phone = settings.HOSPITAL_PHONE
    return {
        "name": settings.HOSPITAL_NAME,
        "phone": phone,
        "phone_href": "tel:" + "".join(sign for sign in phone if sign.isdigit() or sign == "+"),
        "address": settings.HOSPITAL_ADDRESS,
        "base_url": settings.BASE_URL,
        "dev_pages": settings.DEV_PAGES,
        "emergency": emergency_words(),
    }


def emergency_words() -> str:
    """Whom to call instead: where somebody types what is wrong with them, and at the foot of each page."""
    words = _(
        "In an emergency, call %(emergency)s. For urgent medical advice, call %(urgent)s. Don’t book an appointment."
    )
    return words % {"emergency": settings.EMERGENCY_NUMBER, "urgent": settings.URGENT_CARE_NUMBER}


emergency_words_lazy = lazy(emergency_words, str)
