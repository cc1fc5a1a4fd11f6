"""`{% csrf_token %}` of every form, which also says whose page it is on. A template builtin, over Django's own."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.drafts import services as drafts
from accounts.models import User
from core.forms.typed import CHANGED

register = template.Library()


class WhoseFormNode(CsrfTokenNode):
    def render(self, context: Context) -> SafeString:
        token = mark_safe(super().render(context))  # noqa: S308  made by Django itself
        request = getattr(context, "request", None)
        user = getattr(request, "user", None)
        if not token or user is None or not user.is_authenticated:
            return token
        mark, said = _mark_on(request, user), ""
        if request.method == "POST":
            # Of a page that answers a form, static/js/drafts.js can't see by itself what was typed.
            said = format_html(' data-unsaved="{}"', request.POST.get(CHANGED, ""))
        return format_html('{}<input type="hidden" name="{}" value="{}"{}>', token, drafts.FIELD, mark, said)


def _mark_on(request: HttpRequest, user: User) -> str:
    """Signed once for each page: a list has hundreds of forms."""
    kept: tuple[int, str] | None = request.__dict__.get("mark_of_forms")
    if kept is None or kept[0] != user.pk:
        kept = user.pk, drafts.mark_of(user)
        request.__dict__["mark_of_forms"] = kept
    return kept[1]


@register.tag
def csrf_token(parser: Parser, token: Token) -> WhoseFormNode:
    return WhoseFormNode()
