"""Row locks on accounts and what hangs on them. The order of all locks stands in docs/locking.md: accounts last."""

from __future__ import annotations

from accounts.models import Invitation, User


def account(user_id: int) -> User:
    """Lock an account, freshly read."""
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=user_id)


def invited(digest: str) -> User | None:
    """Lock the account a link was made for; None when the link is dead. The invitation's own lock comes after it."""
    rows = User.objects.select_for_update(of=("self",), no_key=True)
    return rows.filter(invitation__digest=digest).first()


def invitation(digest: str) -> Invitation | None:
    """Lock the invitation a link was made for, whose account is locked; None when the link is dead."""
    rows = Invitation.objects.select_for_update(of=("self",), no_key=True).select_related("user")
    return rows.filter(digest=digest).first()
