"""Which messages are to, or about, a person: the outbox knows them by their streams alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from allauth.account.models import EmailAddress
from django.db.models import Q

from accounts.models import User
from billing.models import Invoice
from bookings.models import Booking, WaitingEntry
from bookings.waiting_list.selectors import entries_in_place_of
from core.crypto import Unreadable
from integrations.models import MessageQuerySet, OutgoingMessage
from integrations.outbox import account_mail_stream
from privacy.data_subjects import DataSubject
from reports.messages import report_stream


def messages_of(person: DataSubject) -> MessageQuerySet:
    """Every message to the person, and those to others about their appointments."""
    return messages_in(streams_of(person))


def messages_in(streams: Iterable[str]) -> MessageQuerySet:
    """The messages of these streams; one that ends in "*" means all that begin so."""
    names, beginnings = [], Q(pk__in=[])
    for stream in streams:
        if stream.endswith("*"):
            beginnings |= Q(stream__startswith=stream.removesuffix("*"))
        else:
            names += [stream, *_as_readers_have_them(stream)]
    return MessageQuerySet(OutgoingMessage).filter(Q(stream__in=names) | beginnings)


def _as_readers_have_them(stream: str) -> list[str]:
    """An erasure from before streams were each reader's own has kept "booking:<uid>" for both of them."""
    is_of_both = stream.startswith("booking:") and stream.count(":") == 1
    return [f"{stream}:patient", f"{stream}:doctor"] if is_of_both else []


def streams_of(person: DataSubject) -> set[str]:
    """As they stand now: after an erasure nobody could tell."""
    return set(_streams(person))


def _streams(person: DataSubject) -> Iterator[str]:
    for pk in person.users:
        yield from (
            f"account:{pk}",
            f"account-mail:{pk}",
            f"google-leave:{pk}",
            f"google-broken:{pk}",
            f"google:{pk}:*",
            f"exports:{pk}",
        )
    if person.user:
        yield from (account_mail_stream(None, address) for address in _addresses_of(person.user))
    yield from (erasure_stream(pk) for pk in person.own_patients)
    # Of people they have removed, too: their own name and address stand in those messages.
    patients = person.own_patients | person.ever_cared_for
    yield from (f"record-access:{pk}" for pk in patients)
    invoices = Invoice.objects.filter(patient__in=patients)
    yield from (f"invoice:{pk}" for pk in invoices.values_list("pk", flat=True))
    yield from (report_stream(pk) for pk in person.doctors)
    bookings = Booking.objects.filter(Q(patient__in=patients) | Q(doctor__in=person.doctors))
    known = ("calendar_uid", "doctor__user_id", "doctor_event_id", "patient__guardian_id", "patient_event_id")
    for uid, doctor, event, guardian, own_event in bookings.values_list(*known):
        yield from (f"booking:{uid}:patient", f"booking:{uid}:doctor", f"booking:{uid}:record")
        yield f"google:{doctor}:{event}"
        if guardian is not None:  # whose calendar has the appointments of those they care for
            yield f"google:{guardian}:{own_event}"
    waiting = WaitingEntry.objects.filter(Q(patient__in=patients) | Q(doctor__in=person.doctors))
    yield from (f"waiting:{pk}" for pk in waiting.values_list("pk", flat=True))
    if person.doctors:  # whoever was offered a colleague was told in whose place
        offered = entries_in_place_of(person.doctors)
        yield from (f"waiting:{pk}" for pk in offered.values_list("pk", flat=True))


def _addresses_of(user: User) -> set[str]:
    """What was sent to an address before there was an account is known by that address alone: those of today, and the
    earlier ones that what was sent to the account still says."""
    known = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    sent = OutgoingMessage.objects.filter(stream__in=[f"account:{user.pk}", account_mail_stream(user, "")])
    for message in sent.filter(content_erased_at__isnull=True):
        try:
            known.add(message.data["to"]["email"])
        except Unreadable:
            continue  # its key is gone: nobody reads it any more, and the night empties it
    return known - {""}


def erasure_stream(patient_id: int) -> str:
    """Of the last message to a patient without an account."""
    return f"erasure:{patient_id}"
