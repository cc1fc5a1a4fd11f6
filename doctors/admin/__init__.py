"""Doctors, departments and diaries in the admin (H1). Each module registers its models."""

from doctors.admin import departments, doctors, slots, weekly_hours

__all__ = ["departments", "doctors", "slots", "weekly_hours"]
