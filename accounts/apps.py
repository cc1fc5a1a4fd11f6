from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import audit_trail  # noqa: PLC0415 - models are ready only now

        audit_trail.listen()
