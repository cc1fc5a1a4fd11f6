from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from allauth.mfa.models import Authenticator  # noqa: PLC0415 - models are ready only now

        from accounts import audit_trail, checks, own_access  # noqa: F401, PLC0415
        from accounts.drafts import views as drafts  # noqa: PLC0415
        from accounts.second_factor import services as second_factor  # noqa: PLC0415

        audit_trail.listen()
        user_logged_in.connect(drafts.offer_at_sign_in, dispatch_uid="drafts")
        own_access.register_own()
        post_save.connect(second_factor.end_sessions_from_before, sender=Authenticator, dispatch_uid="sessions")
