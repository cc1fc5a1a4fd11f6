"""Reading reviews (B10): what everybody may read, and what is still to be reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value

from accounts.choices import Role
from accounts.models import User
from accounts.permissions import Viewer
from bookings.choices import Status
from bookings.models import Booking, Review
from bookings.selectors import IS_CANCELLED, bookings_visible_to, is_past, is_upcoming
from core.postgres.compiled import CompiledQuery, CompiledValues
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
    found = _shown_statement((number - 1) * REVIEWS_ON_A_PAGE).run(doctor=doctor.pk)
    return ReviewPage(number, found[:REVIEWS_ON_A_PAGE], has_next=len(found) > REVIEWS_ON_A_PAGE)


@lru_cache(maxsize=20)
def _shown_statement(first: int) -> CompiledQuery[Review]:
    any_doctor = 9_001
    rows = Review.objects.filter(booking__doctor=any_doctor, hidden_at__isnull=True)
    rows = rows.select_related("booking__patient__user", "booking__patient__guardian").order_by("-created_at", "-pk")
    return CompiledQuery(rows[first : first + REVIEWS_ON_A_PAGE + 1], {"doctor": any_doctor})


def review_of(booking: Booking) -> Review | None:
    """What its patient said of a visit. The booking was found for its reader."""
    return Review.objects.filter(booking=booking).first()


def patient_keys(viewer: Viewer, now: datetime) -> dict[str, list[int]]:
    """The keys of the viewer's appointments in the order of their lists (`patient_list`), and under "to_review" those
    of the last weeks nobody has reviewed yet, latest first. One query, with nobody's name in it: who shows the
    beginnings of lists reads these few by key."""
    if not viewer.is_authenticated or not viewer.is_active or not viewer.is_patient:
        return {name: [] for name in ("upcoming", "past", "cancelled", "to_review")}
    [found] = _keys_statement().run(viewer=viewer.pk, now=now, reviewed_since=now - REVIEWED_WITHIN)
    return {name: keys or [] for name, keys in found.items()}


@cache
def _keys_statement() -> CompiledValues:
    patient, now = User(pk=9_001, role=Role.PATIENT), datetime(9001, 1, 2, 3, 4, 5, tzinfo=UTC)
    latest_first, since = ("-starts_at", "-pk"), now - REVIEWED_WITHIN
    done = Q(status=Status.COMPLETED, starts_at__gte=since, review__isnull=True)
    lists = {
        "upcoming": ArrayAgg("pk", filter=is_upcoming(now), order_by=("starts_at", "pk")),
        "past": ArrayAgg("pk", filter=is_past(now), order_by=latest_first),
        "cancelled": ArrayAgg("pk", filter=IS_CANCELLED, order_by=latest_first),
        "to_review": ArrayAgg("pk", filter=done, order_by=latest_first),
    }
    found = bookings_visible_to(patient).select_related(None).order_by().values(all=Value(1)).annotate(**lists)
    return CompiledValues(found.values(*lists), {"viewer": patient.pk, "now": now, "reviewed_since": since})
