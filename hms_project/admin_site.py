"""Django admin for staff: our name on it, and sign-in through the one sign-in page."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock
from hms_project import admin_index

# The parts of the admin, where an app's own name is a programmer's.
SECTIONS = {
    "billing": _("Invoices and payments"),
    "bookings": _("Appointments"),
    "doctors": _("Doctors and times"),
    "integrations": _("Messages and calendars"),
}

View = Callable[..., HttpResponse]


class TellingChoices(AutocompleteJsonView):
    """Search results in the words of the model's admin (`autocomplete_label`): two patients may share a name."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        label = getattr(self.model_admin, "autocomplete_label", str)
        return {"id": str(getattr(obj, to_field_name)), "text": label(obj)}


class HmsAdminSite(admin.AdminSite):
    site_header = format_lazy(_("{hospital} staff"), hospital=settings.HOSPITAL_NAME)
    site_title = settings.HOSPITAL_NAME
    index_title = _("Records")
    enable_nav_sidebar = False  # the lists need the width

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")  # nothing here may be deleted by the dozen

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """As Django's, but who is signed in and not staff is told so (403) instead of being sent to sign in."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return guarded(request, *args, **kwargs)

        return update_wrapper(inner, guarded)

    def get_urls(self) -> list[Any]:
        """One history for everything: the audit trail, also of what happened outside of the admin."""
        route = "<slug:app>/<slug:model>/<path:object_id>/history/"
        return [path(route, self.admin_view(self.history), name="any_history"), *super().get_urls()]

    def history(self, request: HttpRequest, app: str, model: str, object_id: str) -> HttpResponse:
        """To the trail of one row, for whoever may read the trail."""
        if not request.user.has_perm("audit.view_entry"):
            raise PermissionDenied
        asked = urlencode({"about": f"{app}.{model}:{unquote(object_id)}"})
        return redirect(f"{reverse('admin:audit_entry_changelist')}?{asked}")

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """One sign-in for everyone: throttled, and with a second factor where there is one."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("account_login"))
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect("admin:index")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """As Django's, in the words of the hospital."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = SECTIONS.get(app["app_label"], app["name"])
        for model in (model for app in apps for model in app["models"]):
            called = getattr(self.get_model_admin(model["model"]), "called", "")
            model["name"] = capfirst(called) if called else model["name"]
        return apps

    def index(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """What staff do every day and what waits for them; below it all records, by what each may do."""
        daily, waits = admin_index.daily(request.user), admin_index.waiting(request.user, clock.now())
        context = {"daily": daily, "waiting": waits, "title": gettext("Staff room"), **(extra_context or {})}
        return super().index(request, context)

    def logout(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """One sign-out for everyone."""
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """One page to change a password, which judges the old one under the same limits as the sign-in."""
        return redirect("account_change_password")

    def password_change_done(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        return redirect("admin:index")

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return TellingChoices.as_view(admin_site=self)(request)
