"""What every page of the admin asks the one table of permissions: which columns, which filters, which files (H1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Can, may
from audit.choices import Kind
from audit.services import personal_data_read, record
from core import clock
from core.csv_file import csv_response

_ROWS_AT_ONCE = 2_000

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Column(NamedTuple):
    """A column of the file: its heading, how a row fills it, and what one must be allowed to see it at all."""

    heading: StrOrPromise
    value: str | Callable[[Any], Any]
    needs: Can | None = None


class StaffPages:
    """Shows of a list and of its rows what the table of permissions gives to whoever asks. Before a ModelAdmin.

    `needs` says, by name of a column, a field or a filter, what one must be allowed to see it.
    `reads` are the columns, fields and filters of which the audit trail tells that somebody was shown them, and
    `subject_of` says whose they are.
    `csv_columns` make "Export as CSV" possible, for those who may take lists away (`Can.EXPORT_LISTS`).
    """

    needs: ClassVar[Mapping[str, Can]] = {}
    reads: ClassVar[frozenset[str]] = frozenset()
    csv_columns: ClassVar[Sequence[Column]] = ()
    actions = ("export_csv",)

    def shows(self, request: HttpRequest, name: str) -> bool:
        permission = self.needs.get(name)
        return permission is None or may(request.user, permission)

    def shown(self, request: HttpRequest, names: Iterable[str]) -> tuple[str, ...]:
        """Those of `names` that whoever asks may see."""
        return tuple(name for name in names if self.shows(request, name))

    # What the trail is told before a page is drawn

    def subject_of(self, obj: Any) -> Model:
        """Whose data stands on the page of `obj`."""
        return obj  # type: ignore[no-any-return]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        obj = kwargs.get("obj")
        if obj is not None and self.shown(request, self.reads):
            personal_data_read([self.subject_of(obj)], what=self.stored_singular)  # type: ignore[attr-defined]
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc,no-any-return]

    def _list_is_read(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """A list with such a column, or chosen by one: whose rows are on it."""
        columns = {str(name) for name in self.get_list_display(request)}
        asked = {name.partition("__")[0] for name in request.GET}
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown and self.reads & (columns | asked):
            rows = shown["cl"].result_list
            personal_data_read([self.subject_of(row) for row in rows], what=f"list of {self.stored_plural}")  # type: ignore[attr-defined]

    def sees_contact(self, request: HttpRequest) -> bool:
        return may(request.user, Can.SEE_PATIENTS)

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        return self.shown(request, super().get_list_display(request))  # type: ignore[misc]

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        names = super().get_list_filter(request)  # type: ignore[misc]
        return tuple(name for name in names if not isinstance(name, str) or self.shows(request, name))

    # Taking a list away

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who sees the list and may take lists away; where there is anything to take."""
        seen = self.has_view_permission(request)  # type: ignore[attr-defined]
        return bool(self.csv_columns) and seen and may(request.user, Can.EXPORT_LISTS)

    @admin.action(description=_("Export as CSV"), permissions=["export"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase:
        """The chosen rows as a file, sent while it is read. That it is taken, and how long it is, is recorded first."""
        columns = [column for column in self.csv_columns if column.needs is None or may(request.user, column.needs)]
        name: str = self.stored_plural  # type: ignore[attr-defined]
        record(Kind.EXPORTED, details={"list": name, "rows": queryset.order_by().count()})
        day = clock.hospital_day(clock.now()).isoformat()
        return csv_response(
            name=f"{name.replace(' ', '-')}-{day}",
            header=[str(column.heading) for column in columns],
            rows=_filled(queryset, columns),
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """As Django's; the button above the list takes away all of it, as it is filtered and searched."""
        if request.method == "POST" and "export_list" in request.POST:
            return self._export_list(request)
        may_export = self.has_export_permission(request)
        context = {"may_export": may_export, **(extra_context or {})}
        response: HttpResponseBase = super().changelist_view(request, context)  # type: ignore[misc]
        self._list_is_read(request, response)
        return response

    def _export_list(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_export_permission(request):
            raise PermissionDenied
        query = request.GET.copy()
        query.pop(PAGE_VAR, None)
        request.GET = query  # type: ignore[assignment]
        try:
            shown = self.get_changelist_instance(request)  # type: ignore[attr-defined]  # of the ModelAdmin beside it
        except IncorrectLookupParameters:
            return redirect(request.path)
        return self.export_csv(request, shown.queryset)


def _filled(rows: QuerySet[Any], columns: Sequence[Column]) -> Iterator[list[Any]]:
    read = [attrgetter(column.value) if isinstance(column.value, str) else column.value for column in columns]
    for row in rows.iterator(chunk_size=_ROWS_AT_ONCE):
        yield [value(row) for value in read]
