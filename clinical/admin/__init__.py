"""Importing the modules registers their pages with the admin."""

from clinical.admin import emergency_access

__all__ = ["emergency_access"]
