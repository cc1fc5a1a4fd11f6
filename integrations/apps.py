from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"

    def ready(self) -> None:
        from accounts import access  # noqa: PLC0415 - models are ready only now
        from integrations import checks  # noqa: F401, PLC0415
        from integrations.google_calendar import services as google_calendar  # noqa: PLC0415

        access.register(google_calendar.ACCESS)
