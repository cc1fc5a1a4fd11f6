"""What staff type about money in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.choices import HAS_REFERENCE, Method
from billing.models import DoctorFees
from core.admin.service_admin import ServiceForm


class MarkPaidForm(forms.Form):
    """How the chosen invoices were paid; `how_many` they are."""

    method = forms.ChoiceField(
        label=gettext_lazy("Paid by"), choices=[("", gettext_lazy("Choose a method")), *Method.choices]
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("What the terminal or the bank calls it; for card and online payments."),
    )

    def __init__(self, *args: Any, how_many: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._how_many = how_many

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("method") in HAS_REFERENCE:
            if not self.cleaned_data.get("reference"):
                self.add_error("reference", _("Enter the reference of this card or online payment."))
            elif self._how_many > 1:
                self.add_error("method", _("Each card or online payment has its own reference. Choose one invoice."))
        return self.cleaned_data


def _percent(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=100)


class DoctorFeesForm(ServiceForm):
    """A doctor's own percentages; empty: as the hospital's."""

    late_cancellation_percent = _percent(gettext_lazy("Late cancellation, in percent of the fee"))
    missed_visit_percent = _percent(gettext_lazy("Missed visit, in percent of the fee"))

    class Meta:
        model = DoctorFees
        fields: ClassVar = ("late_cancellation_percent", "missed_visit_percent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, percent in (
            ("late_cancellation_percent", settings.LATE_CANCELLATION_PERCENT),
            ("missed_visit_percent", settings.MISSED_VISIT_PERCENT),
        ):
            if name in self.fields:
                said = _("Leave it empty for the hospital’s own: %(percent)s%%.")
                self.fields[name].help_text = said % {"percent": percent}

    def clean_doctor(self) -> Any:
        doctor = self.cleaned_data["doctor"]
        if DoctorFees.objects.filter(doctor=doctor).exists():
            raise forms.ValidationError(_("This doctor has fees of their own already. Change those."))
        return doctor
