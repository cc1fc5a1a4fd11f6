"""Which messages are to, or about, a person: the outbox knows them by their streams alone."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from bookings.models import Booking, WaitingEntry
from integrations.models import OutgoingMessage
from privacy.people import Person

AT_ONCE = 500


def messages_of(person: Person) -> QuerySet[OutgoingMessage]:
    """Every message to the person, and every one to doctors about their appointments."""
    wanted = Q(pk__in=[])
    streams = list(_streams(person))
    if streams:
        wanted |= Q(stream__in=streams)
    for prefix in _prefixes(person):
        wanted |= Q(stream__startswith=prefix)
    return OutgoingMessage.objects.filter(wanted)


def _streams(person: Person) -> Iterator[str]:
    for pk in person.users:
        yield from (f"account:{pk}", f"account-mail:{pk}", f"google-leave:{pk}", f"google-broken:{pk}", f"erasure:{pk}")
    for pk in person.own_patients:
        yield f"erasure-patient:{pk}"
    if person.user:
        # What was sent to the address before there was an account (integrations/account_mails.py).
        yield f"account-mail:{salted_hmac('account mail', person.user.email.lower()).hexdigest()}"
    for uid, doctor, event in person.bookings.values_list("calendar_uid", "doctor__user_id", "doctor_event_id"):
        yield f"booking:{uid}"
        yield f"google:{doctor}:{event}"
    for entry in WaitingEntry.objects.filter(patient__in=person.patients).values_list("pk", flat=True):
        yield f"waiting:{entry}"
    for uid in Booking.objects.filter(doctor__in=person.doctors).values_list("calendar_uid", flat=True):
        yield f"booking:{uid}"


def _prefixes(person: Person) -> Iterator[str]:
    for pk in person.users:
        yield f"google:{pk}:"
