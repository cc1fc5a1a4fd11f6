"""The hospital's terms for appointments, from its settings."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings


def cancel_cutoff() -> timedelta:
    """How long before its start a patient may still cancel online."""
    return timedelta(hours=settings.CANCEL_CUTOFF_HOURS)
