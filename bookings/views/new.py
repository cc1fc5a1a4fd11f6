"""Check the answers, confirm, and what is said when that is not possible."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import Can, requires, requires_confirmed_email
from bookings import rules, selectors, services
from bookings.conflict_page import conflict_page
from bookings.for_whom import choices_of, first_who_can, person_asked
from bookings.forms import BookingForm
from bookings.presenters import before_confirming, check_rows, doctor_url
from core import clock
from core.clock import hospital_day
from core.errors import Busy, DomainError
from core.templatetags.hms import money
from doctors.busy_times import ask_for_a_look
from doctors.models import Slot
from doctors.selectors import slot_for_booking
from patients.selectors import people_to_book_for

RETRY_AFTER_SECONDS = "5"


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.BOOK)
@requires_confirmed_email
def new(request: HttpRequest) -> HttpResponse:
    """GET: the answers to check. POST: book; or, with `choose`, check the same answers with another time."""
    now = clock.now()
    if request.method != "POST":
        return _check(request, _slot_id(request.GET.get("slot", "")), BookingForm.fresh(), now)
    if "choose" in request.POST:
        typed = {name: request.POST.get(name, "") for name in ("reason", "notes", "person")}
        return _check(request, _slot_id(request.POST["choose"]), BookingForm.fresh(**typed), now)
    return _book(request, _slot_id(request.GET.get("slot", "")), BookingForm(request.POST), now)


def _slot_id(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise Http404("not a time") from None


def _book(request: HttpRequest, slot_id: UUID, form: BookingForm, now: datetime) -> HttpResponse:
    if not form.is_valid():
        if "person" in form.errors:
            raise Http404
        return _check(request, slot_id, form, now)
    typed = form.cleaned_data
    try:
        booking = services.book(
            slot_id=slot_id,
            person_id=typed["person"],
            by=request.user,
            reason=typed["reason"],
            notes=typed["notes"],
            idempotency_key=typed["idempotency_key"] or None,
            now=now,
        )
    except rules.NoSuchPerson:
        raise Http404 from None  # somebody else's person is refused as if there were none (A7)
    except Busy as error:
        return _busy(request, form, error)
    except DomainError as error:
        return _conflict(request, slot_for_booking(slot_id), form, error, now)
    return redirect("bookings:detail", booking.reference)


def _check(request: HttpRequest, slot_id: UUID, form: BookingForm, now: datetime) -> HttpResponse:
    """The answers to check, unless it can be seen already that the time can't be had."""
    slot = slot_for_booking(slot_id)
    if slot is None:
        return _conflict(request, None, form, rules.SlotTaken(), now)
    people = people_to_book_for(request.user)
    clashes = selectors.clashes_of(request.user, slot)
    try:
        person = first_who_can(people, person_asked(people, form.person_id), slot, clashes, now)
    except rules.NoSuchPerson:
        raise Http404 from None
    except DomainError as error:
        return _conflict(request, slot, form, error, now)
    form.initial["person"] = str(person.pk)
    form.ask_for_whom(choices_of(people, clashes, request.user))
    return _show(request, slot, form, now)


def _show(request: HttpRequest, slot: Slot, form: BookingForm, now: datetime) -> HttpResponse:
    form.initial["doctor"] = slot.doctor.slug
    ask_for_a_look(slot.doctor, now=now)
    context = {
        "form": form,
        "slot": slot,
        "rows": check_rows(slot, money(slot.doctor.consultation_fee_cents)),
        "before_you_confirm": before_confirming(slot, now),
        "back_url": doctor_url(slot.doctor, hospital_day(slot.starts_at)),
    }
    return render(request, "bookings/new.html", context)


def _conflict(
    request: HttpRequest, slot: Slot | None, form: BookingForm, error: DomainError, now: datetime
) -> HttpResponse:
    page = conflict_page(request.user, slot=slot, form=form, error=error, now=now)
    return render(request, "bookings/conflict.html", {"page": page}, status=409)


def _busy(request: HttpRequest, form: BookingForm, error: Busy) -> HttpResponse:
    context = {"form": form, "message": error.message}
    response = render(request, "bookings/busy.html", context, status=503)
    response["Retry-After"] = RETRY_AFTER_SECONDS
    return response
