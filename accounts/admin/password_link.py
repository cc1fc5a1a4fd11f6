"""Helping somebody who can't sign in any more (H1): a link is mailed to them, and only they ever know the password."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import Can, may
from accounts.signing_in.forms import ResetPasswordForm
from accounts.signing_in.recent_sign_in import requires_recent_sign_in
from audit import services as audit
from audit.choices import Kind


def send_password_link(request: HttpRequest, *, user: User) -> bool:
    """Mail the link of "Forgotten your password?", and say so in the audit trail. Says whether there was one to mail:
    a closed account gets none."""
    form = ResetPasswordForm({"email": user.email})
    if not form.is_valid() or form.users != [user]:
        return False
    with transaction.atomic():
        audit.record(Kind.PASSWORD_LINK_SENT, target=user)
        form.save(request)
    return True


class PasswordLink:
    """For the admin of accounts: a page of its own, with confirmation. Whoever was invited has the invitation."""

    def get_urls(self) -> list[Any]:
        send = self.admin_site.admin_view(self.password_link_view)  # type: ignore[attr-defined]
        return [path("<int:pk>/password-link/", send, name="send_password_link"), *super().get_urls()]  # type: ignore[misc]

    def may_send_password_link(self, request: HttpRequest, user: User) -> bool:
        """Not one's own, which has a page; to superusers and administrators only superusers."""
        open_account = user.is_active and user.has_usable_password() and user != request.user
        allowed = open_account and may(request.user, Can.MANAGE_STAFF)
        return allowed and self.has_change_permission(request, user)  # type: ignore[attr-defined,no-any-return]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        user = kwargs.get("obj")
        context["may_send_password_link"] = user is not None and self.may_send_password_link(request, user)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    @method_decorator(requires_recent_sign_in)
    def password_link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = self.get_object(request, str(pk))  # type: ignore[attr-defined]
        if user is None:
            raise Http404
        if not self.may_send_password_link(request, user):
            raise PermissionDenied
        if request.method == "POST":
            return self._send(request, user)
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": _("Send %(name)s a link to choose a new password") % {"name": user},
            "opts": self.opts,  # type: ignore[attr-defined]
            "original": user,
        }
        return TemplateResponse(request, "admin/accounts/user/password_link.html", context)

    def _send(self, request: HttpRequest, user: User) -> HttpResponse:
        sent = send_password_link(request, user=user)
        told = (
            _("A link is on its way to %(email)s.") % {"email": user.email}
            if sent
            else _("%(name)s has no e-mail address, so we can’t send a link.") % {"name": user}
        )
        self.message_user(request, told)  # type: ignore[attr-defined]
        if sent:
            self.log_change(request, user, message="Link to choose a new password sent.")  # type: ignore[attr-defined]
        return redirect(reverse("admin:accounts_user_change", args=[user.pk]))
