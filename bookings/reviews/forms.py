"""How a visit was, as its patient says it (B10)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.fields import PlainTextField
from core.forms.refusals import DomainErrorMixin

RATINGS = (
    ("5", _("5 – excellent")),
    ("4", _("4 – good")),
    ("3", _("3 – all right")),
    ("2", _("2 – poor")),
    ("1", _("1 – very poor")),
)


class ReviewForm(DomainErrorMixin):
    """How a visit was (B10)."""

    rating = forms.ChoiceField(
        label=_("How was it?"),
        choices=RATINGS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose 1 to 5."), "invalid_choice": _("Choose 1 to 5.")},
    )
    text = PlainTextField(
        label=_("In your own words"),
        required=False,
        max_length=2_000,
        help_text=_("Everyone can read this. Don’t write anything about your health that should stay private."),
        error_messages={"max_length": _("The text can have at most 2,000 characters.")},
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def facts(self) -> dict[str, Any]:
        """The keyword arguments of `reviews.review` that are typed."""
        return {"rating": int(self.cleaned_data["rating"]), "text": self.cleaned_data["text"].strip()}
