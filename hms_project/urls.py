"""Every address of the site. Addresses are a promise: people bookmark them and messages link to them."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from accounts.second_factor import views as security_views
from core.web import health

urlpatterns = [
    # Tried in this order: where most people go stands first.
    path("", include("doctors.urls")),
    path("", include("bookings.urls")),
    path("", include("accounts.urls")),
    # allauth's addresses and names, before allauth's own views.
    path("accounts/2fa/recovery-codes/", security_views.see_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "accounts/2fa/recovery-codes/download/",
        security_views.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path(
        "accounts/2fa/recovery-codes/generate/",
        security_views.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("accounts/2fa/totp/activate/", security_views.activate_app, name="mfa_activate_totp"),
    path("accounts/2fa/webauthn/add/", security_views.add_passkey, name="mfa_add_webauthn"),
    path("accounts/2fa/webauthn/login/", security_views.login_by_passkey, name="mfa_login_webauthn"),
    path("accounts/", include("allauth.urls")),
    path("", include("patients.urls")),
    path("", include("clinical.urls")),
    path("", include("billing.urls")),
    path("", include("reports.urls")),
    path("", include("exports.urls")),
    path("", include("privacy.urls")),
    path("", include("dashboards.urls")),
    path("admin/", admin.site.urls),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("dev/gallery/", include("core.gallery.views")),
    path("", include("integrations.google_calendar.urls")),
    path("dev/inbox/", include("integrations.local_inbox.urls")),
]

handler400 = "core.web.error_views.handler400"
handler403 = "core.web.error_views.handler403"
handler404 = "core.web.error_views.handler404"
handler429 = "core.web.error_views.handler429"
handler500 = "core.web.error_views.handler500"
