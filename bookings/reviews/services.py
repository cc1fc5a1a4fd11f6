"""What patients say of their visits (B10). The doctor's row is locked, so that count and sum are always those of the
reviews that are shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import ERASED_ERRORS
from bookings import locks, rules, states
from bookings.actors import actor_of
from bookings.choices import Status
from bookings.models import Booking, Review
from bookings.rules import AlreadyReviewed
from bookings.states import Actor
from core.db import short_transaction
from core.errors import DomainError, translated
from doctors.models import DoctorProfile

REVIEW_ERRORS: Mapping[str, type[DomainError]] = {
    "bookings_review_booking_id_key": AlreadyReviewed,
    **ERASED_ERRORS,
}


def review(*, booking: Booking, by: User, rating: int, text: str = "", now: datetime) -> Review:
    """Review a completed visit, once and for good; `rating` is 1 to 5.

    Raises NotYetReviewable, AlreadyReviewed, TransitionRefused (for anybody but its patient), Busy.
    """
    with translated(REVIEW_ERRORS), short_transaction():
        locks.doctor(booking.doctor_id)
        fresh = locks.booking(booking.pk)
        if actor_of(by, fresh) != Actor.PATIENT:
            raise states.TransitionRefused(_("Only the patient can review a visit."))
        rules.check_can_review(
            is_completed=fresh.status == Status.COMPLETED, is_reviewed=Review.objects.filter(booking=fresh).exists()
        )
        said = Review.objects.create(booking=fresh, rating=rating, text=text, created_at=now)
        _count(fresh.doctor_id, by_one=1, by_sum=rating)
        return said


def hide(*, review: Review, by: User, now: datetime) -> bool:
    """Take a review off the doctor's page and out of the rating. Says whether this call did it."""
    return _set_hidden(review, by=by, at=now)


def show_again(*, review: Review) -> bool:
    """Put a hidden review back. Says whether this call did it."""
    return _set_hidden(review, by=None, at=None)


def _set_hidden(review: Review, *, by: User | None, at: datetime | None) -> bool:
    with translated({}), short_transaction():
        doctor = locks.doctor(review.booking.doctor_id)
        fresh = Review.objects.get(pk=review.pk)
        if (fresh.hidden_at is not None) == (at is not None):
            return False
        fresh.hidden_at, fresh.hidden_by = at, by
        fresh.save(update_fields=["hidden_at", "hidden_by"])
        sign = -1 if at else 1
        _count(doctor.pk, by_one=sign, by_sum=sign * fresh.rating)
        return True


def _count(doctor_id: int, *, by_one: int, by_sum: int) -> None:
    DoctorProfile.objects.filter(pk=doctor_id).update(
        rating_count=F("rating_count") + by_one, rating_sum=F("rating_sum") + by_sum
    )
