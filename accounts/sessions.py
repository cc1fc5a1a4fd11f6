"""Sessions that know whose they are: the session and its user come in one query (`SESSION_ENGINE`).

Extends Django's database sessions the documented way:
https://docs.djangoproject.com/en/5.2/topics/http/sessions/#extending-database-backed-session-engines
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.core.exceptions import SuspiciousOperation

from accounts.models import Session, User
from core import clock

# The user that came with the session, until the authentication middleware asks for it, once.
_user_of_session: ContextVar[User | None] = ContextVar("user of the session", default=None)


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return row

    def _get_session_from_db(self) -> Session | None:
        _user_of_session.set(None)
        try:
            row = Session.objects.select_related("user").get(session_key=self.session_key, expire_date__gt=clock.now())
        except (Session.DoesNotExist, SuspiciousOperation):
            self._session_key = None
            return None
        _user_of_session.set(row.user)
        return row


class SessionUserBackend(AuthenticationBackend):
    """allauth's backend, which takes the user that came with the session instead of asking again."""

    def get_user(self, user_id: Any) -> User | None:
        user = _user_of_session.get()
        _user_of_session.set(None)
        if user is None or user.pk != int(user_id):
            return super().get_user(user_id)
        return user if self.user_can_authenticate(user) else None
