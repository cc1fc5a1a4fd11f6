from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "bookings"

    def ready(self) -> None:
        from accounts import access  # noqa: PLC0415 - models are ready only now
        from bookings.calendars import feeds  # noqa: PLC0415

        access.register(feeds.ACCESS)
