"""Accounts in the admin (H1). Writes go through accounts/services.py; nobody is deleted, nobody raises themselves."""

from __future__ import annotations

from typing import Any

import allauth.account.admin
import allauth.mfa.admin  # noqa: F401 - these three register what is taken back below
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts import services
from accounts.admin.forms import POWERS, NewStaffForm, StaffForm, UserForm
from accounts.admin.password_link import PasswordLink
from accounts.admin.second_factor import SecondFactorReset
from accounts.choices import Role, StaffRole
from accounts.invitations.forms import invited_words
from accounts.invitations.services import invite_staff
from accounts.models import User
from accounts.permissions import Can, may
from accounts.signing_in.confirmation import replace_address
from accounts.signing_in.recent_sign_in import ask_for_recent_sign_in
from accounts.staff.admin_pages import Column, StaffPages
from accounts.staff.rights import give_rights, may_change_account, may_give_rights
from core import clock
from core.admin.service_admin import ServiceAdmin
from core.errors import DomainError
from core.text.phones import phone_words

INVITED = _("We’ll e-mail a link to this address, so that its owner can set a password and confirm the address.")

ACTIVATED = ngettext_lazy("%(n)s account activated.", "%(n)s accounts activated.", "n")
DEACTIVATED = ngettext_lazy("%(n)s account deactivated.", "%(n)s accounts deactivated.", "n")

# Kept in step with the account by the services: an edit of its own would let in who knows a stranger's address.
admin.site.unregister(EmailAddress)
admin.site.unregister(Authenticator)
# A bundle of rights, kept as the one table says (accounts/staff/groups.py): who could edit one could raise themselves.
admin.site.unregister(Group)


class NotYours(DomainError):
    message = _("You can’t do this to yourself, and only a superuser can do it to a superuser or an administrator.")
    status = 403


def _works_as(user: User) -> str:
    """The kinds of staff somebody is of, from groups that were read with the list."""
    names = {group.name for group in user.groups.all()}
    return ", ".join(str(kind.label) for kind in StaffRole if kind.group_name in names)


@admin.register(User)
class HmsUserAdmin(PasswordLink, SecondFactorReset, StaffPages, ServiceAdmin):
    form = UserForm
    called = _("accounts")
    called_one = _("account")
    add_words = _("Add an account")
    list_display = ("full_name", "username", "email", "telephone", "role", "works_as", "is_active", "last_login")
    list_filter = ("role", "is_active", "is_superuser", "groups")
    search_fields = (
        *("search_name__holds_word", "email__icontains", "username__icontains", "phone__digits__contains"),
    )
    search_help_text = _("Name, username, e-mail address or phone")
    csv_columns = (
        Column(_("Name"), "full_name"),
        Column(_("Username"), "username"),
        Column(_("E-mail address"), "email"),
        Column(_("Phone"), lambda row: phone_words(row.phone)),
        Column(_("Role"), lambda row: row.get_role_display()),
        Column(_("Staff role"), _works_as),
        Column(_("Superuser"), "is_superuser"),
        Column(_("Active"), "is_active"),
        Column(_("Since"), "date_joined"),
        Column(_("Last signed in"), "last_login"),
    )
    ordering = ("search_name", "pk")
    date_hierarchy = "date_joined"
    actions = ("activate", "deactivate", "export_csv")
    change_form_template = "admin/accounts/user/change_form.html"

    # Who may do what to whom

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and may(request.user, Can.MANAGE_STAFF)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Superusers and administrators are changed by superusers only, their address too; the erased by nobody."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or (obj.erased_at is None and may_change_account(request.user, obj)))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            who = {"fields": ("full_name", "email", "username", "phone"), "description": INVITED}
            return [(None, who), (_("Rights"), {"fields": ("kinds",)})]
        phone = "phone" if self.has_change_permission(request, obj) else "telephone"
        fieldsets = [
            (None, {"fields": ("full_name", "email", phone, "username")}),
            (_("Account"), {"fields": ("role", "is_active", "date_joined", "last_login")}),
        ]
        if may_give_rights(request.user, obj):
            powers = POWERS if request.user.is_superuser else POWERS[:-1]
            fieldsets.append((_("Rights"), {"fields": powers}))
        elif obj.role == Role.STAFF:
            fieldsets.append((_("Rights"), {"fields": ("works_as",)}))
        return fieldsets

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """Who makes or changes an account has shown lately that it is them: its address is the way into it."""
        user = self.get_object(request, object_id) if object_id else None
        if self.has_change_permission(request, user) if user else self.has_add_permission(request):
            ask_for_recent_sign_in(request)
        return super().changeform_view(request, object_id, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return ("username", "telephone", "role", "works_as", "is_active", "date_joined", "last_login") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs |= {"form": NewStaffForm, "fields": NewStaffForm.Meta.fields}
        elif may_give_rights(request.user, obj):
            kwargs["form"] = StaffForm
        return super().get_form(request, obj, change, **kwargs)

    # Writes

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            with transaction.atomic():
                made = invite_staff(**form.account_facts(), by=request.user, now=clock.now())
                give_rights(user=made, kinds=form.cleaned_data["kinds"], by=request.user)
            obj.pk = made.pk
            obj.refresh_from_db()
            return
        data = form.cleaned_data
        with transaction.atomic():
            services.update_account(user=obj, full_name=data["full_name"], phone=data["phone"])
            if "email" in form.changed_data:
                replace_address(request, user=obj, email=data["email"])
            if "kinds" in data and {"kinds", "is_staff", "is_superuser"}.intersection(form.changed_data):
                facts = {"kinds": data["kinds"], "is_staff": data["is_staff"]}
                give_rights(user=obj, **facts, is_superuser=data.get("is_superuser"), by=request.user)

    def said_when_added(self, obj: User) -> str:
        return invited_words(obj.email)

    @admin.action(description=_("Let them sign in again"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._set_active(request, queryset, is_active=True)

    @admin.action(description=_("Stop them signing in (their records are kept)"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._set_active(request, queryset, is_active=False)

    def _set_active(self, request: HttpRequest, queryset: QuerySet[User], *, is_active: bool) -> None:
        def step(user: User) -> bool:
            if user == request.user or not self.has_change_permission(request, user):
                raise NotYours
            return services.set_active(user=user, is_active=is_active)

        self.run_on_each(
            request,
            queryset,
            step=step,
            done=ACTIVATED if is_active else DEACTIVATED,
            logged="Activated." if is_active else "Deactivated.",
            todo=Q(is_active=not is_active),
        )

    @admin.display(description=_("Phone"), ordering="phone")
    def telephone(self, user: User) -> str:
        return phone_words(user.phone)

    @admin.display(description=_("Staff role"))
    def works_as(self, user: User) -> str:
        return _works_as(user)
