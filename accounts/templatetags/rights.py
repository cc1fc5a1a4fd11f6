"""Whether a link leads anywhere for its reader: `{% load rights %}{% if user|may:"MANAGE_DOCTORS" %}`."""

from __future__ import annotations

from django import template
from django.contrib.auth.models import AnonymousUser

from accounts import permissions
from accounts.models import User

register = template.Library()


@register.filter
def may(user: User | AnonymousUser, permission: str) -> bool:
    """The page behind the link asks again. A permission that does not exist is an error."""
    return permissions.may(user, permissions.Can[permission])
