"""The audit trail for whoever may read it (`Can.SEE_AUDIT`): searched and filtered, changed by nobody (H4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit import presenters, selectors
from audit.choices import CHANGES, Kind
from audit.models import Entry
from core import clock
from core.admin.service_admin import ReadOnlyAdmin, day_in_list
from core.formats import clock_time, long_date

NOTHING = presenters.NOTHING


class KindFilter(admin.SimpleListFilter):
    title = _("what")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("changes", gettext("Any change")), ("other", gettext("Anything else")), *Kind.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        kind = self.value()
        if kind == "changes":
            return queryset.filter(pgh_label__in=CHANGES)
        if kind == "other":
            return queryset.filter(pgh_label__in=set(Kind) - CHANGES)
        return queryset.filter(pgh_label=kind) if kind else queryset


class ThingFilter(admin.SimpleListFilter):
    title = _("kind of record")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(label, capfirst(name)) for label, name in selectors.tracked_labels()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return queryset.filter(model=self.value()) if self.value() else queryset


class WhoFilter(admin.SimpleListFilter):
    title = _("by whom")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("people", gettext("People")), ("system", gettext("The system (nobody signed in)"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        if self.value() in dict(self.lookup_choices):
            return queryset.filter(actor__isnull=self.value() == "system")
        return queryset


class EntryDayFilter(admin.SimpleListFilter):
    """Days of the hospital's clock, counted back from today."""

    title = _("when")
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            *(("0", gettext("Today")), ("1", gettext("Since yesterday"))),
            *(("7", gettext("Last 7 days")), ("30", gettext("Last 30 days"))),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        if self.value() not in dict(self.lookup_choices):
            return queryset
        first = clock.hospital_day(clock.now()) - timedelta(days=int(self.value() or 0))
        return queryset.filter(pgh_created_at__gte=clock.start_of_day(first))


class AboutFilter(admin.SimpleListFilter):
    """The history of one thing: what the "History" button of its own page asks for."""

    title = _("history")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        key = request.GET.get(self.parameter_name, "")
        return [(key, gettext("Only of %(thing)s") % {"thing": selectors.thing_named(key)})] if key else []

    def has_output(self) -> bool:
        return bool(self.lookup_choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return selectors.entries_about(queryset, self.value() or "") if self.value() else queryset


class NamedEntries(ChangeList):
    """Finds the names of all people on the page at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        names = selectors.people_in(rows)
        for row in rows:
            row.people = names
        self.result_list = rows


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("when", "who", "what", "whom", "address_shown", "why")
    list_display_links = ("when",)
    list_filter = (EntryDayFilter, WhoFilter, KindFilter, ThingFilter, AboutFilter)
    list_select_related = ("actor",)
    search_fields = ("request_id",)  # the box; what is looked for, `get_search_results` says
    search_help_text = _("Person (name, username, e-mail), reference, address (IP) or request id")
    ordering = ("-pgh_id",)
    sortable_by = ()
    actions = None
    fieldsets = (
        (None, {"fields": ("moment", "who", "what", "whom", "why", "thing")}),
        (_("What changed"), {"fields": ("changes",)}),
        (_("Where from"), {"fields": ("place_shown", "address_shown", "request_shown")}),
    )
    readonly_fields = tuple(name for _, options in fieldsets for name in options["fields"])

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NamedEntries

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Entry], search_term: str
    ) -> tuple[QuerySet[Entry], bool]:
        return selectors.entries_found(queryset, search_term), False

    @admin.display(description=_("When"))
    def when(self, entry: Entry) -> str:
        return f"{day_in_list(entry.pgh_created_at)}, {clock_time(entry.pgh_created_at)}"

    @admin.display(description=_("When"))
    def moment(self, entry: Entry) -> str:
        return f"{long_date(entry.pgh_created_at)}, {timezone.localtime(entry.pgh_created_at):%H:%M:%S}"

    @admin.display(description=_("Who"))
    def who(self, entry: Entry) -> str:
        return presenters.who(entry)

    @admin.display(description=_("What"))
    def what(self, entry: Entry) -> str:
        return presenters.what(entry)

    @admin.display(description=_("About"))
    def whom(self, entry: Entry) -> str:
        names = entry.people if hasattr(entry, "people") else selectors.people_in([entry])
        return presenters.whom(entry, names) or NOTHING

    @admin.display(description=_("From where"))
    def address_shown(self, entry: Entry) -> str:
        return entry.address or entry.place or NOTHING

    @admin.display(description=_("Why"))
    def why(self, entry: Entry) -> str:
        return entry.reason or NOTHING

    @admin.display(description=_("Page, job or command"))
    def place_shown(self, entry: Entry) -> str:
        return entry.place or NOTHING

    @admin.display(description=_("Request"))
    def request_shown(self, entry: Entry) -> str | SafeString:
        if not entry.request_id:
            return NOTHING
        path = reverse("admin:audit_entry_changelist")
        return format_html('<a href="{}?{}">{}</a>', path, urlencode({"q": entry.request_id}), entry.request_id)

    @admin.display(description=_("Its page"))
    def thing(self, entry: Entry) -> str | SafeString:
        try:
            path = reverse(f"admin:{entry.model.replace('.', '_')}_change", args=[entry.object_id])
        except NoReverseMatch:
            return presenters.thing(entry) or NOTHING
        return format_html('<a href="{}">{}</a>', path, presenters.thing(entry))

    @admin.display(description=_("Before and after"))
    def changes(self, entry: Entry) -> str | SafeString:
        rows = format_html_join(
            "", "<tr><th scope='row'>{}</th><td>{}</td><td>{}</td></tr>", presenters.differences(entry)
        )
        if not rows:
            return NOTHING
        columns = ((name,) for name in (gettext("Field"), gettext("Before"), gettext("After")))
        head = format_html_join("", "<th scope='col'>{}</th>", columns)
        return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", head, rows)
