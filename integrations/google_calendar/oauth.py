"""Google's OAuth 2 web flow: https://developers.google.com/identity/protocols/oauth2/web-server.

Nothing here knows of sessions, pages or rows. What goes wrong is said in a sentence, never in Google's own words.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from core.errors import DomainError
from integrations.errors import TemporaryFailure, TimedOut, VendorAway
from integrations.google_calendar import config

logger = logging.getLogger(__name__)

LIFETIME = timedelta(minutes=10)
_ALREADY_GONE = 400  # RFC 7009 section 2.2 would say 200; Google says invalid_token
_OK = 200


class ConsentRefused(DomainError):
    message = _("You didn’t allow it, so your calendar isn’t connected. Nothing was changed.")
    code = "calendar_not_allowed"


class StartAgain(DomainError):
    message = _(
        "That answer from Google doesn’t belong to anything you started here, or it came too late. Start again."
    )
    code = "calendar_answer_unknown"


class NotAnswered(DomainError):
    message = _("Google couldn’t finish connecting your calendar. Nothing was changed: please start again.")
    code = "calendar_not_answered"


class NothingGranted(DomainError):
    message = _(
        "Google didn’t give us lasting permission to add appointments to your calendar. "
        "Start again, and leave the box about your events ticked."
    )
    code = "calendar_nothing_granted"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One started connection. Kept in the session, under its `state`, until Google answers or ten minutes are over."""

    user_id: int
    verifier: str
    busy_times: bool
    started_at: datetime

    def is_open(self, *, user_id: int, now: datetime) -> bool:
        return self.user_id == user_id and self.started_at <= now < self.started_at + LIFETIME

    def as_data(self) -> dict[str, Any]:
        return {
            "user": self.user_id,
            "verifier": self.verifier,
            "busy_times": self.busy_times,
            "started_at": self.started_at.isoformat(),
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Attempt:
        return cls(
            user_id=data["user"],
            verifier=data["verifier"],
            busy_times=data["busy_times"],
            started_at=datetime.fromisoformat(data["started_at"]),
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class Grant:
    """What Google gave. No repr: a token must never reach a log."""

    refresh_token: str
    scopes: frozenset[str]


def start(*, user_id: int, busy_times: bool, now: datetime) -> tuple[str, str, Attempt]:
    """Where to send the browser, the `state` it will bring back, and what to remember meanwhile."""
    # RFC 7636 section 4.1: 43 to 128 characters
    attempt = Attempt(user_id=user_id, verifier=secrets.token_urlsafe(64), busy_times=busy_times, started_at=now)
    # Consent each time: only then does Google give a refresh token again to somebody who once had one.
    address, state = _flow(attempt).authorization_url(
        access_type="offline", prompt="consent", state=secrets.token_urlsafe(32)
    )
    return address, state, attempt


def finish(*, attempt: Attempt, code: str) -> Grant:
    """Exchange the code Google sent. Raises NotAnswered, NothingGranted. Speaks to Google: never in a transaction."""
    token = _fetch(_flow(attempt), code)
    refresh_token, scope = token.get("refresh_token"), token.get("scope", "")
    granted = frozenset(scope.split() if isinstance(scope, str) else map(str, scope))
    if not isinstance(refresh_token, str) or not refresh_token or config.EVENTS_SCOPE not in granted:
        raise NothingGranted
    return Grant(refresh_token=refresh_token, scopes=granted)


def revoke(token: str) -> None:
    """Take our permission back at Google; one that is gone already counts. Raises TemporaryFailure."""
    try:
        answer = requests.post(
            settings.GOOGLE_REVOKE_URI,
            data={"token": token},
            timeout=config.TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.Timeout:
        raise TimedOut("Google didn’t answer in time when asked to revoke") from None
    except requests.RequestException as error:
        raise VendorAway(f"Google couldn’t be reached to revoke ({type(error).__name__})") from None
    if answer.status_code not in {_OK, _ALREADY_GONE}:
        raise TemporaryFailure(f"Google answered {answer.status_code} to revoking")


def _flow(attempt: Attempt) -> Flow:
    config.allow_plain_http_at_home()
    flow: Flow = Flow.from_client_config(
        config.client_config(),
        scopes=config.scopes(busy_times=attempt.busy_times),
        redirect_uri=settings.GOOGLE_REDIRECT_URI,
        code_verifier=attempt.verifier,
        autogenerate_code_verifier=False,
    )
    return flow


def _fetch(flow: Flow, code: str) -> dict[str, Any]:
    """The token answer. Whatever Google's answer does to the library, the person gets words and the log no secret."""
    try:
        return dict(flow.fetch_token(code=code, timeout=config.TIMEOUT_SECONDS))
    except Warning as warning:  # oauthlib's way to say that not every box was left ticked
        return dict(getattr(warning, "token", {}))
    except OAuth2Error as error:
        logger.warning("Google refused a code: %s", error.error)
    except Exception as error:
        logger.warning("Google's answer to a code was of no use: %s", type(error).__name__)
    raise NotAnswered
