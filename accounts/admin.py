"""Accounts in the admin (H1). Writes go through accounts/services.py; nobody is deleted, nobody raises themselves."""

from __future__ import annotations

from typing import Any

import allauth.account.admin  # noqa: F401 - registers what is taken back below
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts import services
from accounts.admin_forms import POWERS, NewStaffForm, UserForm
from accounts.choices import Role
from accounts.confirmation import replace_address
from accounts.models import User
from core.errors import DomainError
from core.service_admin import ServiceAdmin

# Kept in step with the account by the services: an edit of its own would let in who knows a stranger's address.
admin.site.unregister(EmailAddress)
admin.site.unregister(Group)


class NotYours(DomainError):
    message = "Only a superuser may do this, and nobody to themselves."


@admin.register(Group)
class SuperuserGroupAdmin(GroupAdmin):
    """A group is a bundle of rights: who could edit one could raise themselves."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


@admin.register(User)
class HmsUserAdmin(ServiceAdmin):
    form = UserForm
    list_display = ("full_name", "username", "email", "phone", "role", "is_active", "last_login")
    list_filter = ("role", "is_active", "is_superuser", "groups")
    search_fields = ("full_name", "search_name", "email", "phone", "username")
    ordering = ("search_name", "pk")
    date_hierarchy = "date_joined"
    filter_horizontal = ("groups", "user_permissions")
    actions = ("activate", "deactivate")
    change_form_template = "admin/accounts/user/change_form.html"

    # Who may do what to whom

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Accounts that carry rights are changed by superusers only, the e-mail address first of all."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.role != Role.STAFF or request.user.is_superuser)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("full_name", "email", "username", "phone", "password")})]
        fieldsets = [
            (None, {"fields": ("full_name", "email", "phone", "username")}),
            ("Account", {"fields": ("role", "is_active", "date_joined", "last_login")}),
        ]
        if self._may_give_powers(request, obj):
            fieldsets.append(("Rights", {"fields": POWERS}))
        return fieldsets

    def _may_give_powers(self, request: HttpRequest, obj: User) -> bool:
        return request.user.is_superuser and obj.role == Role.STAFF and obj != request.user

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return ("username", "role", "is_active", "date_joined", "last_login") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs |= {"form": NewStaffForm, "fields": NewStaffForm.Meta.fields}
        return super().get_form(request, obj, change, **kwargs)

    # Writes

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            made = services.create_staff(**form.account_facts())
            obj.pk = made.pk
            obj.refresh_from_db()
            return
        data = form.cleaned_data
        with transaction.atomic():
            services.update_account(user=obj, full_name=data["full_name"], phone=data["phone"])
            if "email" in form.changed_data:
                replace_address(request, user=obj, email=data["email"])
            powers = [name for name in ("is_staff", "is_superuser") if name in data]
            if powers:
                obj.save(update_fields=powers)

    @admin.action(description="Let them sign in again", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._set_active(request, queryset, is_active=True)

    @admin.action(description="Stop them signing in; their records stay", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._set_active(request, queryset, is_active=False)

    def _set_active(self, request: HttpRequest, queryset: QuerySet[User], *, is_active: bool) -> None:
        def step(user: User) -> bool:
            if user == request.user or not self.has_change_permission(request, user):
                raise NotYours
            return services.set_active(user=user, is_active=is_active)

        self.run_on_each(request, queryset, step=step, done="activated" if is_active else "deactivated")

    # Another's password

    def get_urls(self) -> list[Any]:
        password = self.admin_site.admin_view(self.password_view)
        return [path("<id>/password/", password, name="auth_user_password_change"), *super().get_urls()]

    def password_view(self, request: HttpRequest, id: str) -> HttpResponse:  # noqa: A002 - Django's name for it
        """Django's page to set somebody's password, for superusers."""
        if not request.user.is_superuser:
            raise PermissionDenied
        return UserAdmin(User, self.admin_site).user_change_password(request, id)
