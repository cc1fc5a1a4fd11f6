"""A form that says a service's refusal."""

from __future__ import annotations

from typing import ClassVar

from django import forms

from core.errors import DomainError


class DomainErrorMixin(forms.Form):
    """Says a service's refusal beside the field it is about."""

    error_fields: ClassVar[dict[type[DomainError], str]] = {}

    def add_domain_error(self, error: DomainError) -> None:
        """Put the sentence beside its field, or above the form when it is about no single field."""
        self.add_error(self.error_fields.get(type(error)), error.message)
