from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ConnectForm(forms.Form):
    """A doctor may also let busy times close free ones (E3); a patient is asked nothing."""

    busy_times = forms.BooleanField(
        required=False,
        label=_("Close my free times when my calendar says I’m busy"),
        help_text=_("Google will also tell us when you’re busy, but never why."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.is_doctor:
            del self.fields["busy_times"]


class DisconnectForm(forms.Form):
    keep_events = forms.BooleanField(
        required=False,
        label=_("Leave the appointments in my calendar"),
        help_text=_("They’ll stay as they are, but won’t be updated."),
    )
