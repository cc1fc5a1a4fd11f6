from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User


class ConnectForm(forms.Form):
    """A doctor may also let busy times close free ones (E3); a patient is asked nothing."""

    busy_times = forms.BooleanField(
        required=False,
        label="Close my free times when my calendar says I am busy",
        help_text="Google then also tells us when you are busy, never why.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.is_doctor:
            del self.fields["busy_times"]


class DisconnectForm(forms.Form):
    keep_events = forms.BooleanField(
        required=False,
        label="Keep the appointments that are in my calendar",
        help_text="They stay as they are, and no longer follow changes.",
    )
