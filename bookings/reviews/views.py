"""What a patient says of a visit (B10)."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from bookings import rules
from bookings.choices import Status
from bookings.links import detail_url
from bookings.models import Booking
from bookings.presenters import for_whom, when_words
from bookings.reviews import services as reviews
from bookings.reviews.forms import ReviewForm
from bookings.reviews.selectors import review_of
from bookings.shortcuts import visible_booking
from core import clock
from core.errors import Busy, DomainError
from core.web.refusal_pages import form_again, refused_back


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.REVIEW_VISITS)
def review(request: SignedInRequest, reference: str) -> HttpResponse:
    """Stars and a text, once. What can't be reviewed leads back to the appointment with the reason."""
    booking = visible_booking(request, reference)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    try:
        rules.check_can_review(
            is_completed=booking.status == Status.COMPLETED, is_reviewed=review_of(booking) is not None
        )
        if form.is_valid():
            reviews.review(booking=booking, by=request.user, **form.facts(), now=clock.now())
            messages.success(
                request,
                _("Thank you. Your review of %(doctor)s is published.") % {"doctor": booking.doctor.display_name},
            )
            return redirect("bookings:detail", booking.reference)
    except Busy as error:
        return form_again(error, form, partial(_page, request, booking, form))
    except DomainError as error:
        return refused_back(request, error, "bookings:detail", booking.reference)
    return _page(request, booking, form)


def _page(request: SignedInRequest, booking: Booking, form: ReviewForm) -> HttpResponse:
    context = {
        "form": form,
        "booking": booking,
        "when": when_words(booking),
        "for_whom": for_whom(booking, request.user),
        "back_url": detail_url(booking),
    }
    return render(request, "bookings/reviews/review.html", context)
