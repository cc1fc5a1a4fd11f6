"""Reading reviews (B10): what everybody may read, and what is still to be reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.permissions import Viewer
from bookings.choices import Status
from bookings.models import (
    Booking,
    BookingQuerySet,
    Review,
)
from bookings.selectors import bookings_visible_to
from doctors.models import DoctorProfile

REVIEWS_ON_A_PAGE = 5
REVIEWED_WITHIN = timedelta(days=60)
LAST_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """One page of a doctor's reviews, newest first; never counted, the doctor knows how many there are."""

    number: int
    items: list[Review]
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1


def shown_reviews(doctor: DoctorProfile, *, page: int = 1) -> ReviewPage:
    """What everybody may read: reviews nobody has hidden. One query."""
    number = min(max(page, 1), LAST_PAGE)
    first = (number - 1) * REVIEWS_ON_A_PAGE
    rows = Review.objects.filter(booking__doctor=doctor, hidden_at__isnull=True)
    rows = rows.select_related("booking__patient__user", "booking__patient__guardian").order_by("-created_at", "-pk")
    found = list(rows[first : first + REVIEWS_ON_A_PAGE + 1])
    return ReviewPage(number, found[:REVIEWS_ON_A_PAGE], has_next=len(found) > REVIEWS_ON_A_PAGE)


def review_of(booking: Booking) -> Review | None:
    """What its patient said of a visit. The booking was found for its reader."""
    return Review.objects.filter(booking=booking).first()


def to_review(viewer: Viewer, now: datetime) -> BookingQuerySet:
    """The viewer's visits of the last weeks nobody has reviewed yet, latest first."""
    done = bookings_visible_to(viewer).filter(status=Status.COMPLETED, starts_at__gte=now - REVIEWED_WITHIN)
    return done.filter(review__isnull=True).order_by("-starts_at", "-pk")
