"""What `check --deploy` says about signing in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.utils.translation import gettext as _


@checks.register(checks.Tags.security, deploy=True)
def staff_need_a_second_step(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Staff reach every patient's data: a password alone is not enough."""
    if settings.STAFF_NEED_SECOND_FACTOR:
        return []
    return [
        checks.Warning(
            _("STAFF_NEED_SECOND_FACTOR is false: staff sign in with the password alone."),
            hint=_("Leave it out, or set it to true."),
            id="accounts.W001",
        )
    ]
