from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = "Personal data"

    def ready(self) -> None:
        from core.backup.services import backed_up  # noqa: PLC0415 - models are ready only now
        from privacy.erasure_list import keep_beside  # noqa: PLC0415

        backed_up.connect(keep_beside, dispatch_uid="list of erasures")
