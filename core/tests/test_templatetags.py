"""Dates, times, money and marks as people read them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation
from django.utils.safestring import mark_safe

from core import formats
from core.status_tags import StatusTag, status_tag_for
from core.templatetags import hms

SPRITE = Path(settings.BASE_DIR, "static", "img", "icons.svg").read_text()


def drawn(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (dt.time(0, 0), "12:00am"),
        (dt.time(0, 5), "12:05am"),
        (dt.time(9, 0), "9:00am"),
        (dt.time(11, 59), "11:59am"),
        (dt.time(12, 0), "12:00pm"),
        (dt.time(14, 30), "2:30pm"),
        (dt.time(23, 59), "11:59pm"),
    ],
)
def test_times_always_show_their_minutes(moment: dt.time, words: str) -> None:
    assert formats.clock_time(moment) == words


def test_a_date_is_written_out_in_full() -> None:
    assert formats.long_date(dt.date(2026, 8, 5)) == "Wednesday 5 August 2026"
    assert formats.short_date(dt.date(2026, 8, 5)) == "Wed 5 Aug"


def test_an_instant_is_shown_in_the_active_time_zone() -> None:
    late = dt.datetime(2026, 8, 5, 20, 30, tzinfo=dt.UTC)
    with timezone.override("Asia/Kolkata"):
        assert formats.long_date(late) == "Thursday 6 August 2026"
        assert formats.clock_time(late) == "2:00am"
        assert formats.iso(late) == "2026-08-06T02:00:00+05:30"
    with timezone.override("America/New_York"):
        assert formats.long_date(late) == "Wednesday 5 August 2026"
        assert formats.clock_time(late) == "4:30pm"


def test_nothing_is_shown_for_nothing() -> None:
    assert [
        show(None) for show in (formats.long_date, formats.short_date, formats.clock_time, formats.iso, formats.money)
    ] == [""] * 5


@pytest.mark.parametrize(
    ("currency", "cents", "words"),
    [
        ("GBP", 12000, "£120.00"),
        ("GBP", 5, "£0.05"),
        ("GBP", 0, "£0.00"),
        ("USD", 123456789, "$1,234,567.89"),
        ("EUR", -950, "-€9.50"),
        ("CHF", 12050, "120.50 CHF"),
        ("JPY", 3000, "¥3,000"),
    ],
)
def test_money_is_whole_cents_in_the_hospitals_currency(currency: str, cents: int, words: str, settings) -> None:
    settings.CURRENCY = currency
    assert formats.money(cents) == words


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Dr Ada Byron", "AB"),
        ("Plato", "P"),
        ("María José Carreño Quiñones", "MQ"),
        ("prof. Émile Roux", "ÉR"),
        ("", ""),
    ],
)
def test_initials_are_first_and_last_word_without_title(name: str, letters: str) -> None:
    assert formats.initials(name) == letters


def test_an_icon_is_decoration_unless_it_is_named() -> None:
    assert 'aria-hidden="true"' in hms.icon("search")
    named = hms.icon("search", '"><script>')
    assert 'role="img"' in named
    assert "aria-hidden" not in named
    assert "<script>" not in named


def test_a_page_link_keeps_the_rest_of_the_address() -> None:
    request = RequestFactory().get("/doctors/", {"q": "josé & co", "department": ["a", "b"], "page": "4"})
    link = drawn("{% page_url page=5 %}", request=request)
    assert link == "?q=jos%C3%A9+%26+co&amp;department=a&amp;department=b&amp;page=5"
    assert "page" not in drawn("{% page_url page='' %}", request=request)


@pytest.mark.parametrize(
    ("rating", "full", "half"), [(0, 0, 0), (4.8, 5, 0), (4.5, 4, 1), (Decimal("3.2"), 3, 0), (None, 0, 0)]
)
def test_stars_go_to_the_nearest_half(rating: float | None, full: int, half: int) -> None:
    names = formats.stars(rating)
    assert (len(names), names.count("star-fill"), names.count("star-half")) == (5, full, half)


def test_a_status_says_its_name_and_not_only_a_colour() -> None:
    html = drawn("{% status_tag 'NO_SHOW' %}")
    assert "Missed" in html
    assert "tag--danger" in html
    assert "<svg" in html


def test_a_presenter_may_bring_its_own_tag_and_text_is_escaped() -> None:
    html = drawn("{% status_tag tag %}", tag=StatusTag("<b>Late</b>", "warning", "clock"))
    assert "&lt;b&gt;Late" in html


def test_an_unknown_status_is_shown_as_words() -> None:
    assert status_tag_for("ON_HOLD").label == "On hold"


@pytest.mark.parametrize("code", ["PENDING", "CONFIRMED", "CHECKED_IN", "COMPLETED", "CANCELLED", "NO_SHOW", "FREE"])
def test_every_status_has_words_of_its_own_and_a_picture_in_the_sprite(code: str) -> None:
    tag = status_tag_for(code)
    assert tag != StatusTag(tag.label)
    assert f'id="{tag.icon}"' in SPRITE


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2026-10-25T00:30+00:00", "1:30am BST"),
        ("2026-10-25T01:30+00:00", "1:30am GMT"),
        ("2026-10-25T02:00+00:00", "2:00am"),
        ("2026-10-24T23:59+00:00", "12:59am"),
        ("2026-03-29T01:30+00:00", "2:30am"),
    ],
)
def test_in_the_hour_that_comes_twice_the_zones_letters_are_said(instant: str, words: str) -> None:
    with timezone.override("Europe/London"):
        assert formats.clock_time(dt.datetime.fromisoformat(instant)) == words


def test_equal_words_are_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawings: list[object] = []
    render = hms._render

    def counted(name: str, words: tuple[tuple[str, object], ...]) -> str:
        drawings.append(words)
        return render(name, words)

    monkeypatch.setattr(hms, "_render", counted)
    hms._drawn_once.cache_clear()
    source = '{% drawn "components/avatar.html" name=name size="md" %}'
    pages = [drawn(source, name=name) for name in ("Ada Byron", "Ada Byron", "<b>Grace</b> Hopper")]

    assert pages[0] == pages[1] == drawn('{% include "components/avatar.html" with name="Ada Byron" size="md" only %}')
    assert "&lt;H" in pages[2]
    assert len(drawings) == 2


def test_another_language_or_sprite_is_another_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    source = '{% drawn "components/alert.html" tone="info" text="Hello" %}'
    here = drawn(source)
    with translation.override("de"):
        drawn(source)
    before = hms._drawn_once.cache_info().misses
    monkeypatch.setattr(hms.staticfiles_storage, "url", lambda name: f"/elsewhere/{name}")

    assert "/elsewhere/img/icons.svg#info-circle-fill" in drawn(source)
    assert "/elsewhere/" not in here
    assert hms._drawn_once.cache_info().misses == before + 1


def test_text_that_is_safe_is_not_taken_for_text_that_is_not() -> None:
    source = '{% drawn "components/alert.html" tone="info" text=text %}'
    assert "<b>hi</b>" in drawn(source, text=mark_safe("<b>hi</b>"))
    assert "<b>hi</b>" not in drawn(source, text="<b>hi</b>")


def test_what_can_not_be_hashed_is_drawn_each_time() -> None:
    source = '{% drawn "components/alert.html" tone="info" text=text %}'
    assert "one" in drawn(source, text=["one"])
    assert "two" in drawn(source, text=["two"])
