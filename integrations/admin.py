"""Messages in the admin: what was sent, what waits, what failed and why, and sending it again (D3)."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import clock
from core.crypto import Unreadable
from core.service_admin import ServiceAdmin
from integrations import services
from integrations.models import OutgoingMessage

# Whoever reads such a link could use it in the person's place: not even shown to those who may read messages.
_ONE_TIME = {"PASSWORD_RESET", "EMAIL_VERIFICATION"}
_KEYS_OF_ONE_TIME = {"url", "code"}


@admin.register(OutgoingMessage)
class OutgoingMessageAdmin(ServiceAdmin):
    list_display = ("action", "status", "attempts", "created_at", "due_at", "settled_at", "last_error")
    list_filter = ("status", "action", "channel")
    search_fields = ("message_id", "stream")
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    actions = ("send_again",)
    fields = (
        "action",
        "status",
        "last_error",
        "attempts",
        ("created_at", "due_at"),
        ("settled_at", "expires_at"),
        "message_id",
        "stream",
        "says",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutgoingMessage | None = None) -> bool:
        return False

    def has_send_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("integrations.change_outgoingmessage"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutgoingMessage]:
        return super().get_queryset(request).defer("content")

    def get_fields(self, request: HttpRequest, obj: OutgoingMessage | None = None) -> Any:
        """To whom and what: only for those who may read it."""
        may_read = request.user.has_perm("integrations.view_message_content")
        return self.fields if may_read else [name for name in self.fields if name != "says"]

    @admin.display(description="To whom, and what it says")
    def says(self, message: OutgoingMessage) -> SafeString | str:
        try:
            data = message.data
        except Unreadable:
            return "No key in FIELD_ENCRYPTION_KEYS opens it."
        if message.action in _ONE_TIME:
            data = {name: value for name, value in data.items() if name not in _KEYS_OF_ONE_TIME}
        data.pop("calendar", None)
        return format_html('<pre class="message-content">{}</pre>', json.dumps(data, indent=2, ensure_ascii=False))

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutgoingMessage]) -> None:
        now = clock.now()
        self.run_on_each(
            request, queryset, step=lambda message: services.resend(message=message, now=now), done="queued again"
        )
