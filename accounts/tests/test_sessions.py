"""Where a person is signed in: listed, ended, and over by the clock (A6)."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Session, User
from accounts.tests.browser import LIMITS, Clock, is_in, moved_clock, signs_in
from accounts.tests.factories import PASSWORD, StaffFactory, verify
from audit.choices import Kind
from audit.models import Entry

pytestmark = pytest.mark.django_db
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0"


@pytest.fixture
def ada() -> User:
    return verify(StaffFactory(username="ada", email="ada@example.org", full_name="Ada Byron"))


@pytest.fixture
def time_of_day(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Clock:
    settings.SESSION_LIMITS = LIMITS
    return moved_clock(monkeypatch)


# A late answer


@pytest.mark.parametrize(
    ("mode", "is_taken_away"),
    [("no-cors", False), ("cors", False), ("same-origin", False), ("navigate", True), ("", True)],
    ids=["a beacon", "a fetch", "a part of a page", "a page", "a browser that does not say"],
)
def test_only_a_page_one_goes_to_takes_the_cookie_of_a_session_that_is_over_away(
    ada: User, mode: str, is_taken_away: bool
) -> None:
    """Else an answer that comes after the next sign-in signs them out again."""
    here = signs_in("ada")
    Session.objects.all().delete()
    answer = here.get("/doctors/", headers={"Sec-Fetch-Mode": mode} if mode else {})

    assert answer.status_code == 200
    assert (settings.SESSION_COOKIE_NAME in answer.cookies) == is_taken_away


# Listed and ended


def test_the_page_tells_where_one_is_signed_in_in_plain_words(ada: User) -> None:
    here = signs_in("ada", browser=EDGE)
    signs_in("ada", ip="2001:db8::7")
    page = here.get("/accounts/security/").content.decode()

    assert "Edge on Windows" in page
    assert "Firefox on Android" in page
    assert "2001:db8::7" in page
    assert page.count("This one") == 1
    keys = [row.session_key for row in Session.objects.all()]
    assert len(keys) == 2
    assert not any(key in page for key in keys)


def test_another_browser_is_signed_out_and_this_one_stays(ada: User) -> None:
    here, there = signs_in("ada", browser=EDGE), signs_in("ada")
    (place,) = [place for place in here.get("/accounts/security/").context["places"] if not place.is_here]
    here.post("/accounts/security/end/", {"session": place.handle})

    assert (is_in(here), is_in(there)) == (True, False)
    assert Entry.objects.filter(pgh_label=Kind.SESSION_ENDED, actor=ada).count() == 1


def test_all_others_are_signed_out_at_once(ada: User) -> None:
    here, *others = (signs_in("ada") for _ in range(3))
    here.post("/accounts/security/end-others/")

    assert is_in(here)
    assert [is_in(other) for other in others] == [False, False]


def test_nobody_ends_another_persons_session(ada: User) -> None:
    other = verify(StaffFactory(username="bob"))
    here = signs_in("ada")
    there = signs_in("bob")
    handle = Session.objects.get(user=other).handle
    here.post("/accounts/security/end/", {"session": handle})

    assert is_in(there)


def test_ending_takes_a_post(ada: User) -> None:
    here = signs_in("ada")
    assert here.get("/accounts/security/end/").status_code == 405
    assert here.get("/accounts/security/end-others/").status_code == 405


def test_a_changed_password_ends_the_other_sessions_and_their_rows(ada: User) -> None:
    here, there = signs_in("ada"), signs_in("ada")
    new = {"oldpassword": PASSWORD, "password1": "Another-Horse-9", "password2": "Another-Horse-9"}
    assert here.post("/accounts/password/change/", new).status_code == 302

    assert Session.objects.filter(user=ada).count() == 1
    assert (is_in(here), is_in(there)) == (True, False)


def test_when_somebody_was_here_is_noted_once_a_minute_at_most(ada: User, time_of_day: Clock) -> None:
    here = signs_in("ada")
    row = Session.objects.get(user=ada)
    first = row.last_seen_at
    time_of_day.passes(seconds=50)
    here.get("/doctors/")
    row.refresh_from_db()
    assert row.last_seen_at == first

    time_of_day.passes(seconds=20)
    here.get("/doctors/")
    row.refresh_from_db()
    assert row.last_seen_at == time_of_day.now
    assert row.created_at == first


def test_a_page_that_asks_for_news_by_itself_is_not_somebody_there(ada: User, time_of_day: Clock) -> None:
    here = signs_in("ada")
    for _ in range(31):
        time_of_day.passes(minutes=1)
        here.get("/doctors/", HTTP_X_BY_ITSELF="yes")

    assert not is_in(here)


def test_knowing_the_limits_costs_no_query(client: Client, ada: User, django_assert_num_queries: Any) -> None:
    client.force_login(ada)
    with django_assert_num_queries(1):  # session, user and second factor
        client.get("/accounts/logout/")


# Over by the clock


@pytest.mark.parametrize(("minutes", "stays"), [(29, True), (31, False)])
def test_staff_who_do_nothing_are_signed_out(ada: User, time_of_day: Clock, minutes: int, stays: bool) -> None:
    here = signs_in("ada", keep=True)
    time_of_day.passes(minutes=minutes)

    assert is_in(here) == stays


def test_staff_are_signed_out_after_their_hours_however_busy(ada: User, time_of_day: Clock) -> None:
    here = signs_in("ada")
    for _ in range(35):
        time_of_day.passes(minutes=20)
        assert is_in(here)
    time_of_day.passes(minutes=20)

    assert not is_in(here)


def test_who_was_signed_out_is_told_why_and_comes_back_where_they_were(ada: User, time_of_day: Clock) -> None:
    here = signs_in("ada")
    time_of_day.passes(minutes=31)
    turned_away = here.get("/accounts/me/")
    assert turned_away["Location"] == "/accounts/login/?next=/accounts/me/&timed_out=yes"
    page = here.get(turned_away["Location"])

    assert "You were signed out because you hadn’t done anything for a while" in page.content.decode()
    again = {"login": "ada", "password": PASSWORD, "next": page.context["next_url"]}
    assert here.post("/accounts/login/", again)["Location"] == "/accounts/me/"


def test_who_sent_a_form_too_late_comes_back_to_its_page(ada: User, time_of_day: Clock) -> None:
    here = signs_in("ada")
    time_of_day.passes(minutes=31)
    late = here.post("/accounts/security/end-others/", HTTP_REFERER="http://testserver/accounts/security/?a=1#places")

    assert late["Location"] == "/accounts/login/?next=/accounts/security/%3Fa%3D1&timed_out=yes"


@pytest.mark.parametrize("referer", ["", "https://evil.example/", "//evil.example/", "javascript:alert(1)", "http://["])
def test_nobody_is_led_elsewhere_by_it(ada: User, time_of_day: Clock, referer: str) -> None:
    here = signs_in("ada")
    time_of_day.passes(minutes=31)
    late = here.post("/accounts/me/", HTTP_REFERER=referer)

    assert late["Location"] == "/accounts/login/?next=/accounts/me/&timed_out=yes"


def test_an_open_page_that_asks_for_news_gives_way_to_the_sign_in_page(ada: User, time_of_day: Clock) -> None:
    """Nobody else is to read on what stands there."""
    here = signs_in("ada")
    time_of_day.passes(minutes=31)
    asks = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/accounts/me/?day=1"}
    answer = here.get("/accounts/security/", HTTP_X_BY_ITSELF="yes", **asks)

    assert answer["HX-Redirect"] == "/accounts/login/?next=/accounts/me/%3Fday%3D1&timed_out=yes"
    assert answer.content == b""


def test_who_was_never_signed_in_is_not_told_so(client: Client) -> None:
    answer = client.get("/accounts/me/", follow=True)

    assert (answer.status_code, answer.redirect_chain[-1][0].partition("?")[0]) == (200, "/accounts/login/")
    assert "You were signed out" not in answer.content.decode()


def test_a_session_that_is_over_leaves_no_row(ada: User, time_of_day: Clock) -> None:
    here = signs_in("ada")
    time_of_day.passes(minutes=31)
    here.get("/doctors/")

    assert not Session.objects.filter(user=ada).exists()


def test_signing_in_again_begins_a_new_count(ada: User, time_of_day: Clock) -> None:
    signs_in("ada")
    time_of_day.passes(hours=11)
    here = signs_in("ada")
    for _ in range(5):
        time_of_day.passes(minutes=25)
        assert is_in(here)
