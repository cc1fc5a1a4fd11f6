"""What patients say, on a page of an app that must not know of bookings."""

from __future__ import annotations

from typing import Any

from django import template

from bookings.presenters import shown_review
from bookings.reviews.selectors import shown_reviews
from doctors.models import DoctorProfile

register = template.Library()
LONGEST_NUMBER = 9


@register.inclusion_tag("bookings/reviews/_reviews.html", takes_context=True)
def doctor_reviews(context: template.Context, doctor: DoctorProfile) -> dict[str, Any]:
    """The reviews of a doctor, newest first, the page asked for by `?page=`. One query, none without reviews."""
    request = context["request"]
    asked = request.GET.get("page", "")[:LONGEST_NUMBER]
    number = int(asked) if asked.isascii() and asked.isdigit() else 1
    page = shown_reviews(doctor, page=number) if doctor.rating_count else None
    return {
        "request": request,
        "doctor": doctor,
        "page": page,
        "reviews": [shown_review(review) for review in page.items] if page else [],
    }
