"""How every form field of the site is drawn: Bootstrap's classes, hint and error tied to the control.

`FORM_RENDERER` names `HmsFormRenderer`; the markup itself is `templates/django/forms/field.html`.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.utils import ErrorList
from django.utils.translation import gettext as _

from core.forms.typed import value_before

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


def missing_sentence(label: str, widget: forms.Widget) -> str:
    """What to do about an empty field, so that the error summary makes sense by itself.

    Worded as https://design-system.service.gov.uk/components/error-message/ advises.
    """
    if isinstance(widget, forms.CheckboxInput):
        return _("Tick the box to continue.")
    if label.endswith("?"):
        return _("Answer the question “%(question)s”.") % {"question": label}
    # "Date of birth" reads on as "date of birth", "ID number" stays.
    rest = label if label[1:2].isupper() else label[:1].lower() + label[1:]
    if isinstance(widget, forms.Select | forms.RadioSelect | forms.CheckboxSelectMultiple):
        return _("Choose %(field)s.") % {"field": rest}
    return _("Enter %(field)s.") % {"field": rest}


class HmsBoundField(BoundField):
    """A field that knows what its template needs to draw it without logic."""

    def value(self) -> Any:
        """Django's, or what the person had typed here before."""
        return value_before(self, super().value())

    @property
    def errors(self) -> ErrorList:
        """The field's errors, Django's "This field is required." said in words that name the field."""
        found = super().errors
        stock = str(forms.Field.default_error_messages["required"])  # in the language of whoever asks
        if stock not in found:
            return found
        sentence = missing_sentence(str(self.label), self.field.widget)
        said: list[Any] = [sentence if error == stock else error for error in found]
        return self.form.error_class(said, renderer=self.form.renderer)

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Django's attributes (aria-invalid, aria-describedby, required) plus our classes.

        Classes, autocomplete and anything else set on the widget by the form stay, but for a
        placeholder that only says the label again: it would vanish at the first key.
        """
        widget = widget or self.field.widget
        built = super().build_widget_attrs(attrs, widget)
        invalid = "is-invalid" if self.errors and not widget.is_hidden else ""
        classes = (widget.attrs.get("class", ""), built.get("class", ""), control_class(widget), invalid)
        joined = " ".join(str(name) for name in classes if name)
        if joined:
            built["class"] = joined
        if widget.is_hidden:  # nobody hears of it, and HTML allows no such words on it
            built = {name: value for name, value in built.items() if not name.startswith("aria-")}
        if str(widget.attrs.get("placeholder", "")).casefold() == str(self.label).casefold():
            built["placeholder"] = False
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
