from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = _("Personal data")

    def ready(self) -> None:
        from core.backup.services import backed_up  # noqa: PLC0415 - models are ready only now
        from privacy.erasure_list import keep_beside  # noqa: PLC0415

        backed_up.connect(keep_beside, dispatch_uid="list of erasures")
