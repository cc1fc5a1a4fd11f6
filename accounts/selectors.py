"""Reading accounts."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.choices import Role
from accounts.models import Invitation, SecondFactor, Session, User
from core import clock
from core.postgres.prepared import Columns, Prepared, related, run
from core.text.addresses import normal_or_lower

# Recovery codes alone are none: they stand in for a factor that is lost.
_FACTORS = SecondFactor.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
SESSIONS_OF_NOBODY_LAST = timedelta(days=1)  # anybody makes sessions nobody is signed in to
_SESSION, _USER = Columns(Session, "session"), Columns(User, "account")


def email_is_taken(email: str, *, besides: User | None = None) -> bool:
    """Whether an account, other than `besides`, has this address, however it is written."""
    accounts = User.objects.filter(email__iexact=normal_or_lower(email))
    if besides is not None:
        accounts = accounts.exclude(pk=besides.pk)
    return accounts.exists()


def account_with_email(email: str) -> User | None:
    """The account this address is the present one of, however it is written."""
    return User.objects.filter(email__iexact=normal_or_lower(email)).first()


def waits_for_first_confirmation(user: User) -> bool:
    """Whether they signed up on our pages and have not shown yet that the address is theirs: nobody is let in before.

    Else a stranger who signs up with somebody's address would learn from the next sign-in whether it was new to us.
    """
    return user.role != Role.STAFF and not user.email_verified and user.last_login is None


def username_is_taken(username: str) -> bool:
    """Whether an account has this username in any spelling of capitals."""
    return User.objects.filter(username__iexact=username).exists()


def account_named(login: str) -> User | None:
    """The account somebody means who types `login` to sign in: an e-mail address or a username, capitals aside."""
    return (
        User.objects.filter(email__iexact=normal_or_lower(login)).order_by("pk").first()
        or User.objects.filter(username__iexact=login).order_by("pk").first()
    )


def email_of(user: User) -> str:
    """The address as it is kept, whatever a form has written into this copy of the account."""
    return User.objects.values_list("email", flat=True).get(pk=user.pk)


def proposed_addresses(user: User) -> QuerySet[EmailAddress]:
    """Addresses the person wants instead of the present one and has not confirmed yet; one at most."""
    return EmailAddress.objects.filter(user=user, verified=False).exclude(email__iexact=user.email)


def has_second_factor(user: User) -> bool:
    """Whether signing in takes a second step. The session has brought the answer along."""
    known: bool | None = getattr(user, "has_second_factor", None)
    return _FACTORS.filter(user=user).exists() if known is None else known


def second_factors_of(user: User) -> QuerySet[SecondFactor]:
    """Their app, passkeys and recovery codes."""
    return SecondFactor.objects.filter(user=user).order_by("created_at", "pk")


def typed_second_factors(user: User) -> QuerySet[SecondFactor]:
    """What is typed: the code of an app, first, or a recovery code."""
    typed = second_factors_of(user).exclude(type=Authenticator.Type.WEBAUTHN)
    return typed.order_by("-type", "pk")


def other_second_factors(factor: Authenticator) -> QuerySet[SecondFactor]:
    """What is left to sign in with when this one goes."""
    return _FACTORS.filter(user=factor.user).exclude(pk=factor.pk)


def sessions_of(user: User) -> QuerySet[Session]:
    """Where they are signed in, the latest first. One that is over by the clock is still there until it is used."""
    return Session.objects.filter(user=user, expire_date__gt=clock.now()).order_by("-last_seen_at", "pk")


def sessions_last(role: Role) -> timedelta:
    """How long after signing in a session of somebody of this role is over at the latest."""
    return timedelta(hours=settings.SESSION_LIMITS[role][1])


def sessions_over(now: datetime) -> QuerySet[Session]:
    """Those nobody can come back to. Each change of a session puts off its own end, not that of who is signed in."""
    over = Q(expire_date__lt=now)
    for role in Role:
        over |= Q(user__role=role, created_at__lt=now - sessions_last(role))
    return Session.objects.filter(over)


def invitation_of(user: User) -> Invitation | None:
    """The link sent to somebody who has not set a password yet, also one that has run out or was ended."""
    return Invitation.objects.filter(user=user).first()


def session_with_user(session_key: str, now: datetime) -> Session | None:
    """The session that has not expired, with its user, of whom it says whether they have a second step.

    Each request begins with this one statement.
    """
    found = run(_session_with_user().call(session_key, now))
    if found is None:
        return None
    values = iter(found)
    two_steps, row, user = next(values), _SESSION.read(values), _USER.read(values)
    related(row, "user", user)
    if user is not None:
        user.has_second_factor = two_steps  # type: ignore[attr-defined]
    return row


@cache
def _session_with_user() -> Prepared:
    text = f"""
        SELECT EXISTS (
            SELECT FROM mfa_authenticator
            WHERE user_id = session.user_id AND type <> '{Authenticator.Type.RECOVERY_CODES}'
        ), {_SESSION}, {_USER}
        FROM accounts_session session LEFT JOIN accounts_user account ON account.id = session.user_id
        WHERE session.session_key = $1 AND session.expire_date > $2
    """  # noqa: S608 - names of columns and a constant
    return Prepared("session_with_user", ["text", "timestamptz"], text)
