"""What a page of the admin shows of a field nobody types into: no link to a page that would be refused."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.admin.helpers import AdminReadonlyField
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def read_only(context: template.Context, field: AdminReadonlyField) -> str | SafeString:
    """As Django writes it, but a record that whoever looks may not open is named without a link."""
    return _Unlinked(field, context["request"]).contents()


class _Unlinked(AdminReadonlyField):
    def __init__(self, shown: AdminReadonlyField, request: Any) -> None:
        self.__dict__.update(shown.__dict__)
        self._request = request

    def get_admin_url(self, remote_field: Any, remote_obj: Any) -> str | SafeString:
        pages = self.model_admin.admin_site._registry.get(remote_field.model)  # noqa: SLF001
        if pages is None or not pages.has_view_permission(self._request, remote_obj):
            return str(remote_obj)
        return super().get_admin_url(remote_field, remote_obj)
