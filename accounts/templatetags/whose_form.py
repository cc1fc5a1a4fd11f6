"""`{% csrf_token %}` of every form, which also says whose page it is on: a template builtin, over Django's own.

And what the script that keeps what is typed has to know.
"""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.drafts import cookie
from accounts.drafts import services as drafts
from core.forms.typed import CHANGED

register = template.Library()


class WhoseFormNode(CsrfTokenNode):
    def render(self, context: Context) -> SafeString:
        """Written once for each page: a list has hundreds of forms."""
        request, token = getattr(context, "request", None), context.get("csrf_token")
        if request is None or not token:
            return mark_safe(super().render(context))  # noqa: S308  made by Django itself
        kept: tuple[object, SafeString] | None = request.__dict__.get("fields_of_forms")
        if kept is None or kept[0] is not token:
            kept = token, self._fields(context, request)
            request.__dict__["fields_of_forms"] = kept
        return kept[1]

    def _fields(self, context: Context, request: HttpRequest) -> SafeString:
        token = mark_safe(super().render(context))  # noqa: S308  made by Django itself
        user = getattr(request, "user", None)
        if not token or user is None or not user.is_authenticated:
            return token
        mark, said = drafts.mark_of(user), ""
        if request.method == "POST":
            # Of a page that answers a form, static/js/drafts.js can't see by itself what was typed.
            said = format_html(' data-unsaved="{}"', request.POST.get(CHANGED, ""))
        return format_html('{}<input type="hidden" name="{}" value="{}"{}>', token, drafts.FIELD, mark, said)


@register.tag
def csrf_token(parser: Parser, token: Token) -> WhoseFormNode:
    return WhoseFormNode()


@register.simple_tag
def draft_cookie() -> str:
    """For static/js/drafts.js, as it sets it."""
    return cookie.as_text()
