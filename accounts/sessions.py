"""Sessions that know whose they are and when they end: session, user and limits come in one query (`SESSION_ENGINE`).

Extends Django's database sessions the documented way:
https://docs.djangoproject.com/en/5.2/topics/http/sessions/#extending-database-backed-session-engines
What a session holds is sealed: the secret of a second factor waits there until its first code was typed.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import url_str_to_user_pk
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest

from accounts.choices import Role
from accounts.models import Session, User
from accounts.selectors import SESSIONS_OF_NOBODY_LAST, session_with_user, waits_for_first_confirmation
from accounts.signing_in.confirmation import send_first_link
from core import clock
from core.crypto import Unreadable, seal, unseal

STEPS_TAKEN_BY = "account_authentication_methods_user"  # allauth's, which has no public name
NOTED_EVERY = timedelta(minutes=1)  # how exactly "last seen" is kept

# The user that came with the session, until the authentication middleware asks for it, once.
_user_of_session: ContextVar[User | None] = ContextVar("user of the session", default=None)


@dataclass(frozen=True, kw_only=True)
class RequestOrigin:
    """Where a request comes from. `by_itself`: the page asks for news, nobody clicked."""

    ip: str | None
    browser: str
    by_itself: bool = False


def has_ended(row: Session, *, role: str, kept: bool, now: datetime) -> bool:
    """Whether a session of somebody of this role is over (`SESSION_LIMITS`: minutes without a click, hours in all).

    `kept`: "Keep me signed in on this device". It spares patients the first limit, nobody the second.
    """
    idle_minutes, hours = settings.SESSION_LIMITS[role]
    if now - row.created_at >= timedelta(hours=hours):
        return True
    spared = kept and role == Role.PATIENT
    return not spared and now - row.last_seen_at >= timedelta(minutes=idle_minutes)


def _is_kept(data: dict[str, Any]) -> bool:
    """allauth writes the lifetime of the cookie into the session: none without the box ticked."""
    lifetime = data.get("_session_expiry")
    return isinstance(lifetime, int) and lifetime > 0


def _pending_user(data: dict[str, Any]) -> int | None:
    """Whose password was given: allauth keeps the sign-in that waits for its next step, and which steps were taken."""
    waiting = (data.get(LOGIN_SESSION_KEY) or {}).get("user_pk")
    if waiting:
        return int(url_str_to_user_pk(waiting))
    return int(data[STEPS_TAKEN_BY]) if data.get(STEPS_TAKEN_BY) else None


class SessionStore(DatabaseStore):
    visit: RequestOrigin | None = None  # the middleware says
    timed_out = False
    _row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    # What it holds, sealed

    def encode(self, session_dict: dict[str, Any]) -> str:
        return seal(super().encode(session_dict))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Nothing when no key opens it: the person signs in again."""
        try:
            return super().decode(unseal(session_data))
        except Unreadable:
            return {}

    # Reading

    def load(self) -> dict[str, Any]:
        row = self._get_session_from_db()
        if row is None:
            return {}
        data, now = self.decode(row.session_data), clock.now()
        if row.user and has_ended(row, role=row.user.role, kept=_is_kept(data), now=now):
            return self._end(row)
        self._row = row
        _user_of_session.set(row.user)
        if row.user:
            self._note_visit(row, now)
        return data

    def _get_session_from_db(self) -> Session | None:
        _user_of_session.set(None)
        row = session_with_user(self.session_key, clock.now()) if self.session_key else None
        if row is None:
            self._session_key = None
        return row

    def _end(self, row: Session) -> dict[str, Any]:
        Session.objects.filter(pk=row.pk).delete()
        self._session_key, self.timed_out = None, True
        return {}

    def _note_visit(self, row: Session, now: datetime) -> None:
        """When they were here last, once a minute at most."""
        if self.visit is None or self.visit.by_itself or now - row.last_seen_at < NOTED_EVERY:
            return
        row.last_seen_at, row.ip, row.browser = now, self.visit.ip, self.visit.browser
        Session.objects.filter(pk=row.pk).update(last_seen_at=now, ip=row.ip, browser=row.browser)

    # Writing

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        before, now = self._row, clock.now()
        if row.user_id is None:
            row.expire_date = min(row.expire_date, now + SESSIONS_OF_NOBODY_LAST)
            row.pending_user_id = _pending_user(data)
        goes_on = before is not None and before.user_id == row.user_id
        row.created_at = before.created_at if goes_on else now  # type: ignore[union-attr]
        row.last_seen_at = before.last_seen_at if goes_on else now  # type: ignore[union-attr]
        if self.visit is not None:
            row.ip, row.browser = self.visit.ip, self.visit.browser
        elif before is not None:
            row.ip, row.browser = before.ip, before.browser
        self._row = row
        return row


class SessionUserBackend(AuthenticationBackend):
    """allauth's backend, which takes the user that came with the session instead of asking again."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:  # type: ignore[override]
        """One hash for every name. allauth would try an address twice, and so tell by the time which ones there are."""
        if credentials.get("email") and credentials.get("username"):
            del credentials["email"]  # the same again: a username is looked for among addresses as well
        found: User | None = super().authenticate(request, **credentials)
        if found is not None and waits_for_first_confirmation(found):
            if request is not None:
                send_first_link(request, found)
            return None
        return found

    def get_user(self, user_id: Any) -> User | None:
        user = _user_of_session.get()
        _user_of_session.set(None)
        if user is None or user.pk != int(user_id):
            return super().get_user(user_id)
        return user if self.user_can_authenticate(user) else None
