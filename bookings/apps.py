from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "bookings"

    def ready(self) -> None:
        from accounts import access  # noqa: PLC0415 - models are ready only now
        from bookings.calendars import feeds  # noqa: PLC0415
        from bookings.choices import STATUS_TAGS  # noqa: PLC0415
        from core import status_tags  # noqa: PLC0415

        status_tags.register(STATUS_TAGS)
        access.register(feeds.ACCESS)
