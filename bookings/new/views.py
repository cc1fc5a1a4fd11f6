"""Check the answers, confirm, and what is said when that is not possible."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.messages import success
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from accounts.signing_in.confirmation import requires_confirmed_email
from bookings import rules
from bookings.cancellation_words import before_confirming
from bookings.choices import Status
from bookings.links import doctor_url
from bookings.models import Booking
from bookings.new.conflict_page import conflict_page
from bookings.new.early import check_at_sight
from bookings.new.for_whom import BookButton, book_button, choices_of, first_who_can, person_asked
from bookings.new.forms import BookingForm
from bookings.new.selectors import Snapshot, snapshot
from bookings.presenters import check_rows
from bookings.rules import PatientRef
from bookings.services.book import book, first_status
from core import clock
from core.clock import hospital_day
from core.errors import Busy, DomainError
from core.formats import money
from core.turns import Turns
from core.web.refusal_pages import form_again, refused
from doctors.busy_times import ask_for_a_look
from doctors.models import Slot
from patients.forms import PersonForm
from patients.services import add_dependent

# What is typed on the check page and travels with it wherever it leads.
TYPED = ("reason", "notes", "person")
rivals = Turns()


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.BOOK)
@requires_confirmed_email
def new(request: SignedInRequest) -> HttpResponse:
    """GET: the answers to check. POST: book; or, with `choose`, check the same answers with another time."""
    now = clock.now()
    if request.method != "POST":
        form = BookingForm.fresh(person=request.GET.get("person", ""))
        return _check(request, _slot_id(request.GET.get("slot", "")), form, now)
    if "choose" in request.POST:
        typed = {name: request.POST.get(name, "") for name in TYPED}
        return _check(request, _slot_id(request.POST["choose"]), BookingForm.fresh(**typed), now)
    return _book(request, _slot_id(request.GET.get("slot", "")), BookingForm(request.POST), now)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.BOOK)
@requires_confirmed_email
def new_person(request: SignedInRequest) -> HttpResponse:
    """On the way to an appointment, add whom it is for: back on the check page they are chosen, what was typed stays.

    The words travel in the form, not in the address or the session: they may be about somebody's health.
    """
    now = clock.now()
    slot_id = _slot_id(request.GET.get("slot", ""))
    typed = {name: request.POST.get(name, "") for name in TYPED}
    is_sent = request.method == "POST" and "add_person" not in request.POST
    form = PersonForm(request.POST if is_sent else None, today=hospital_day(now))
    check_url = f"{reverse('bookings:new')}?slot={slot_id}"
    context = {"form": form, "slot_id": slot_id, "typed": BookingForm.fresh(**typed), "check_url": check_url}
    page = partial(render, request, "bookings/new/new_person.html", context)
    if form.is_valid():
        try:
            person = add_dependent(guardian=request.user, **form.facts())
        except DomainError as error:
            return form_again(error, form, page)
        request.form_taken = True  # type: ignore[attr-defined]  # accounts/drafts/views.py keeps nothing of it
        success(request, _("%(name)s is on your list. Check the appointment below.") % {"name": person.full_name})
        return _check(request, slot_id, BookingForm.fresh(**{**typed, "person": str(person.pk)}), now)
    return page()


def _slot_id(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise Http404 from None


def _book(request: SignedInRequest, slot_id: UUID, form: BookingForm, now: datetime) -> HttpResponse:
    if not form.is_valid():
        if "person" in form.errors:
            raise Http404
        return _check(request, slot_id, form, now)
    look = partial(snapshot, request.user, slot_id, key=form.cleaned_data["idempotency_key"], now=now)
    seen: Snapshot | None = None  # while a refusal is about what it shows
    try:
        if rivals.is_wanted(slot_id):  # whoever is alone goes straight to the lock
            seen = look()
            check_at_sight(seen, form.person_id, now)
        with _turn(seen, slot_id) as was_decided_meanwhile:
            if was_decided_meanwhile:
                seen = look()
                check_at_sight(seen, form.person_id, now)
            seen = None
            booking = _book_typed(request.user, slot_id, form.cleaned_data, now)
    except (rules.PersonNotChosen, rules.LimitReached) as error:
        return form_again(error, form, partial(_check, request, slot_id, form, now))
    except Busy as error:
        page = partial(render, request, "bookings/new/busy.html", {"form": form, "message": error.message})
        return refused(error, page)
    except DomainError as error:
        return _conflict(request, seen or look(), form, error, now)
    return redirect("bookings:detail", booking.reference)


def _turn(seen: Snapshot | None, slot_id: UUID) -> AbstractContextManager[bool]:
    """Rivals for one time take turns in this process; a form that is only sent again is none."""
    return nullcontext(False) if seen and seen.is_answered else rivals.turn(slot_id)


def _book_typed(by: User, slot_id: UUID, typed: dict[str, Any], now: datetime) -> Booking:
    return book(
        slot_id=slot_id,
        patient_ref=PatientRef.person(typed["person"]),
        by=by,
        reason=typed["reason"],
        notes=typed["notes"],
        idempotency_key=typed["idempotency_key"] or None,
        now=now,
    )


def _check(request: SignedInRequest, slot_id: UUID, form: BookingForm, now: datetime) -> HttpResponse:
    """The answers to check, unless it can be seen already that the time can't be had."""
    seen = snapshot(request.user, slot_id, now=now)
    slot, people, busy = seen.slot, seen.people, seen.busy_people
    try:
        chosen = person_asked(people, form.person_id)
        if slot is None:
            raise rules.SlotTaken
        first_who_can(people, chosen, slot, busy, now)
    except DomainError as error:
        return _conflict(request, seen, form, error, now)
    form.ask_for_whom(choices_of(people, busy, request.user))
    is_request = first_status(slot.doctor) == Status.PENDING
    button = book_button(people, chosen, request.user, is_request=is_request)
    return _show(request, slot, form, button, now)


def _show(request: SignedInRequest, slot: Slot, form: BookingForm, button: BookButton, now: datetime) -> HttpResponse:
    form.initial["doctor"] = slot.doctor.slug
    ask_for_a_look(slot.doctor, now=now)
    context = {
        "form": form,
        "slot": slot,
        "button": button,
        "person_url": f"{reverse('bookings:new_person')}?slot={slot.pk}",
        "rows": check_rows(slot, money(slot.doctor.consultation_fee_cents)),
        "before_you_confirm": before_confirming(slot, first_status(slot.doctor), now),
        "back_url": doctor_url(slot.doctor, hospital_day(slot.starts_at)),
    }
    return render(request, "bookings/new/new.html", context)


def _conflict(
    request: SignedInRequest, seen: Snapshot, form: BookingForm, error: DomainError, now: datetime
) -> HttpResponse:
    def page() -> HttpResponse:
        about = conflict_page(request.user, seen=seen, form=form, error=error, now=now)
        return render(request, "bookings/new/conflict.html", {"page": about})

    return refused(error, page)  # somebody else's person is refused as if there were none (A7)
