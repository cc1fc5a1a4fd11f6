"""Django admin whose every write goes through a service, so that an edit can break no rule (H1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import csrf_protect_m
from django.contrib.admin.widgets import AdminSplitDateTime, AutocompleteSelect, RelatedFieldWidgetWrapper
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.forms.models import construct_instance
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.admin.lists import StaffList
from core.errors import DomainError
from core.formats import short_date

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_REFUSALS_TOLD = 10
MOST_AT_ONCE = 200  # each takes a transaction of its own, and somebody waits for the page


class ServiceForm(forms.ModelForm):
    """A form of the admin that says a service's refusal beside the field it is about.

    `error_fields` names the field for a kind of refusal (else it stands above the form); `error_words` replaces a
    sentence that was written for a patient or a doctor by one for staff.
    """

    error_fields: ClassVar[dict[type[DomainError], str]] = {}
    error_words: ClassVar[Mapping[type[DomainError], StrOrPromise]] = {}
    refusal: ClassVar[DomainError | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, AdminSplitDateTime):
                _name_both_boxes(field)

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.refusal is not None:
            sentence = self.error_words.get(type(self.refusal), self.refusal.message)
            self.add_error(self.refused_field(self.refusal), sentence)
        return self.cleaned_data

    def refused_field(self, refusal: DomainError) -> str | None:
        return self.error_fields.get(type(refusal))

    def _post_clean(self) -> None:
        """As Django's, but uniqueness and constraints are left to the service and the database, in our own words."""
        exclude = self._get_validation_exclusions()
        try:
            self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
            self.instance.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            self._update_errors(error)


def _name_both_boxes(field: forms.Field) -> None:
    """One label stands before two boxes: each says which it is."""
    for box, part in zip(field.widget.widgets, (_("date"), _("time")), strict=True):  # type: ignore[attr-defined]
        box.attrs["aria-label"] = f"{field.label}, {part}"


class ServiceAdmin(StaffList, admin.ModelAdmin):
    """Opens no transaction around a service (each has its own) and never deletes unless `remove` says how."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without Django's four icons beside a choice, which change or delete what is chosen."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if "widget" not in kwargs and db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = PickOne(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address fills in beforehand, without values that no field could hold: Django's own fails on them."""
        asked = super().get_changeform_initial_data(request)
        return {name: value for name, given in asked.items() for value in self._held(name, given)}

    def _held(self, name: str, given: Any) -> list[Any]:
        try:
            field = self.opts.get_field(name)
        except FieldDoesNotExist:
            return [given]
        if not isinstance(field, models.Field):
            return []
        try:
            return [given] if _is_value(field, given) and field.is_relation else [field.to_python(given)]
        except (ValidationError, TypeError, OverflowError):
            return []

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    @csrf_protect_m
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """As Django's, but a refusal by a service shows the form again with the reason on it."""
        try:
            return self._changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            request.refusal = error  # type: ignore[attr-defined]
            return self._changeform_view(request, object_id, form_url, extra_context)

    @csrf_protect_m
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """As Django's, but a refusal by a service is told on the list."""
        try:
            return self._delete_view(request, object_id, extra_context)
        except DomainError as error:
            self.message_user(request, error.message, messages.ERROR)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def remove(self, request: HttpRequest, obj: Any) -> None:
        """Delete through a service."""
        raise PermissionDenied

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        kept = copy(obj)  # deleting takes the key away that the log needs
        self.remove(request, obj)
        with translation.override(None):
            super().log_deletions(request, [kept])

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Nothing yet: Django logs before it deletes, and the service may still say no."""

    # Django's log is kept in one language, what a row is called in it as well.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        with translation.override(None):
            return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        with translation.override(None):
            return super().log_change(request, obj, message)

    def run_on_each(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        *,
        step: Callable[[Any], object],
        done: Any,
        logged: str,
        todo: Q | None = None,
        name: Callable[[Any], str] = str,
    ) -> None:
        """Take one step with every row and tell what became of each: "3 confirmed. 1 refused: …".

        `done` is the sentence for `%(n)s` rows (ngettext_lazy by "n"); `logged` is kept in Django's log of each row, in
        one language. A `step` that answers False changed nothing and is not counted. Of more than `MOST_AT_ONCE` rows
        the first are taken and the number of the others is said; `todo` says to which rows there is anything to do,
        so that the next run goes on where this one ended. `name` says which row was refused.
        """
        batch, of_how_many = first_of(rows, todo)
        count, refused = 0, []
        for row in batch:
            try:
                if step(row) is False:
                    continue
            except DomainError as error:
                refused.append(f"{name(row)} – {error.message}")
                continue
            self.log_change(request, row, logged)
            count += 1
        told = [done % {"n": count}]
        if refused:
            told.append(_("%(n)s refused: %(reasons)s") % {"n": len(refused), "reasons": _some(refused)})
        if of_how_many:
            facts = {"taken": len(batch), "all": f"{of_how_many:,}"}
            told.append(_("These were the first %(taken)s of %(all)s: run it again for the rest.") % facts)
        self.message_user(request, " ".join(told), messages.WARNING if refused or of_how_many else messages.SUCCESS)


def first_of(rows: QuerySet[Any], todo: Q | None = None) -> tuple[list[Any], int]:
    """As many of the rows as one run takes, and of how many when there are more, else 0."""
    batch = list(rows[: MOST_AT_ONCE + 1])
    if len(batch) <= MOST_AT_ONCE:
        return batch, 0
    if todo is None:
        return batch[:MOST_AT_ONCE], rows.order_by().count()
    return first_of(rows.filter(todo))


def day_in_list(moment: datetime) -> str:
    """ "Wed 6 Aug 2026": short enough for a column."""
    return f"{short_date(moment)} {timezone.localtime(moment).year}"


def _some(sentences: Sequence[str]) -> str:
    told = " ".join(sentences[:MOST_REFUSALS_TOLD])
    more = len(sentences) - MOST_REFUSALS_TOLD
    return _("%(reasons)s And %(n)s more.") % {"reasons": told, "n": more} if more > 0 else told


class ReadOnlyAdmin(StaffList, admin.ModelAdmin):
    """Rows that only ever come to be by what happened."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _is_value(field: Any, given: Any) -> bool:
    """Whether a column could hold it: of its kind and within its range. Raises ValidationError of another kind."""
    column = field.target_field if field.is_relation else field
    value = column.to_python(given)
    for validator in column.validators:
        validator(value)
    return True


class PickOne(AutocompleteSelect):
    """Django's search-as-you-type choice, deaf to posted values that can't be a key."""

    def use_required_attribute(self, initial: Any) -> bool:
        """HTML wants options in what is required, and here are none before something is looked for. The form checks."""
        return False

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, [key for key in value if self._is_key(key)], attrs)

    def _is_key(self, key: str) -> bool:
        try:
            return _is_value(self.field, key)
        except (ValidationError, OverflowError):
            return False
