"""E-mail addresses in the one form in which they are kept from here on (core/text/addresses.py).

Where two accounts have one mailbox in two spellings, the one whose address is confirmed gets the normal form; of two
that are alike in that the one that has it already, else the one that is active, else the older. The other keeps its
spelling, is named in the output, and its owner signs in by username until staff have settled it. So is an account that
has the mailbox twice itself: both rows stay as they are.

The site may run: a row is written only while it is as it was read, and read anew otherwise.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import IntegrityError, migrations, transaction

import accounts.models
from core.text.addresses import normal_or_lower
from core.text.refold import TRIES, batches

logger = logging.getLogger(__name__)


class Changed(Exception):
    """Somebody wrote the account since it was read."""


def to_one_form(apps: Any, schema_editor: Any) -> None:
    alias = schema_editor.connection.alias
    users = apps.get_model("accounts", "User").objects.using(alias)
    addresses = apps.get_model("account", "EmailAddress").objects.using(alias)
    kept = users.filter(erased_at__isnull=True)
    odd = [user.pk for batch in batches(kept.only("pk", "email")) for user in batch if _is_odd(user.email)]
    order = kept.filter(pk__in=odd).order_by("-email_verified", "-is_active", "pk")
    for pk in list(order.values_list("pk", flat=True)):
        _settle(pk, users, addresses, alias)


def _settle(pk: int, users: Any, addresses: Any, alias: str) -> None:
    for _try in range(TRIES):
        user = users.filter(pk=pk, erased_at__isnull=True).first()
        if user is None or not _is_odd(user.email):
            return
        try:
            with transaction.atomic(using=alias):
                _settle_one(user, users, addresses)
        except Changed:
            continue
        except IntegrityError:  # an address row has the normal form already: theirs, or a confirmed one of somebody
            logger.warning(
                "account %s has an e-mail address whose normal form stands in another row; both are left as they are: "
                "settle it in the admin",
                pk,
            )
        return
    raise RuntimeError(f"account {pk} is changed all the time: run the migration again")


def _settle_one(user: Any, users: Any, addresses: Any) -> None:
    wanted = normal_or_lower(user.email)
    other = users.filter(email__iexact=wanted).exclude(pk=user.pk).first()
    if other is None:
        _rewrite(user, users, addresses, wanted)
    elif user.email_verified and not other.email_verified:
        _swap(user, other, users, addresses, wanted)
        _warn(user, other)
    else:
        _warn(other, user)


def _is_odd(email: str) -> bool:
    return normal_or_lower(email) != email


def _rewrite(user: Any, users: Any, addresses: Any, wanted: str) -> None:
    """The account first, which locks it. Raises Changed."""
    if not users.filter(pk=user.pk, email=user.email).update(email=wanted):
        raise Changed
    addresses.filter(user_id=user.pk, email__iexact=user.email).update(email=wanted)
    user.email = wanted


def _swap(user: Any, other: Any, users: Any, addresses: Any, wanted: str) -> None:
    """The confirmed one gets the normal form, the other the spelling that was the first's."""
    spelling, aside = user.email, f"{user.pk}@aside.invalid"
    _rewrite(user, users, addresses, aside)
    _rewrite(other, users, addresses, spelling)
    _rewrite(user, users, addresses, wanted)


def _warn(first: Any, second: Any) -> None:
    logger.warning(
        "accounts %s and %s have one e-mail address in two spellings; %s keeps its spelling: settle it in the admin",
        *(first.pk, second.pk, second.pk),
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0009_folded_names"), ("account", "0001_initial")]
    operations = [
        migrations.AlterField(
            model_name="user",
            name="email",
            field=accounts.models.AddressModelField(max_length=254, verbose_name="e-mail address"),
        ),
        migrations.RunPython(to_one_form, migrations.RunPython.noop),
    ]
