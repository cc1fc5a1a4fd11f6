"""The hospital, as every page names it."""

from __future__ import annotations

from django.conf import settings


def site_facts() -> dict[str, str | bool]:
    """`name`, `phone`, `phone_href` (for a link), `address`, `base_url`, `dev_pages`; settings only, no query."""
    phone = settings.HOSPITAL_PHONE
    return {
        "name": settings.HOSPITAL_NAME,
        "phone": phone,
        "phone_href": "tel:" + "".join(sign for sign in phone if sign.isdigit() or sign == "+"),
        "address": settings.HOSPITAL_ADDRESS,
        "base_url": settings.BASE_URL,
        "dev_pages": settings.DEV_PAGES,
    }
