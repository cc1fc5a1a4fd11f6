"""Words and small marks that every page shares. A template builtin: no `{% load %}` needed."""

from __future__ import annotations

import datetime as dt
import json
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from core import formats
from core.status_tags import StatusTag, status_tag_for
from core.web.next_url import safe_next, with_query

register = template.Library()
for function in (
    formats.long_date,
    formats.short_date,
    formats.clock_time,
    formats.time_here,
    formats.time_there,
    formats.in_zone,
    formats.end_time,
    formats.after_midnight,
    formats.iso,
    formats.money,
    formats.initials,
    formats.stars,
    formats.in_fours,
):
    register.filter(function)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A picture from the sprite. Decoration unless `label` gives it words of its own."""
    return _picture(staticfiles_storage.url("img/icons.svg"), name, label)


@lru_cache(maxsize=1_000)
def _picture(sprite: str, name: str, label: str) -> SafeString:
    """Pages show dozens, mostly the same few."""
    href = f"{sprite}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href)


@register.simple_tag
def drawn(template_name: str, **words: Any) -> SafeString:
    """A component that shows nothing but the words it is given: equal ones are drawn once.

    `{% drawn "components/doctor_card.html" doctor=doctor %}`, in place of `include … only`. What can't be hashed is
    drawn each time. For what everybody may see: it stays in memory for a while. Objects hold plain text, none that is
    marked safe: the two are equal, but are not drawn alike.
    """
    given, kinds = tuple(words.items()), tuple(map(type, words.values()))
    try:
        hash(given)
    except TypeError:
        return _render(template_name, given)
    return _drawn_once(template_name, given, kinds, get_language(), staticfiles_storage.url("img/icons.svg"))


@lru_cache(maxsize=1_000)
def _drawn_once(template_name: str, words: tuple[tuple[str, Any], ...], *_same: object) -> SafeString:
    return _render(template_name, words)


def _render(template_name: str, words: tuple[tuple[str, Any], ...]) -> SafeString:
    return mark_safe(get_template(template_name).render(dict(words)))  # noqa: S308  a template made it


@register.simple_tag
def status_tag(status: str | StatusTag) -> SafeString:
    """A status as words, shape and colour. Takes a status code or a `StatusTag` of a presenter."""
    tag = status if isinstance(status, StatusTag) else status_tag_for(status)
    return drawn("components/status_tag.html", label=str(tag.label), tone=tag.tone, icon_name=tag.icon)


@register.simple_tag
def date_leaf(moment: dt.date | dt.datetime) -> SafeString:
    """A day as a leaf of a calendar, in the active time zone."""
    return drawn("components/date_leaf.html", date=formats.local_date(moment))


@register.simple_tag(takes_context=True)
def on_the_way(context: template.Context, name: str) -> str:
    """The address of another page of the way in, which keeps where somebody wanted to go."""
    wanted = safe_next(context["request"]) if "request" in context else ""
    return with_query(reverse(name), next=wanted) if wanted else reverse(name)


@register.simple_tag(takes_context=True)
def page_url(context: template.Context, **changes: Any) -> str:
    """The current address's query with `changes` made, all else kept: `{% page_url page=2 %}`.

    An empty value takes the parameter out. Always begins with "?", so it is a link by itself.
    """
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


@register.filter
def as_json(value: Any) -> str:
    """For a `data-` attribute that a script reads. Not marked safe: the attribute is escaped like any other."""
    return json.dumps(value, cls=DjangoJSONEncoder)
