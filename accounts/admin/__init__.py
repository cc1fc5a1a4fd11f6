"""Accounts in the admin (H1). The module registers its models."""

from accounts.admin import users

__all__ = ["users"]
