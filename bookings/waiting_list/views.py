"""The waiting list: join, see, leave; accept or decline a time that is held (C9). Every change is a POST."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from accounts.signing_in.confirmation import requires_confirmed_email
from bookings import selectors
from bookings.choices import HoldState, Status, WaitingState
from bookings.holds.selectors import hold_of_waiting, offers_waiting, others_with
from bookings.holds.services import OfferGone
from bookings.links import doctor_url
from bookings.models import Booking, Hold, WaitingEntry
from bookings.new.for_whom import only_person, person_asked
from bookings.presenters import moved_words, when_words
from bookings.rules import NoSuchPerson
from bookings.waiting_list import services as service
from bookings.waiting_list.forms import WISH, AcceptForm, WaitingForm, wish_in
from bookings.waiting_list.presenters import (
    JoinPage,
    instead_choices,
    join_page,
    offer_rows,
    people_choices,
    until_words,
    waiting_cards,
)
from bookings.waiting_list.selectors import entries_visible_to, fitting_slots, next_with, waiting_entries
from core import clock
from core.errors import DomainError
from core.web.next_url import with_query
from core.web.refusal_pages import refused
from doctors.models import DoctorProfile
from doctors.selectors import doctor_by_slug
from patients.models import PatientProfile
from patients.selectors import people_to_book_for


@require_safe
@requires(Can.WAIT)
def waiting_list(request: SignedInRequest) -> HttpResponse:
    """What the reader waits for, and what is held for them."""
    now = clock.now()
    cards = waiting_cards(waiting_entries(request.user, now), offers_waiting(request.user, now), request.user)
    return render(request, "bookings/waiting_list/list.html", {"cards": cards})


# Joining


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.WAIT)
@requires_confirmed_email
def join(request: SignedInRequest, slug: str) -> HttpResponse:
    """Which times would suit; POST joins."""
    now = clock.now()
    doctor = doctor_by_slug(slug)
    if doctor is None:
        raise Http404
    if "add_person" in request.POST:
        return redirect(_add_person_url(request))
    people = people_to_book_for(request.user)
    form = WaitingForm(
        request.POST if request.method == "POST" else None,
        today=clock.hospital_day(now),
        people=people_choices(people, request.user),
        initial=wish_in(request.GET),
    )
    shown = _what_fits(request, doctor, people, form, now)
    is_asked = bool(shown.times) and "anyway" not in request.POST
    if request.method == "POST" and form.is_valid() and not is_asked:
        return _join(request, doctor, people, form, now)
    return _join_page(request, doctor, form, shown)


def _what_fits(
    request: SignedInRequest, doctor: DoctorProfile, people: list[PatientProfile], form: WaitingForm, now: datetime
) -> JoinPage:
    """Nobody waits for what can be booked: free times that fit come first, and are seen once before joining."""
    try:
        person = person_asked(people, form.person_id) or (people[0] if len(people) == 1 else None)
    except NoSuchPerson:
        raise Http404 from None  # somebody else's person reads like none at all (A7)
    own = next_with(request.user, doctor, person, now) if person else None
    wish = form.wish() if doctor.is_listed and doctor.is_accepting else None
    fitting = fitting_slots(doctor, wish, own.starts_at if own else None, now) if wish else []
    return join_page(doctor, fitting, own, person if len(people) > 1 else None)


def _add_person_url(request: SignedInRequest) -> str:
    """Where somebody is added, and back here with what was wished so far."""
    wish = [(name, value) for name in WISH for value in request.POST.getlist(name)]
    return with_query(reverse("patients:person_new"), next=f"{request.path}?{urlencode(wish)}")


def _join(
    request: SignedInRequest, doctor: DoctorProfile, people: list[PatientProfile], form: WaitingForm, now: datetime
) -> HttpResponse:
    wish = form.cleaned_data
    person_id = wish.pop("person", None)
    try:
        patient = person_asked(people, person_id) or only_person(people)
    except NoSuchPerson:
        raise Http404 from None  # somebody else's person reads like none at all (A7)
    try:
        service.join(patient=patient, doctor=doctor, by=request.user, now=now, **wish)
    except DomainError as error:
        form.add_error(None, error.message)
        return refused(error, lambda: _join_page(request, doctor, form, _what_fits(request, doctor, people, form, now)))
    messages.success(request, _("You’re on the waiting list of %(doctor)s.") % {"doctor": doctor.display_name})
    return redirect("bookings:waiting")


def _join_page(request: SignedInRequest, doctor: DoctorProfile, form: WaitingForm, shown: JoinPage) -> HttpResponse:
    context = {"form": form, "page": shown, "doctor_name": doctor.display_name, "doctor_url": doctor_url(doctor)}
    return render(request, "bookings/waiting_list/join.html", context)


# Leaving


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.WAIT)
def leave(request: SignedInRequest, entry_id: UUID) -> HttpResponse:
    """The interruption page; POST leaves."""
    entry = entries_visible_to(request.user).filter(pk=entry_id).first()
    if entry is None:
        raise Http404
    if entry.state != WaitingState.WAITING:
        messages.info(request, _("You’re no longer on this waiting list."))
        return redirect("bookings:waiting")
    if request.method == "POST":
        return _leave(request, entry)
    return _leave_page(request, entry)


def _leave_page(request: SignedInRequest, entry: WaitingEntry, problem: str = "") -> HttpResponse:
    context = {"doctor_name": entry.doctor.display_name, "problem": problem, "back_url": reverse("bookings:waiting")}
    return render(request, "bookings/waiting_list/leave.html", context)


def _leave(request: SignedInRequest, entry: WaitingEntry) -> HttpResponse:
    try:
        service.leave(entry=entry, now=clock.now())
    except DomainError as error:
        why = str(error.message)
        return refused(error, lambda: _leave_page(request, entry, why))
    messages.success(
        request, _("You have left the waiting list of %(doctor)s.") % {"doctor": entry.doctor.display_name}
    )
    return redirect("bookings:waiting")


# A time that is held


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.WAIT)
@requires_confirmed_email
def offer(request: SignedInRequest, hold_id: UUID) -> HttpResponse:
    """The time that is held; POST takes it, as an appointment of its own or in place of another."""
    now = clock.now()
    held = _held(request, hold_id)
    if (answered := _answered(request, held, now)) is not None:
        return answered
    others = others_with(request.user, held, now)
    form = AcceptForm(request.POST if request.method == "POST" else None, choices=instead_choices(others, now))
    if request.method == "POST" and form.is_valid():
        instead = next((other for other in others if other.reference == form.instead_of), None)
        return _accept(request, held, form, instead, now)
    return _offer_page(request, held, form)


def _held(request: SignedInRequest, hold_id: UUID) -> Hold:
    held = hold_of_waiting(request.user, hold_id)
    if held is None:
        raise Http404
    return held


def _answered(request: SignedInRequest, held: Hold, now: datetime) -> HttpResponse | None:
    """What is said of an offer that is open no more; None while it is."""
    if held.state == HoldState.ACCEPTED and (booking := _booked(request, held)):
        return redirect("bookings:detail", booking.reference)
    if held.state == HoldState.OPEN and held.until > now:
        return None
    return _gone(request, held) if request.method != "POST" else refused(OfferGone(), lambda: _gone(request, held))


def _booked(request: SignedInRequest, held: Hold) -> Booking | None:
    same = selectors.bookings_visible_to(request.user).filter(slot=held.slot, patient=held.patient)
    return same.exclude(status=Status.CANCELLED).first()


def _gone(request: SignedInRequest, held: Hold) -> HttpResponse:
    context = {
        "was_declined": held.state == HoldState.DECLINED,
        "doctor_name": held.slot.doctor.display_name,
        "doctor_url": doctor_url(held.slot.doctor),
        "when": when_words(held.slot),
        "is_waiting": held.entry is not None and held.entry.state == WaitingState.WAITING,
    }
    return render(request, "bookings/waiting_list/gone.html", context)


def _offer_page(request: SignedInRequest, held: Hold, form: AcceptForm) -> HttpResponse:
    context = {
        "form": form,
        "rows": offer_rows(held),
        "until": until_words(held.until),
        "decline_url": reverse("bookings:waiting_decline", args=[held.pk]),
    }
    return render(request, "bookings/waiting_list/offer.html", context)


def _accept(
    request: SignedInRequest, held: Hold, form: AcceptForm, instead_of: Booking | None, now: datetime
) -> HttpResponse:
    try:
        booking = service.accept(held=held, by=request.user, instead_of=instead_of, now=now)
    except OfferGone as error:
        return refused(error, lambda: _gone(request, held))
    except DomainError as error:
        form.add_error(None, error.message)
        return refused(error, lambda: _offer_page(request, held, form), is_known=True)
    if instead_of is not None:
        messages.success(request, moved_words(booking))
    return redirect("bookings:detail", booking.reference)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.WAIT)
def decline(request: SignedInRequest, hold_id: UUID) -> HttpResponse:
    """The interruption page; POST lets the time go to the next. Leaving the list altogether is offered, too."""
    now = clock.now()
    held = _held(request, hold_id)
    if (answered := _answered(request, held, now)) is not None:
        return answered
    if request.method == "POST":
        return _decline(request, held, now)
    return _decline_page(request, held)


def _decline_page(request: SignedInRequest, held: Hold, problem: str = "") -> HttpResponse:
    context = {
        "doctor_name": held.slot.doctor.display_name,
        "when": when_words(held.slot),
        "problem": problem,
        "take_url": reverse("bookings:waiting_offer", args=[held.pk]),
        "leave_url": reverse("bookings:waiting_leave", args=[held.entry_id]),
    }
    return render(request, "bookings/waiting_list/decline.html", context)


def _decline(request: SignedInRequest, held: Hold, now: datetime) -> HttpResponse:
    try:
        service.decline(held=held, now=now)
    except OfferGone as error:
        return refused(error, lambda: _gone(request, held))
    except DomainError as error:
        why = str(error.message)
        return refused(error, lambda: _decline_page(request, held, why))
    messages.success(request, _("Declined. You’re still on the waiting list for other times."))
    return redirect("bookings:waiting")
