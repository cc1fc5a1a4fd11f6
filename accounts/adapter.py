"""How allauth fits into the hospital."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """allauth's own sign-up page asks for no role: ours, one for patients and one for doctors, do."""
        return False
