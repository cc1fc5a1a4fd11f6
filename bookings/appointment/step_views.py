"""What changes an appointment: cancelling, and the steps of a visit. GET asks, POST does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import Can, may, requires
from accounts.requests import SignedInRequest
from bookings.actors import actor_of
from bookings.appointment.forms import CancelForm
from bookings.appointment.step_pages import STEP_WORDS, cancel_page, step_page, undo_page, undone_words
from bookings.choices import Status
from bookings.links import detail_url
from bookings.models import Booking
from bookings.permissions import can_check_in_at_desk, can_undo, open_steps, refusal_to_cancel
from bookings.rules import UNDO_WITHIN
from bookings.services.cancel import cancel as cancel_booking
from bookings.services.steps import check_in as check_in_patient
from bookings.services.steps import check_in_at_desk, mark_no_show
from bookings.services.steps import complete as complete_visit
from bookings.services.steps import confirm as confirm_booking
from bookings.services.undo import undo
from bookings.shortcuts import visible_booking
from bookings.states import UNDO, Actor
from core import clock
from core.errors import Busy, DomainError
from core.web.next_url import safe_next
from core.web.notices import offer_undo
from core.web.refusal_pages import form_again, refused, refused_back


def _back_url(request: SignedInRequest, booking: Booking) -> str:
    return safe_next(request, default=detail_url(booking))


def _back(request: SignedInRequest, booking: Booking) -> HttpResponseRedirect:
    return HttpResponseRedirect(_back_url(request, booking))


# Cancelling


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.CANCEL_BOOKING)
def cancel(request: SignedInRequest, reference: str) -> HttpResponse:
    """The interruption page; POST cancels (C6). Too late: the sentence with the phone number instead of a button."""
    now = clock.now()
    booking = visible_booking(request, reference)
    if booking.status == Status.CANCELLED:
        messages.info(request, _("This appointment has already been cancelled."))
        return _back(request, booking)
    actor = actor_of(request.user, booking)
    form = CancelForm(request.POST if request.method == "POST" else None, by=actor)
    refusal = refusal_to_cancel(booking, actor, now)
    if refusal is None and form.is_valid():
        return _cancel(request, booking, form, now)
    page = partial(_cancel_page, request, booking, form, now)
    return refused(refusal, page) if refusal and request.method == "POST" else page()


def _cancel(request: SignedInRequest, booking: Booking, form: CancelForm, now: datetime) -> HttpResponse:
    try:
        cancel_booking(booking=booking, by=request.user, reason=form.cleaned_data["reason"], now=now)
    except Busy as error:
        return form_again(error, form, partial(_cancel_page, request, booking, form, now))
    except DomainError as error:
        # Changed since it was read: look again, and say what is true now.
        return refused(error, partial(_cancel_page, request, visible_booking(request, booking.reference), form, now))
    was_request = booking.status == Status.PENDING and actor_of(request.user, booking) == Actor.PATIENT
    messages.success(
        request, _("Your request has been withdrawn.") if was_request else _("The appointment has been cancelled.")
    )
    return _back(request, booking)


def _cancel_page(request: SignedInRequest, booking: Booking, form: CancelForm, now: datetime) -> HttpResponse:
    page = cancel_page(booking, viewer=request.user, back_url=_back_url(request, booking), now=now)
    if page.refusal:
        return render(request, "bookings/appointment/cancel_refused.html", {"page": page})
    return render(request, "bookings/appointment/cancel.html", {"page": page, "form": form, "booking": booking})


# The steps of a visit

Service = Callable[..., Booking]


def _step(to: Status, service: Service) -> Callable[..., HttpResponse]:
    @require_http_methods(["GET", "HEAD", "POST"])
    @requires(Can.RUN_CLINIC)
    def view(request: SignedInRequest, reference: str) -> HttpResponse:
        booking = visible_booking(request, reference)
        now = clock.now()
        if request.method == "POST":
            return _take_step(request, booking, to, service, now)
        is_open = _is_open(booking, to, request.user, now)
        page = step_page(booking, to, is_open=is_open, back_url=_back_url(request, booking))
        return render(request, "bookings/appointment/step.html", {"page": page})

    return view


def _is_open(booking: Booking, to: Status, user: User, now: datetime) -> bool:
    actor = actor_of(user, booking)
    if to == Status.CHECKED_IN and may(user, Can.RUN_DESK):
        return can_check_in_at_desk(booking, actor, now)
    return to in open_steps(booking, actor, now)


def _take_step(
    request: SignedInRequest, booking: Booking, to: Status, service: Service, now: datetime
) -> HttpResponseRedirect:
    words, name = STEP_WORDS[to], booking.patient.full_name
    if booking.status == to:
        # The button was pressed twice.
        messages.info(request, _("%(done)s Nothing more to do.") % {"done": words.done.format(name=name)})
        return _back(request, booking)
    try:
        service(booking=booking, by=request.user, now=now)
    except DomainError as error:
        return refused_back(request, error, _back_url(request, booking))
    done = words.done.format(name=name)
    if to in UNDO:
        undo_url = reverse("bookings:undo", args=[booking.reference])
        offer_undo(request, done, undo_url=undo_url, until=now + UNDO_WITHIN)
    else:
        messages.success(request, done)
    return _back(request, booking)


def _check_in(*, booking: Booking, by: User, now: datetime) -> Booking:
    """At the desk nobody is sent away because their doctor has not looked yet."""
    service = check_in_at_desk if may(by, Can.RUN_DESK) else check_in_patient
    return service(booking=booking, by=by, now=now)


confirm = _step(Status.CONFIRMED, confirm_booking)
check_in = _step(Status.CHECKED_IN, _check_in)
complete = _step(Status.COMPLETED, complete_visit)
no_show = _step(Status.NO_SHOW, mark_no_show)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.RUN_CLINIC)
def undo_step(request: SignedInRequest, reference: str) -> HttpResponse:
    """Take the last step back, within five minutes; then everything stands as before, and the history says so."""
    booking = visible_booking(request, reference)
    now = clock.now()
    if request.method != "POST":
        is_open = can_undo(booking, actor_of(request.user, booking), now)
        page = undo_page(booking, is_open=is_open, back_url=_back_url(request, booking))
        return render(request, "bookings/appointment/step.html", {"page": page})
    try:
        fresh = undo(booking=booking, by=request.user, now=now)
    except DomainError as error:
        return refused_back(request, error, _back_url(request, booking))
    messages.success(request, undone_words(fresh))
    return _back(request, booking)
