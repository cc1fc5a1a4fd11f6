"""Lists of the admin that stay quick with a hundred thousand rows: counted, searched and filtered in bounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce
from operator import and_
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core.admin.words import StaffWords
from core.text.addresses import normal_or_lower
from core.text.folding import search_key, search_words
from core.text.phones import sought_digits

MOST_COUNTED = 10_000
MOST_WORDS = 6
# What may follow the name of a filter in an address; a comparison such as "contains" would spell out what it hides.
_COMPARISONS = {"", "exact", "id__exact", "pk__exact", "isnull", "in", "gte", "lt", "year", "month", "day"}

# What a list runs. Django adds what only forms use (jQuery, the alphabets of XRegExp): more than half the weight.
LIST_SCRIPTS = Media(js=["admin/js/actions.js"])


class BoundedPaginator(Paginator):
    """Counts no further than it takes to say "more than 10,000": a full count reads every row of the list."""

    @cached_property
    def _counted(self) -> int:
        return self.object_list.order_by()[: MOST_COUNTED + 1].count()

    @property
    def count(self) -> int:  # type: ignore[override]
        return min(self._counted, MOST_COUNTED)

    @property
    def said(self) -> str:
        """The number in words: "1,340", or "more than 10,000"."""
        if self._counted > MOST_COUNTED:
            return _("more than %(n)s") % {"n": f"{MOST_COUNTED:,}"}
        return f"{self._counted:,}"


class StaffList(StaffWords):
    """What all lists have in common; for a ModelAdmin.

    `search_fields` are lookups ("patient__user__search_name__holds_word"). Each word typed must be found in one of
    them, in any order, accents and capitals aside. `search_through` names relations whose rows are found first, on
    their own: one OR across joined tables would read all of them for every row of the list. Lookups that end in
    "digits__contains" are asked only when a phone number was typed. `contact_search_fields` are searched for those
    alone who may see how to reach people (`sees_contact`): else the search would tell them.
    """

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # a count for each choice of each filter
    list_per_page = 50
    paginator = BoundedPaginator
    search_through: ClassVar[Sequence[str]] = ()
    contact_search_fields: ClassVar[Sequence[str]] = ()
    # Further lookups that links of ours put into the address.
    linked_lookups: ClassVar[frozenset[str]] = frozenset()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lists are called by what is in them, not "Select booking to change"."""
        if not _is_a_day(request, self.date_hierarchy):  # type: ignore[attr-defined]
            return redirect(f"{request.path}?{ERROR_FLAG}=1")
        context = {
            "title": capfirst(self.plural),
            "called": self.plural,
            "media": LIST_SCRIPTS,
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)  # type: ignore[misc]

    def sees_contact(self, request: HttpRequest) -> bool:
        """Whether whoever asks may see how to reach the people of the list."""
        return False

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        contact = self.contact_search_fields if self.sees_contact(request) else ()
        return (*self.search_fields, *contact)  # type: ignore[attr-defined]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        fields = self.get_search_fields(request)
        return queryset.filter(matching(queryset.model, search_term, fields, through=self.search_through)), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the filters beside the list and our own links ask, never any field as Django's own: whoever may
        filter by a field can read it."""
        if lookup in self.linked_lookups or not self._is_about_a_field(lookup):
            return True
        names = (*_names(self.get_list_filter(request)), self.date_hierarchy)  # type: ignore[attr-defined]
        return any(
            lookup == name or (lookup.startswith(f"{name}__") and lookup.removeprefix(f"{name}__") in _COMPARISONS)
            for name in names
            if name
        )

    def _is_about_a_field(self, lookup: str) -> bool:
        """Django ignores, with a hint to whoever typed it, what is about none."""
        fields = self.opts.get_fields()  # type: ignore[attr-defined]
        known = {"pk", *(field.name for field in fields), *(getattr(field, "attname", "") for field in fields)}
        return lookup.split("__", maxsplit=1)[0] in known


def _is_a_day(request: HttpRequest, field: str | None) -> bool:
    """Whether the year, month and day asked of the calendar above a list are ones: Django's own fails on others."""
    parts = (("year", "2000"), ("month", "1"), ("day", "1"))
    given = [f"{field}__{part}" in request.GET for part, _ in parts]
    if given != sorted(given, reverse=True):  # a month without its year, a day without its month
        return False
    asked = [request.GET.get(f"{field}__{part}", default) for part, default in parts]
    try:
        return date(*map(int, asked)).year < date.max.year
    except (ValueError, OverflowError):
        return False


def _names(filters: Iterable[Any]) -> list[str]:
    names = []
    for entry in filters:
        if isinstance(entry, type) and issubclass(entry, SimpleListFilter):
            names.append(entry.parameter_name or "")
        else:
            names.append(entry[0] if isinstance(entry, tuple | list) else entry)
    return names


def matching(model: type[Model], typed: str, fields: Sequence[str], *, through: Sequence[str] = ()) -> Q:
    """The rows of `model` that have every word of `typed`, or the phone number, in one of `fields` (`StaffList`).

    Folded fields (`…__holds_word`) are asked for the folded words of what was typed, titles aside, the others for
    what stands between blanks: an address keeps its signs.
    """
    names = [field for field in fields if field.endswith("holds_word")]
    others = [field for field in fields if not field.endswith(("holds_word", "digits__contains"))]
    found = Q()
    for word in _worth_asking(typed):
        typed_word = normal_or_lower(word) if "@" in word else word
        folded = search_words(word, limit=MOST_WORDS)
        if len(folded) == 1:
            found &= _holding(
                model, [(name, folded[0]) for name in names] + [(lookup, typed_word) for lookup in others], through
            )
        elif folded:
            by_name = [_holding(model, [(name, part) for name in names], through) for part in folded]
            found &= reduce(and_, by_name) | _holding(model, [(lookup, typed_word) for lookup in others], through)
    numbers = [field for field in fields if field.endswith("digits__contains")]
    sought = [(field, digits) for field in numbers for digits in sought_digits(typed)]
    return found | _holding(model, sought, through) if sought else found


def _worth_asking(typed: str) -> list[str]:
    """What stands between blanks, signs alone only when there is nothing else."""
    words = typed.split()
    return ([word for word in words if search_key(word)] or words)[:MOST_WORDS]


def _holding(model: type[Model], wanted: Sequence[tuple[str, str]], through: Sequence[str]) -> Q:
    """Rows for which one of these lookups holds; nothing when there are none."""
    found = Q(pk__in=[])
    for relation in through:
        inside = [
            (lookup.removeprefix(f"{relation}__"), text)
            for lookup, text in wanted
            if lookup.startswith(f"{relation}__")
        ]
        if inside:
            related = get_fields_from_path(model, relation)[-1].related_model
            rows = QuerySet(related).filter(_any(inside)).values("pk")
            found |= Q(**{f"{relation}__in": rows})
    own = [
        (lookup, text)
        for lookup, text in wanted
        if not lookup.startswith(tuple(f"{relation}__" for relation in through))
    ]
    return found | _any(own) if own else found


def _any(lookups: Iterable[tuple[str, str]]) -> Q:
    found = Q()
    for lookup, text in lookups:
        found |= Q(**{lookup: text})
    return found
