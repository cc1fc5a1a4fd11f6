"""Messages in the admin: what was sent, what waits, what failed and why, and sending it again (D3)."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.staff.admin_pages import Column, StaffPages
from core import clock
from core.admin.lists import matching
from core.admin.service_admin import ReadOnlyAdmin, ServiceAdmin
from core.crypto import Unreadable
from core.text.folding import search_words
from integrations import outbox
from integrations.choices import MessageStatus, message_choices, message_label
from integrations.models import GoogleConnection, OutgoingMessage

# Whoever reads such a link could use it in the person's place: not even shown to those who may read messages.
_ONE_TIME = {"PASSWORD_RESET", "EMAIL_VERIFICATION", "INVITATION"}
_KEYS_OF_ONE_TIME = {"url", "code"}
PEOPLE = ("search_name__holds_word", "email__icontains", "username__icontains", "phone__digits__contains")
MOST_PEOPLE = 200


class ActionFilter(admin.SimpleListFilter):
    title = _("message")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return message_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutgoingMessage]) -> QuerySet[OutgoingMessage]:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(OutgoingMessage)
class OutgoingMessageAdmin(StaffPages, ServiceAdmin):
    called = _("messages")
    called_one = _("message")
    list_display = ("what", "status", "attempts", "created_at", "due_at", "settled_at", "last_error")
    list_filter = ("status", ActionFilter, "channel")
    search_fields = ("stream__istartswith", "message_id__istartswith")
    search_help_text = _("Name, e-mail address or phone of an account holder, or the message’s ID")
    linked_lookups = frozenset({"stream__startswith"})
    csv_columns = (
        Column(_("Message"), lambda row: message_label(row.action)),
        Column(_("Channel"), lambda row: row.get_channel_display()),
        Column(_("Status"), lambda row: row.get_status_display()),
        Column(_("Tries"), "attempts"),
        Column(_("Written at"), "created_at"),
        Column(_("Due at"), "due_at"),
        Column(_("Settled at"), "settled_at"),
        Column(_("Last error"), "last_error"),
        Column(_("Id"), "message_id"),
    )
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    actions = ("send_again", "export_csv")
    fields = (
        "what",
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

    @admin.display(description=_("To whom, and what it says"))
    def says(self, message: OutgoingMessage) -> SafeString | str:
        try:
            data = message.data
        except Unreadable:
            return gettext("No key in FIELD_ENCRYPTION_KEYS opens it.")
        if message.action in _ONE_TIME:
            data = {name: value for name, value in data.items() if name not in _KEYS_OF_ONE_TIME}
        data.pop("calendar", None)
        return format_html('<pre class="message-content">{}</pre>', json.dumps(data, indent=2, ensure_ascii=False))

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutgoingMessage]) -> None:
        """What later news has overtaken is dropped instead, and told by its number."""
        now, not_sent = clock.now(), 0

        def send(message: OutgoingMessage) -> bool:
            nonlocal not_sent
            try:
                outbox.resend(message=message, now=now)
            except (outbox.Overtaken, outbox.TooLate):
                not_sent += 1
                return False
            return True

        self.run_on_each(
            request,
            queryset,
            step=send,
            done=ngettext_lazy("%(n)s message queued again.", "%(n)s messages queued again.", "n"),
            logged="Queued again.",
            todo=Q(status=MessageStatus.FAILED),
        )
        if not_sent:
            told = ngettext(
                "%(count)s was out of date or too late, so it wasn’t sent and counts as done.",
                "%(count)s were out of date or too late, so they weren’t sent and count as done.",
                not_sent,
            ) % {"count": f"{not_sent:,}"}
            self.message_user(request, told, messages.WARNING)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[OutgoingMessage], search_term: str
    ) -> tuple[QuerySet[OutgoingMessage], bool]:
        """To whom a message goes is sealed; whose account it is about is not."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if not search_words(search_term):
            return found, may_repeat
        people = User.objects.filter(matching(User, search_term, PEOPLE)).values_list("pk", flat=True)[:MOST_PEOPLE]
        streams = [f"{kind}:{key}" for key in people for kind in ("account", "account-mail")]
        return (queryset.filter(stream__in=streams) if streams else found), may_repeat

    @admin.display(description=_("Message"), ordering="action")
    def what(self, message: OutgoingMessage) -> str:
        return message_label(message.action)


@admin.register(GoogleConnection)
class GoogleConnectionAdmin(StaffPages, ReadOnlyAdmin):
    """Who has connected their Google Calendar, and how it goes. Never the token: it opens their calendar."""

    called = _("google connections")
    called_one = _("google connection")
    list_display = ("user", "role", "status", "google_email", "connected_at", "broken_at", "closes_busy_times")
    list_filter = ("status", "closes_busy_times", "user__role")
    list_select_related = ("user",)
    search_fields = (
        *("user__search_name__holds_word", "user__email__icontains", "user__username__icontains"),
        *("user__phone__digits__contains", "google_email__icontains"),
    )
    search_through = ("user",)
    search_help_text = _("Name, username, e-mail address or phone")
    fields = (
        *("user", "role", "status", "google_email", "connected_at", "broken_at", "told_at"),
        *("backfilled_at", "closes_busy_times", "busy_looked_at"),
    )
    readonly_fields = fields
    date_hierarchy = "connected_at"
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[GoogleConnection]:
        return super().get_queryset(request).defer("sealed_token", "scopes")

    @admin.display(description=_("Role"), ordering="user__role")
    def role(self, connection: GoogleConnection) -> str:
        return str(connection.user.get_role_display())
