"""Booking for somebody on the phone or at the desk: one page that grows with its address (C10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from bookings.desk.book_page import BookingSelection, resolve_selection, when_part, who_part, wish_part
from bookings.desk.book_query import BookQuery, read_book_query
from bookings.desk.booked_page import booked_page, refusal_words
from bookings.desk.forms import DeskBookingForm, known_from_query
from bookings.models import Booking
from bookings.rules import KeyReused, PatientRef, SlotTaken
from bookings.selectors import booking_made_with
from bookings.services.book import book as book_slot
from bookings.services.walk_in import walk_in
from bookings.shortcuts import visible_booking
from core import clock
from core.clock import hospital_day
from core.errors import Busy, DomainError
from core.web.refusal_pages import refused
from patients.models import PatientProfile
from patients.selectors import same_person


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.RUN_DESK)
def book(request: SignedInRequest) -> HttpResponse:
    """The choices stand in the address, what is typed about a newcomer is only ever posted. POST books; with `choose`
    it asks the same questions about another time."""
    now, query = clock.now(), read_book_query(request.GET)
    if request.method == "POST":
        return _posted(request, query, now)
    if not query.is_numbered:
        return redirect(query.numbered().url)
    draft = resolve_selection(query, request.user, now)
    wish = wish_part(draft, request.user) if draft.patient or query.is_new else None
    # Somebody still typing is shown the one that fits; only who asks for the page is led on to it.
    if wish and len(wish.links) == 1 and query.find and request.headers.get("HX-Request") != "true":
        return redirect(wish.links[0].url)
    if query.slot_id and draft.slot is None and draft.wish and (draft.patient or query.is_new):
        return _show(request, draft, None, now, error=SlotTaken())
    return _show(request, draft, _fresh(query, now) if draft.is_ready else None, now)


def _fresh(query: BookQuery, now: datetime, typed: dict[str, str] | None = None) -> DeskBookingForm:
    known = known_from_query(query.q) if query.is_new and typed is None else typed or {}
    return DeskBookingForm.fresh(is_new=query.is_new, today=hospital_day(now), typed=known)


def _posted(request: SignedInRequest, query: BookQuery, now: datetime) -> HttpResponse:
    form = DeskBookingForm(request.POST, is_new=query.is_new, today=hospital_day(now))
    if "choose" in request.POST:
        query = query.replace(time=request.POST["choose"])
        form = _fresh(query, now, form.typed())
    draft = resolve_selection(query, request.user, now)
    if not form.is_bound or not draft.is_ready or not form.is_valid():
        gone = SlotTaken() if query.time and not draft.is_ready else None
        return _show(request, draft, form, now, error=gone)
    known = _namesakes(form, request.user)
    patient_ref = form.chosen(known) if query.is_new else PatientRef.of(draft.patient) if draft.patient else None
    if patient_ref is None:
        form.offer(known)
        return _show(request, draft, form, now, known=known)
    try:
        booking = _book(draft, patient_ref, form, request.user, now)
    except KeyReused as error:
        # With a key of its own: what was typed since is another booking, and one more press makes it.
        made = booking_made_with(request.user, form.cleaned_data["key"])
        return _show(request, draft, _fresh(query, now, form.typed()), now, error=error, made=made)
    except DomainError as error:
        return _show(request, draft, form, now, error=error)
    return redirect("bookings:desk_booked", booking.reference)


def _namesakes(form: DeskBookingForm, viewer: User) -> list[PatientProfile]:
    if not form.is_new:
        return []
    data = form.cleaned_data
    return same_person(viewer, full_name=data["full_name"], date_of_birth=data["date_of_birth"])


def _book(draft: BookingSelection, patient_ref: PatientRef, form: DeskBookingForm, by: User, now: datetime) -> Booking:
    """On the phone like any booking; who is here already is checked in with it. Raises what the services raise."""
    said = {"reason": form.cleaned_data["reason"], "idempotency_key": form.cleaned_data["key"] or None}
    slot, doctor = draft.slot, draft.doctor_now
    if not draft.query.is_here and slot is not None:
        return book_slot(slot_id=slot.pk, patient_ref=patient_ref, by=by, now=now, **said)
    if slot is not None:
        return walk_in(patient_ref=patient_ref, doctor=slot.doctor, slot_id=slot.pk, by=by, now=now, **said)
    if doctor is None:
        raise SlotTaken
    return walk_in(patient_ref=patient_ref, doctor=doctor, by=by, now=now, **said)


def _show(
    request: SignedInRequest,
    draft: BookingSelection,
    form: DeskBookingForm | None,
    now: datetime,
    *,
    error: DomainError | None = None,
    known: Sequence[PatientProfile] = (),
    made: Booking | None = None,
) -> HttpResponse:
    """The page as far as it has grown; after a refusal with what to do about it, and everything typed kept."""
    is_lost = error is not None and not isinstance(error, Busy | KeyReused)
    lost = (draft.slot.starts_at if draft.slot else now) if is_lost else None
    who = who_part(draft, request.user, now)
    context: dict[str, Any] = {
        "query": draft.query,
        "who": who,
        "wish": wish_part(draft, request.user) if who.is_done else None,
        "when": when_part(draft, now, lost=lost) if who.is_done and draft.wish else None,
        "form": form if draft.wish and (draft.is_ready or error) else None,
        "problem": refusal_words(error, draft, made) if error else None,
        "known": known,
        "post_url": draft.query.url,
        "switch_url": draft.query.replace(is_here=not draft.query.is_here, time="").url,
    }
    page = partial(render, request, "bookings/desk/book.html", context)
    return refused(error, page, is_known=True) if error else page()


@require_safe
@requires(Can.RUN_DESK)
def booked(request: SignedInRequest, reference: str) -> HttpResponse:
    """What was booked, with the reference to read out."""
    booking = visible_booking(request, reference)
    return render(request, "bookings/desk/booked.html", {"page": booked_page(booking)})
