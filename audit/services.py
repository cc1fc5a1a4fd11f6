"""What the rest of the hospital calls: `record` what leaves no row behind, `because` to say why."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import models, transaction
from django.http import HttpRequest
from django.urls import resolve

from audit import context, refusal_limits, suppression
from audit.choices import Kind
from audit.entries import Detail, entry_of
from audit.triggers import key_of
from core import clock

job = context.job  # with job("command load_demo"): what is written inside says so

logger = logging.getLogger(__name__)


def record(
    kind: Kind,
    *,
    actor: Any = None,
    target: models.Model | None = None,
    details: Mapping[str, Detail] | None = None,
    about: Iterable[models.Model] = (),
) -> None:
    """Put one entry in the audit trail that no change of a row would put there.

    `actor`   whose account did it; empty: whoever is signed in in this request.
    `target`  the row it was done to: an account whose session was ended, a patient whose data was read.
    `details` a few plain facts, such as {"list": "appointments", "rows": 120}. They stay for ever and whoever may read
              the trail reads them: no name, no way to reach anybody, nothing clinical, no secret, nothing typed.
    `about`   what else it is found by: the patient whose records were read, each of the records.

    Address, request id, page and reason are added by themselves. Written in the transaction that is open, if any: with
    what it tells of or not at all. Raises what the database raises; so what must not happen unrecorded does not.
    Kinds that a stranger can cause at will (`audit.choices.REFUSALS`) are told by `refused` instead.

        audit.record(Kind.EXPORTED, details={"list": "appointments", "rows": len(rows)})
        audit.record(Kind.PERSONAL_DATA_READ, target=patient)
        audit.record(Kind.SECOND_FACTOR_ADDED, target=user, details={"type": "totp"})
    """
    entry = entry_of(kind, actor=actor, target=target, details=details or {})
    entry.about = list(dict.fromkeys([*entry.about, *map(key_of, about)]))
    entry.save(force_insert=True)


def personal_data_read(people: Iterable[models.Model], *, what: str) -> None:
    """Somebody else than the person is about to be shown what is personal or clinical: one entry, however many people.

    `what` names the page or list in plain words. Call it before the page is drawn: it raises when it can't be written,
    and then nobody is shown anything.
    """
    rows = list({key_of(person): person for person in people}.values())
    if not rows:
        return
    target = rows[0] if len(rows) == 1 else None
    entry = entry_of(Kind.PERSONAL_DATA_READ, target=target, details={"what": what, "people": len(rows)})
    entry.about = [key_of(person) for person in rows]
    entry.save(force_insert=True)


def refused(
    kind: Kind = Kind.REFUSED,
    *,
    actor: Any = None,
    target: models.Model | None = None,
    details: Mapping[str, Detail] | None = None,
) -> None:
    """Tell of a refusal: as `record`, but it never breaks the page, is limited in number (refusal_limits: the rest is
    counted), and must be called outside of the transaction that is rolled back for it.

    `target` is the account somebody tried to get into, where there is one.
    """
    entry = entry_of(kind, actor=actor, target=target, details=details or {})
    refusal = refusal_limits.Refusal(
        kind=str(kind),
        account=str(entry.actor_id or entry.object_id),
        role=entry.actor_role or str(getattr(target, "role", "")),
        address=entry.address,
        place=entry.place,
    )
    try:
        verdict = refusal_limits.check(refusal)
        if verdict is refusal_limits.Verdict.SILENT:
            suppression.count(refusal, now=clock.now())
            return
        if verdict is refusal_limits.Verdict.LAST:
            entry.details = {**entry.details, "more": "only counted for a while"}
        with transaction.atomic():
            entry.save(force_insert=True)
    except Exception:
        # Who was refused stays refused, and is told so; that nobody wrote it down, the operator's log says.
        logger.exception("A refusal could not be written down: %s", kind)


def set_actor(user: Any) -> None:
    """From here on in this request, what is done is done by `user`: they have just signed in."""
    context.add(**context.actor_facts(user))


def set_page(request: HttpRequest) -> None:
    """From here on, what is done is done on the page whose address `request` has now.

    allauth goes on inside the request that answered "is it you?" with the page that was left for the question.
    """
    request.resolver_match = resolve(request.path_info)
    context.add(place=context.place_of(request))


@contextmanager
def with_reason(reason: str) -> Iterator[None]:
    """Say why, of all that is written inside, where a member of staff typed it knowing that it is kept.

    Never with what a patient or a doctor typed: that may be clinical, and the trail is for ever. Empty: no reason.
    """
    with context.audit_context(**({"reason": reason[: context.LONGEST_REASON]} if reason else {})):
        yield
