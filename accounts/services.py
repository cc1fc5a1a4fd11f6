"""Making and changing accounts. Patients and doctors are made by their own apps, through `create_account`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts import access, known_browsers, locks
from accounts.choices import Role
from accounts.drafts import services as drafts
from accounts.models import Invitation, Session, User
from accounts.rules import EmailTaken, UsernameTaken
from accounts.selectors import proposed_addresses, second_factors_of, sessions_of
from audit import services as audit
from audit.choices import Kind
from core import clock
from core.db import short_transaction
from core.errors import Busy, DomainError, translated
from core.text.addresses import normal_or_lower


class Erased(DomainError):
    message = _("This person’s data has been erased, so nothing can be changed or reopened.")


# What the database says of an erased person (accounts/erasure_triggers.py, accounts/models.py).
ERASED_ERRORS: Mapping[str, type[DomainError]] = {"erased_stays_erased": Erased, "nothing_for_the_erased": Erased}

# Named constraints become a sentence, whichever road the row came by.
ACCOUNT_ERRORS: Mapping[str, type[DomainError]] = {
    "user_email_unique": EmailTaken,
    "user_username_unique": UsernameTaken,
    "accounts_user_username_key": UsernameTaken,
    "unique_verified_email": EmailTaken,
    **ERASED_ERRORS,
}


def lock_not_erased(user: User) -> User:
    """Lock the account, of somebody who is not erased by then: nothing is done to them any more. Raises Erased."""
    fresh = locks.account(user.pk)
    if fresh.erased_at is not None:
        raise Erased
    return fresh


class AccountChanged(DomainError):
    message = _("Your account has changed since you started. Sign in again, then try once more.")


def lock_as_seen(user: User) -> None:
    """Lock the account, still open, and with the password and security stamp it had when this request looked.

    Whoever makes something that lets somebody in, or data out, asks it last, in the same transaction: who ends all
    access in the same moment either sees what was made (`access.check_all_ended`), or has changed the stamp by the time
    this one has the lock, and it does not come to be. Raises AccountChanged.
    """
    fresh = locks.account(user.pk)
    if not fresh.is_active or fresh.erased_at is not None or _seen_of(fresh) != _seen_of(user):
        raise AccountChanged


def _seen_of(user: User) -> tuple[str, int]:
    return user.password, user.security_stamp


def _end_all(user: User, *, besides: str | None = None, now: datetime) -> User:
    """All that ends access goes this way: end it, lock the account, change its stamp, and look whether any is left.

    The caller writes what else there is to write of the account afterwards. Answers the account as it is under the
    lock. Raises Erased, Busy.
    """
    access.end_all(user=user, now=now, besides=besides)
    fresh = lock_not_erased(user)
    _change_stamp(user)
    access.check_all_ended(user, besides=besides)
    return fresh


def _change_stamp(user: User) -> None:
    """No session of before goes on by itself, and nothing comes to be that was asked for before."""
    User.objects.filter(pk=user.pk).update(security_stamp=F("security_stamp") + 1)
    user.refresh_from_db(fields=["security_stamp"])


def change_password(*, user: User, password: str, besides: str | None, ends_all: bool = False, now: datetime) -> None:
    """The person's own change: nobody stays signed in by the old one but the session with the key `besides`.

    With `ends_all` all else that lets somebody in, or data out, ends as well. The session that goes on is told with
    `update_session_auth_hash`. Raises AccountChanged, Erased, Busy.
    """
    seen = _seen_of(user)
    user.set_password(password)  # slow on purpose: before anything is locked
    with translated(ACCOUNT_ERRORS), short_transaction():
        if ends_all:
            fresh = _end_all(user, besides=besides, now=now)
        else:
            end_sessions(user=user, besides=besides)
            fresh = lock_not_erased(user)
        if _seen_of(fresh) != seen:
            raise AccountChanged  # by a mailed link, say: the later password would be the thief's
        user.save(update_fields=["password"])


def set_password_by_link(*, user: User, password: str, now: datetime) -> None:
    """Whoever holds the mailbox takes the account back: nothing that let anybody in before does so any more.

    Raises Erased, Busy.
    """
    user.set_password(password)  # slow on purpose: before anything is locked
    with translated(ACCOUNT_ERRORS), short_transaction():
        _end_all(user, now=now)
        user.save(update_fields=["password"])
        _address_is_theirs(User.objects.get(pk=user.pk))


def _address_is_theirs(user: User) -> None:
    """The link came there. Who never confirmed the address when they signed up has done so by now."""
    if not user.email_verified:
        EmailAddress.objects.filter(pk=address_of(user).pk).update(verified=True, primary=True)
        user.email_verified = True


def end_all_access(*, user: User, besides: str, now: datetime) -> None:
    """The owner's wish: only the session with the key `besides` goes on, told with `update_session_auth_hash`.

    Raises AccountChanged, Erased, Busy.
    """
    seen = _seen_of(user)
    with translated(ACCOUNT_ERRORS), short_transaction():
        if _seen_of(_end_all(user, besides=besides, now=now)) != seen:
            raise AccountChanged


def end_other_sessions(*, user: User, besides: str) -> None:
    """Only the session with the key `besides` goes on, told with `update_session_auth_hash`; calendars stay.

    Raises AccountChanged, Busy.
    """
    with translated(ACCOUNT_ERRORS), short_transaction():
        end_sessions(user=user, besides=besides)
        lock_as_seen(user)
        _change_stamp(user)


class AccountClosed(DomainError):
    message = _("This account has been closed. Nothing was changed.")


def lock_open(user: User) -> User:
    """Lock the account, of somebody who may still act by then; last of all locks. Raises AccountClosed."""
    fresh = locks.account(user.pk)
    if not fresh.is_active:
        raise AccountClosed
    return fresh


def create_account(
    *, role: Role, username: str, email: str, password: str | None, full_name: str, phone: str = ""
) -> User:
    """Make a user and their e-mail address row; to be called inside the caller's transaction.

    The caller makes the profile in the same transaction (A5), and wraps it in `translated(ACCOUNT_ERRORS)`.
    A `password` of None makes an account that can't be signed in to until one is set.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("create_account must run inside the transaction that makes the profile")
    user = User(
        username=User.normalize_username(username),
        email=normal_or_lower(email),
        full_name=" ".join(full_name.split()),
        phone=phone.strip(),
        role=role,
    )
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    return user


def update_account(*, user: User, full_name: str, phone: str) -> User:
    """Change what a person may change about themselves. The e-mail address has its own, verified road.

    Locks the account: whoever writes a profile too does so before (docs/locking.md). Raises Erased, Busy.
    """
    with translated(ACCOUNT_ERRORS), transaction.atomic():
        lock_not_erased(user)
        user.full_name = " ".join(full_name.split())
        user.phone = phone.strip()
        user.save(update_fields=["full_name", "phone"])
    return user


def change_email(*, user: User, email: str) -> User:
    """Give an account another e-mail address, unverified. Raises EmailTaken, Erased, Busy.

    The caller has asked for the password just before: who holds the address can claim the account.
    """
    with translated(ACCOUNT_ERRORS), transaction.atomic():
        lock_not_erased(user)
        user.email = normal_or_lower(email)
        user.save(update_fields=["email"])
        EmailAddress.objects.filter(user=user).delete()
        end_invitation(user=user, now=clock.now())  # whoever got it must not confirm another address
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
        user.email_verified = False
    return user


def end_invitation(*, user: User, now: datetime) -> None:
    """The link is dead. The row stays: it says that they were invited, and may be again."""
    Invitation.objects.filter(user=user, expires_at__gt=now).update(expires_at=now)


def propose_email(*, user: User, email: str) -> EmailAddress:
    """An address that takes the place of the present one once its owner has followed the link sent there.

    It replaces an earlier proposal, whose link no longer works. Raises Erased.
    """
    with transaction.atomic():
        fresh = lock_not_erased(user)
        withdraw_proposed_email(user=user)
        if not fresh.email_verified:  # perhaps a stranger's, mistyped: a link sent there must not confirm it any more
            EmailAddress.objects.filter(user=user).delete()
        address: EmailAddress = EmailAddress.objects.create(
            user=user, email=normal_or_lower(email), primary=False, verified=False
        )
    return address


def withdraw_proposed_email(*, user: User) -> None:
    """Stay with the present address; links sent to a proposed one stop working."""
    proposed_addresses(user).delete()


def address_of(user: User) -> EmailAddress:
    """The row of the present address, made where there is none: accounts from the command line have none."""
    address, _made = EmailAddress.objects.get_or_create(
        user=user, email=normal_or_lower(user.email), defaults={"primary": True}
    )
    return address


def create_staff(
    *, username: str, email: str, password: str | None, full_name: str, phone: str = "", is_superuser: bool = False
) -> User:
    """Make an account that may enter the admin; what it may do there is up to its groups, or everything.

    Raises EmailTaken, UsernameTaken.
    """
    with translated(ACCOUNT_ERRORS), transaction.atomic():
        user = create_account(
            role=Role.STAFF, username=username, email=email, password=password, full_name=full_name, phone=phone
        )
        user.is_staff, user.is_superuser = True, is_superuser
        user.save(update_fields=["is_staff", "is_superuser"])
    return user


def set_active(*, user: User, is_active: bool) -> bool:
    """Let a member of staff sign in, or not any more; their records stay. Says whether this call changed it.

    Raises HasClosingProcess for doctors and patients: their appointments come first (bookings/departures/,
    bookings/account_closure/).
    """
    if user.role != Role.STAFF:
        raise HasClosingProcess
    with translated(ACCOUNT_ERRORS), transaction.atomic():
        if not is_active:
            end_sessions(user=user)
            _change_stamp(user)
        return bool(User.objects.filter(pk=user.pk, is_active=not is_active).update(is_active=is_active))


# The address of who has none any more: nothing is ever delivered there (RFC 2606).
ERASED_ADDRESS = "@erased.invalid"


class HasClosingProcess(DomainError):
    message = _(
        "To close a doctor’s or patient’s account, use its own page, "
        "where you’ll decide about upcoming appointments first."
    )
    code = "has_own_way"


def close_account(*, user: User) -> None:
    """Nobody signs in with it any more, here or anywhere; to be called inside the caller's transaction.

    What belongs to the role (appointments, calendars) is the caller's to settle in the same transaction.
    """
    end_sessions(user=user)
    withdraw_proposed_email(user=user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    _change_stamp(user)  # a session that begins meanwhile is not one of theirs when the account is opened again
    end_invitation(user=user, now=clock.now())


def forget_addresses(*, user: User) -> None:
    """No e-mail address of theirs is known any more; to be called inside the transaction that erases them."""
    EmailAddress.objects.filter(user=user).delete()
    Invitation.objects.filter(user=user).delete()


def forget_in_cache(*, user: User) -> None:
    """Neither a form they had not sent yet nor where they signed in from; as soon as the transaction is committed."""
    transaction.on_commit(partial(drafts.drop_all, user.pk))
    transaction.on_commit(partial(known_browsers.forget_addresses, user))


def reopen_account(*, user: User) -> None:
    """They can sign in again, with the password they had; to be called last in the caller's transaction.

    Locks the account and decides on what it is then. Raises Erased.
    """
    lock_not_erased(user)
    User.objects.filter(pk=user.pk).update(is_active=True)
    user.is_active = True


def end_session(*, user: User, handle: str, besides: str | None = None) -> bool:
    """Sign one of the person's browsers out, not the one with the session key `besides`. Says whether there was one."""
    others = sessions_of(user).exclude(session_key=besides or "")
    row = next((row for row in others if row.handle == handle), None)
    if row is None:
        return False
    with transaction.atomic():
        row.delete()
        audit.record(Kind.SESSION_ENDED, target=user, details={"browser": row.browser})
    return True


def forget_pending_sign_ins(*, user: User) -> None:
    """Where their password was given and the second step never came: what was typed, and from where."""
    Session.objects.filter(pending_user=user).delete()


def end_sessions(*, user: User, besides: str | None = None) -> int:
    """Sign the person out everywhere, but for the session with the key `besides`. Says of how many.

    Who waits at the second step is told to begin again (accounts/signing_in/pending_sign_in.py).
    """
    with transaction.atomic():
        ended, _rows = Session.objects.filter(user=user).exclude(session_key=besides or "").delete()
        if ended:
            audit.record(Kind.SESSION_ENDED, target=user, details={"sessions": ended})
    return ended


def reset_second_factor(*, user: User) -> bool:
    """Take all second factors of somebody who has lost theirs, and end all that let them in; they are told by mail.

    Whoever calls this has made sure, not by mail alone, who is asking. Says whether there was one.
    Raises Erased, Busy.
    """
    with translated(ACCOUNT_ERRORS), transaction.atomic():
        removed, _rows = second_factors_of(user).delete()
        if not removed:
            lock_not_erased(user)
            return False
        _end_all(user, now=clock.now())
        if second_factors_of(user).exists():
            raise Busy  # set up in between
        audit.record(Kind.SECOND_FACTOR_REMOVED, target=user, details={"type": "all, reset by staff"})
        get_adapter().send_mail("mfa/email/second_factor_reset", user.email, {"user": user})
    return True


def tell_of_recovery_code(*, user: User) -> None:
    """A recovery code was used: the owner hears of it, in case it was somebody else."""
    get_adapter().send_mail("mfa/email/recovery_code_used", user.email, {"user": user})
