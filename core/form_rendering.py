"""How every form field of the site is drawn: Bootstrap's classes, hint and error tied to the control.

`FORM_RENDERER` names `HmsFormRenderer`; the markup itself is `templates/django/forms/field.html`.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

_CHECKABLE = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)


def control_class(widget: forms.Widget) -> str:
    """Bootstrap's class for a widget; nothing for a hidden one."""
    if widget.is_hidden:
        return ""
    # RadioSelect is a subclass of Select's base, so the tick boxes are asked first.
    if isinstance(widget, _CHECKABLE):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"


class HmsBoundField(BoundField):
    """A field that knows what its template needs to draw it without logic."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Django's attributes (aria-invalid, aria-describedby, required) plus our classes.

        Classes, autocomplete and anything else set on the widget by the form stay.
        """
        widget = widget or self.field.widget
        built = super().build_widget_attrs(attrs, widget)
        invalid = "is-invalid" if self.errors and not widget.is_hidden else ""
        classes = (widget.attrs.get("class", ""), built.get("class", ""), control_class(widget), invalid)
        joined = " ".join(name for name in classes if name)
        if joined:
            built["class"] = joined
        return built

    @property
    def is_checkbox(self) -> bool:
        """A single tick box: its label stands after it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_choice_list(self) -> bool:
        """Radio buttons or several tick boxes: drawn one below the other."""
        return isinstance(self.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)

    @property
    def summary_target(self) -> str:
        """Id of the control the error summary links to: the first one of a group."""
        if self.is_choice_list:
            return f"{self.auto_id}_0"
        return self.id_for_label or self.auto_id


class HmsFormRenderer(TemplatesSetting):
    """Looks in the project's own templates first; every field is an `HmsBoundField`."""

    bound_field_class = HmsBoundField
