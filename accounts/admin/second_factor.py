"""Taking the second factor of somebody who has lost theirs (A6), once staff have made sure who is asking."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import Can, may
from accounts.selectors import second_factors_of
from accounts.services import reset_second_factor
from accounts.signing_in.recent_sign_in import requires_recent_sign_in

_WORDS = {
    Authenticator.Type.TOTP: _("authenticator app"),
    Authenticator.Type.WEBAUTHN: _("passkey"),
    Authenticator.Type.RECOVERY_CODES: _("recovery codes"),
}


class SecondFactorReset:
    """For the admin of accounts: a page of its own, with confirmation, in the audit trail, told to the person."""

    def get_urls(self) -> list[Any]:
        reset = self.admin_site.admin_view(self.second_factor_view)  # type: ignore[attr-defined]
        return [path("<int:pk>/second-factor/", reset, name="reset_second_factor"), *super().get_urls()]  # type: ignore[misc]

    def may_reset_second_factor(self, request: HttpRequest, user: User) -> bool:
        """Never one's own: who holds a stolen session would be rid of it. Those of staff only superusers."""
        allowed = may(request.user, Can.MANAGE_STAFF) and user != request.user
        allowed = allowed and (request.user.is_superuser or not user.is_hospital_staff)
        return allowed and self.has_change_permission(request, user)  # type: ignore[attr-defined]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        user = kwargs.get("obj")
        context["may_reset_second_factor"] = user is not None and self.may_reset_second_factor(request, user)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    @method_decorator(requires_recent_sign_in)
    def second_factor_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = self.get_object(request, str(pk))  # type: ignore[attr-defined]
        if user is None:
            raise Http404
        if not self.may_reset_second_factor(request, user):
            raise PermissionDenied
        if request.method == "POST":
            return self._reset(request, user)
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": gettext("Reset the second step of %(name)s") % {"name": user},
            "opts": self.opts,  # type: ignore[attr-defined]
            "original": user,
            "factors": [_WORDS[factor.type] for factor in second_factors_of(user)],
        }
        return TemplateResponse(request, "admin/accounts/user/second_factor.html", context)

    def _reset(self, request: HttpRequest, user: User) -> HttpResponse:
        done = reset_second_factor(user=user)
        told = (
            gettext("%(name)s can now sign in with just their password. We’ll tell them by e-mail.")
            if done
            else gettext("%(name)s has no second step.")
        )
        self.message_user(request, told % {"name": user})  # type: ignore[attr-defined]
        if done:
            self.log_change(request, user, message="Second step reset.")  # type: ignore[attr-defined]
        return redirect(reverse("admin:accounts_user_change", args=[user.pk]))
