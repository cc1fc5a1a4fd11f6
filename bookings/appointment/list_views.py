"""The lists: a patient's appointments and a doctor's."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from bookings import selectors
from bookings.appointment.forms import DoctorListForm
from bookings.appointment.lists_page import (
    NO_SUCH_LIST,
    empty_words,
    list_named,
    list_title,
    patient_tabs,
    shortcut_tabs,
)
from bookings.presenters import card, days_of
from bookings.services.read_trail import list_read
from core import clock
from core.clock import hospital_day

PAGE_SIZE = 10
# A single day is shown, and printed, whole: a diary holds at most 96 times a day made at once.
DAY_SIZE = 200


@require_safe
@requires(Can.SEE_OWN_BOOKINGS)
def patient_bookings(request: SignedInRequest) -> HttpResponse:
    """`?when=upcoming|past|cancelled` (C12)."""
    now = clock.now()
    asked = request.GET.get("when", "")
    when = list_named(asked)
    page = Paginator(selectors.patient_list(request.user, when, now), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "cards": [card(booking, request.user, now) for booking in page],
        "tabs": patient_tabs(when, selectors.patient_counts(request.user, now)),
        "empty": empty_words(when),
        "problem": "" if asked in {"", when} else NO_SUCH_LIST,
    }
    return render(request, "bookings/appointment/patient_list.html", context)


@require_safe
@requires(Can.SEE_OWN_CLINIC)
def doctor_appointments(request: SignedInRequest) -> HttpResponse:
    """`?status= &from= &to= &page=` (B8). Values that make no sense get a sentence and do not filter."""
    now = clock.now()
    today = hospital_day(now)
    form = DoctorListForm(request.GET, today=today)
    form.is_valid()
    chosen = form.cleaned_data
    first, last, status = chosen.get("from"), chosen.get("to"), chosen.get("status", "")
    bookings = selectors.doctor_list(request.user, status, first, last, now=now)
    size = DAY_SIZE if form.only_day else PAGE_SIZE
    page = Paginator(bookings, size).get_page(request.GET.get("page"))
    list_read(page, viewer=request.user, what="list of appointments")
    context = {
        "form": form,
        "page": page,
        "days": days_of(page, request.user, now, next_url=request.get_full_path()),
        "tabs": shortcut_tabs(status, first, last, today),
        "title": list_title(form.only_day, today),
        "is_filtered": bool(status or first or last),
        "clear_url": reverse("bookings:doctor_list"),
        "day_url": f"{reverse('bookings:doctor_list')}?{urlencode({'from': 'today', 'to': 'today'})}",
    }
    return render(request, "bookings/appointment/doctor_list.html", context)
