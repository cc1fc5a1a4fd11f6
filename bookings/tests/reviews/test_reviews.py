"""Reviews (B10): one for each completed visit, by its patient; counted while they are shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from bookings import presenters
from bookings.models import Booking, Review
from bookings.reviews import services as reviews
from bookings.rules import AlreadyReviewed, NotYetReviewable, PatientRef
from bookings.services.book import book
from bookings.services.steps import check_in, complete, confirm
from bookings.states import TransitionRefused
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, confirmed, shown, slot_in, text_of
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db

ADMIN = "/admin/bookings/review/"


def completed(doctor: DoctorProfile | None = None, patient: PatientProfile | None = None, **ahead: float) -> Booking:
    booking = confirmed(slot=slot_in(doctor, **(ahead or {"hours": -1})), patient=patient)
    check_in(booking=booking, by=booking.doctor.user, now=NOW)
    return complete(booking=booking, by=booking.doctor.user, now=NOW)


def reviewed(doctor: DoctorProfile, rating: int, text: str = "", **ahead: float) -> Review:
    booking = completed(doctor, make_patient(full_name="Jane van Doe"), **ahead)
    return reviews.review(booking=booking, by=booking.patient.user, rating=rating, text=text, now=NOW)


def rating_of(doctor: DoctorProfile) -> tuple[int, int]:
    doctor.refresh_from_db()
    return doctor.rating_count, doctor.rating_sum


def address(booking: Booking) -> str:
    return reverse("bookings:review", args=[booking.reference])


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor()


def test_a_review_is_counted_at_once(doctor: DoctorProfile) -> None:
    reviewed(doctor, 5)
    reviewed(doctor, 2, hours=-3)
    assert rating_of(doctor) == (2, 7)
    assert doctor.rating == 3.5


def test_a_visit_is_reviewed_once_and_for_good(doctor: DoctorProfile) -> None:
    said = reviewed(doctor, 4)
    with pytest.raises(AlreadyReviewed):
        reviews.review(booking=said.booking, by=said.booking.patient.user, rating=1, now=NOW)
    browser = browser_of(said.booking.patient.user)
    page = text_of(browser.post(address(said.booking), {"rating": "1"}, follow=True))
    assert str(AlreadyReviewed.message) in page
    assert rating_of(doctor) == (1, 4)


def test_only_completed_visits_are_reviewed(doctor: DoctorProfile) -> None:
    booking = confirmed(slot=slot_in(doctor, hours=-1))
    with pytest.raises(NotYetReviewable):
        reviews.review(booking=booking, by=booking.patient.user, rating=5, now=NOW)
    browser = browser_of(booking.patient.user)
    assert str(NotYetReviewable.message) in text_of(browser.get(address(booking), follow=True))
    assert not Review.objects.exists()


def test_nobody_reviews_anothers_visit(doctor: DoctorProfile) -> None:
    booking = completed(doctor)
    for user in (doctor.user, StaffFactory(), make_patient().user):
        with pytest.raises(TransitionRefused):
            reviews.review(booking=booking, by=user, rating=5, now=NOW)
    stranger = browser_of(make_patient().user)
    assert [stranger.get(address(booking)).status_code, stranger.post(address(booking), {"rating": 5}).status_code] == [
        404,
        404,
    ]
    assert browser_of(doctor.user).post(address(booking), {"rating": 5}).status_code == 403
    assert not Review.objects.exists()


def test_the_guardian_reviews_a_childs_visit(doctor: DoctorProfile) -> None:
    parent = make_patient(full_name="Paula Parent")
    child = make_person(parent)
    slot = slot_in(doctor, hours=-1)
    booking = book(
        slot_id=slot.pk, patient_ref=PatientRef.person(child.pk), by=parent.user, now=NOW - timedelta(days=1)
    )
    for step in (confirm, check_in, complete):
        step(booking=booking, by=doctor.user, now=NOW)
    browser_of(parent.user).post(address(booking), {"rating": "5", "text": "Kind to Tom"})
    page = text_of(Client().get(f"/doctors/{doctor.slug}/"))
    assert "Paula P." in page
    assert "Tom Patient" not in page


# The pages


def test_the_home_page_asks_how_it_was_until_it_is_said(doctor: DoctorProfile) -> None:
    booking = completed(doctor)
    browser = browser_of(booking.patient.user)
    assert "How was it?" in text_of(browser.get("/patient/"))
    assert "How was it?" in text_of(browser.get(f"/bookings/{booking.reference}/"))
    page = text_of(browser.post(address(booking), {"rating": "4", "text": "  Listened\r\nwell "}, follow=True))
    assert "Thank you." in page
    assert "Your review" in page
    assert "How was it?" not in text_of(browser.get("/patient/"))
    assert Review.objects.get().text == "Listened\nwell"


def test_the_review_shows_on_profile_and_card(doctor: DoctorProfile) -> None:
    reviewed(doctor, 5, "Listened well")
    page = text_of(Client().get(f"/doctors/{doctor.slug}/"))
    for words in ["What patients say", "Jane D.", "Listened well", "5 out of 5", "5.0", "(1 review)"]:
        assert words in page
    assert "van Doe" not in page
    assert "(1 review)" in text_of(Client().get("/doctors/"))


def test_a_doctor_without_reviews_says_so_on_the_card_and_asks_nothing_more(doctor: DoctorProfile) -> None:
    assert "No reviews yet" in text_of(Client().get("/doctors/"))
    with CaptureQueriesContext(connection) as queries:
        assert "What patients say" not in text_of(Client().get(f"/doctors/{doctor.slug}/"))
    assert any("doctors_doctorprofile" in query["sql"] for query in queries)
    assert len(queries) > 1
    assert not any("bookings_review" in query["sql"] for query in queries)


def test_reviews_are_paged_newest_first_at_the_same_cost(doctor: DoctorProfile) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            Client().get(f"/doctors/{doctor.slug}/")
        return len(queries)

    make_slot(doctor, starts_at=NOW + timedelta(days=1))  # without any, one more asks why
    reviewed(doctor, 5, "Number 0", hours=-1)
    one = statements()
    for number in range(1, 8):
        said = reviewed(doctor, 4, f"Number {number}", hours=-1 - number)
        Review.objects.filter(pk=said.pk).update(created_at=NOW + timedelta(minutes=number))
    assert statements() == one <= 6
    first, second = (text_of(Client().get(f"/doctors/{doctor.slug}/?page={page}")) for page in (1, 2))
    assert [f"Number {n}" in first for n in range(8)] == [False] * 3 + [True] * 5
    assert [f"Number {n}" in second for n in range(8)] == [True] * 3 + [False] * 5
    assert first.index("Number 7") < first.index("Number 3")


@pytest.mark.parametrize("page", ["0", "-1", "abc", "9" * 40, "٣", "' OR 1=1"])
def test_any_page_asked_for_is_a_page(doctor: DoctorProfile, page: str) -> None:
    reviewed(doctor, 5)
    assert Client().get(f"/doctors/{doctor.slug}/", {"page": page}).status_code == 200


@pytest.mark.parametrize("rating", ["", "0", "6", "-1", "4.5", "five", "٣", "9" * 50])
def test_a_rating_is_one_to_five(doctor: DoctorProfile, rating: str) -> None:
    booking = completed(doctor)
    response = browser_of(booking.patient.user).post(address(booking), {"rating": rating, "text": "Kept as it is"})
    assert response.status_code == 200
    assert "Choose 1 to 5." in text_of(response)
    assert "Kept as it is" in text_of(response)
    assert rating_of(doctor) == (0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7|add:7 }}{% debug %}",
        "'; DROP TABLE bookings_review;--",
        "שלום 🙂\u202e",
        "x" * 2_000,
    ],
)
def test_whatever_is_said_is_shown_harmlessly(doctor: DoctorProfile, text: str) -> None:
    booking = completed(doctor)
    browser_of(booking.patient.user).post(address(booking), {"rating": "3", "text": text})
    page = text_of(Client().get(f"/doctors/{doctor.slug}/"))
    assert shown(text) in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("text", ["x" * 2_001, "x" * 20_000])
def test_a_text_too_long_or_odd_is_refused_with_a_sentence(doctor: DoctorProfile, text: str) -> None:
    booking = completed(doctor)
    response = browser_of(booking.patient.user).post(address(booking), {"rating": "3", "text": text})
    assert response.status_code == 200
    assert 'id="id_text_error"' in text_of(response)
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("name", "short"),
    [("Jane Doe", "Jane D."), ("Jane van Doe", "Jane D."), ("Cher", "Cher"), ("  李 小龙 ", "李 小."), ("", "")],
)
def test_a_name_is_shortened_to_first_name_and_initial(name: str, short: str) -> None:
    assert presenters.short_name(name) == short


# Hiding


@pytest.mark.ignore_template_errors
def test_staff_hide_and_show_again(doctor: DoctorProfile, client: Client) -> None:
    kept, bad = reviewed(doctor, 5, "Kept"), reviewed(doctor, 1, "Rude words", hours=-3)
    staff = StaffFactory(full_name="Sam Staff")
    client.force_login(staff)

    page = client.post(ADMIN, {"action": "hide", "_selected_action": [bad.pk]}, follow=True)
    assert "1 review hidden." in text_of(page)
    assert "Sam Staff" in text_of(page)
    bad.refresh_from_db()
    assert (bad.hidden_by, bad.hidden_at) == (staff, NOW)
    assert rating_of(doctor) == (1, 5)
    assert "Rude words" not in text_of(Client().get(f"/doctors/{doctor.slug}/"))
    client.post(ADMIN, {"action": "hide", "_selected_action": [bad.pk]})
    assert rating_of(doctor) == (1, 5)

    client.post(ADMIN, {"action": "show_again", "_selected_action": [bad.pk, kept.pk]})
    bad.refresh_from_db()
    assert (bad.hidden_by, bad.hidden_at) == (None, None)
    assert rating_of(doctor) == (2, 6)


@pytest.mark.ignore_template_errors
def test_a_review_can_be_read_in_the_admin_but_not_typed_over(doctor: DoctorProfile, client: Client) -> None:
    said = reviewed(doctor, 5, "Mine")
    client.force_login(StaffFactory())
    change = reverse("admin:bookings_review_change", args=[said.pk])
    assert "Mine" in text_of(client.get(change))
    assert client.post(change, {"text": "Theirs", "rating": 1}).status_code == 403
    assert client.get(f"{ADMIN}add/").status_code == 403
    assert client.post(reverse("admin:bookings_review_delete", args=[said.pk]), {"post": "yes"}).status_code == 403
    said.refresh_from_db()
    assert (said.text, said.rating) == ("Mine", 5)
