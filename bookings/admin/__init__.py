"""Appointments and all that belongs to them in the admin (H1). Each module registers its models."""

from bookings.admin import bookings, closures, reviews, time_off, waiting_list

__all__ = ["bookings", "closures", "reviews", "time_off", "waiting_list"]
