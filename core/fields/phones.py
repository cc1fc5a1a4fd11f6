"""The form field for a telephone number, on every page that asks for one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.text.phones import MOST_READ, kept_phone, phone_words


class PhoneField(forms.CharField):
    """Shows a kept number as people write it, and cleans to the form in which it is kept (core/text/phones.py)."""

    default_error_messages = {"required": _("Enter a phone number, like 020 7946 0100.")}

    def __init__(self, *, autocomplete: str = "off", **kwargs: Any) -> None:
        kwargs.setdefault("max_length", MOST_READ)
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "autocomplete": autocomplete}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return phone_words(value) if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        return kept_phone(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return (initial or "") != kept_phone(data or "")
        except ValidationError:
            return True
