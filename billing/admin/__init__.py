"""Importing the modules registers their pages with the admin."""

from billing.admin import doctor_fees, invoices, money_moved

__all__ = ["doctor_fees", "invoices", "money_moved"]
