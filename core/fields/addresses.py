"""The form field for an e-mail address, on every page that asks for one."""

from __future__ import annotations

from typing import Any

from django import forms

from core.text.addresses import LONGEST, normal_address


class AddressField(forms.CharField):
    """Cleans to the one normal form of the address (core/text/addresses.py)."""

    widget = forms.EmailInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        return normal_address(typed) if typed else ""
