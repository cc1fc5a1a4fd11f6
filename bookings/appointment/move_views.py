"""Moving an appointment: choose a time, check, one button (C7). GET asks, POST moves."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from bookings import rules, states
from bookings.actors import actor_of
from bookings.appointment.forms import IdempotencyForm
from bookings.appointment.move_page import MovePage, check_page, gone_page, refusal_words
from bookings.choices import Status
from bookings.links import detail_url
from bookings.models import Booking
from bookings.permissions import refusal_to_move
from bookings.presenters import already_moved_words, moved_words, when_words
from bookings.services import move as moving
from bookings.services.move import move as move_booking
from bookings.shortcuts import visible_booking
from bookings.states import Actor
from core import clock
from core.errors import Busy, DomainError
from core.web.next_url import safe_next
from core.web.refusal_pages import form_again, refused
from doctors.models import Slot
from doctors.selectors import slot_for_booking

FURTHEST = timedelta(days=2 * 366)
_FINAL = (states.TransitionRefused, rules.TooLateToMove)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.MOVE_BOOKING)
def move(request: SignedInRequest, reference: str) -> HttpResponse:
    """The doctor's other times; with `?slot=` "move from … to …"; POST moves. Too late: the phone number instead."""
    now = clock.now()
    booking = visible_booking(request, reference)
    slot_id = _slot_id(request.GET.get("slot", ""))
    if request.method == "POST" and slot_id is not None:
        return _move(request, booking, slot_id, now)
    if booking.successor:
        return _already_moved(request, booking)
    refusal = refusal_to_move(booking, actor_of(request.user, booking), now)
    if refusal is not None:
        return _refused(request, booking, refusal)
    if slot_id is not None:
        return _check(request, booking, slot_id, IdempotencyForm(initial={"idempotency_key": uuid4().hex}), now=now)
    return _choose(request, booking, now)


def _slot_id(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None


def _next(request: SignedInRequest) -> str:
    return safe_next(request, default="")


def _choose(request: SignedInRequest, booking: Booking, now: datetime) -> HttpResponse:
    by_patient = actor_of(request.user, booking) == Actor.PATIENT
    waiting_url = reverse("bookings:waiting_join", args=[booking.doctor.slug]) if by_patient else ""
    page = MovePage(
        booking,
        viewer=request.user,
        chosen=_chosen_day(request, now),
        next_url=_next(request),
        waiting_url=waiting_url,
        now=now,
    )
    return render(request, "bookings/appointment/move.html", {"page": page})


def _chosen_day(request: SignedInRequest, now: datetime) -> date | None:
    """The day asked for, when there can be free times on it."""
    try:
        chosen = date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return None
    today = clock.hospital_day(now)
    return chosen if today <= chosen <= today + FURTHEST else None


def _check(
    request: SignedInRequest, booking: Booking, slot_id: UUID, form: IdempotencyForm, *, now: datetime
) -> HttpResponse:
    slot = slot_for_booking(slot_id)
    if slot is None or slot.doctor_id != booking.doctor_id or not slot.is_free or slot.starts_at <= now:
        return _gone(request, booking, slot_id, rules.SlotTaken(), now)
    page = check_page(booking, slot, viewer=request.user, next_url=_next(request))
    return render(request, "bookings/appointment/move_check.html", {"page": page, "form": form})


def _move(request: SignedInRequest, booking: Booking, slot_id: UUID, now: datetime) -> HttpResponse:
    form = IdempotencyForm(request.POST)
    if not form.is_valid():
        return _check(request, booking, slot_id, form, now=now)
    key = form.cleaned_data["idempotency_key"] or None
    try:
        new = move_booking(booking=booking, to_slot_id=slot_id, by=request.user, idempotency_key=key, now=now)
    except Busy as error:
        return form_again(error, form, partial(_check, request, booking, slot_id, form, now=now))
    except moving.AlreadyMoved:
        return _already_moved(request, visible_booking(request, booking.reference))
    except _FINAL as error:
        return refused(error, partial(_refused, request, visible_booking(request, booking.reference), error))
    except DomainError as error:
        return _gone(request, booking, slot_id, error, now)
    messages.success(request, moved_words(new))
    return HttpResponseRedirect(safe_next(request, default=detail_url(new)))


def _already_moved(request: SignedInRequest, booking: Booking) -> HttpResponse:
    now_at = booking.successor or booking
    messages.info(request, already_moved_words(now_at))
    return redirect("bookings:detail", now_at.reference)


def _refused(request: SignedInRequest, booking: Booking, error: DomainError) -> HttpResponse:
    is_too_late = isinstance(error, rules.TooLateToMove)
    context = {
        "refusal": refusal_words(error, is_too_late=is_too_late),
        "is_too_late": is_too_late,
        "when": when_words(booking),
        "doctor_name": booking.doctor.display_name,
        "back_url": safe_next(request, default=detail_url(booking)),
    }
    return render(request, "bookings/appointment/move_refused.html", context)


def _gone(request: SignedInRequest, booking: Booking, slot_id: UUID, error: DomainError, now: datetime) -> HttpResponse:
    slot = slot_for_booking(slot_id)
    heading, sentence = _gone_words(booking, slot, error, by_patient=actor_of(request.user, booking) == Actor.PATIENT)
    page = gone_page(
        booking,
        slot=slot,
        heading=heading,
        sentence=sentence,
        viewer=request.user,
        next_url=_next(request),
        now=now,
    )
    return refused(error, lambda: render(request, "bookings/appointment/move_gone.html", {"page": page}))


def _gone_words(booking: Booking, slot: Slot | None, error: DomainError, *, by_patient: bool) -> tuple[str, str]:
    stays = (
        _("Nothing was changed. The request is still for %(when)s.")
        if booking.status == Status.PENDING
        else _("Nothing was changed. The appointment is still on %(when)s.")
    )
    keeps = stays % {"when": when_words(booking)}
    if isinstance(error, moving.SameSlot) or (slot is not None and slot.pk == booking.slot_id):
        return _("It’s already at this time"), keeps
    if isinstance(error, rules.SlotTaken):
        return _("Someone has just taken this time"), keeps
    if isinstance(error, rules.PatientBusy) and not by_patient:
        return _("The patient has another appointment at this time"), keeps
    return error.message.rstrip("."), keeps
