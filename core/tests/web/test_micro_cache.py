"""What strangers share for a moment: who gets a copy, for how long, and what never becomes one (docs/adr/0028).

No test here may ask the database: whoever looked anything up before answering would fail.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event, Lock, Semaphore
from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.test import Client
from django.urls import include, path
from django.utils import translation

from core.web import micro_cache
from core.web.micro_cache import PageCopies, PageCopy, micro_cached

WORDS = "Free times. " * 100
rendered = count(1)
at_work, may_go_on = Event(), Event()
answers: list[HttpResponse] = []


@micro_cached
@login_not_required
def page(request: HttpRequest) -> HttpResponse:
    """Says which rendering it is, and what it could see of whoever asked."""
    seen = sorted(request.COOKIES), translation.get_language()
    return HttpResponse(f"{next(rendered)}: {seen} {WORDS}")


@login_not_required
def unmarked(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{next(rendered)}")


@micro_cached
@login_not_required
def with_token(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{next(rendered)} {get_token(request)}")


@micro_cached
@login_not_required
def told(request: HttpRequest) -> HttpResponse:
    """Whatever the test wants."""
    next(rendered)
    return answers.pop(0)


@micro_cached
@login_not_required
def slow(request: HttpRequest) -> HttpResponse:
    number = next(rendered)
    at_work.set()
    assert may_go_on.wait(30)
    return HttpResponse(f"{number}")


urlpatterns = [
    *(path(f"{view.__name__}/", view) for view in (page, unmarked, with_token, told, slow)),
    path("", include("hms_project.urls")),
]


class Clock:
    """Stands still until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    settings.ROOT_URLCONF, settings.MICRO_CACHE_SECONDS = __name__, 3
    monkeypatch.setattr(micro_cache, "copies", PageCopies())
    stopped = Clock()
    monkeypatch.setattr(micro_cache, "monotonic", stopped)
    for event in (at_work, may_go_on):
        event.clear()
    yield stopped
    may_go_on.set()
    answers.clear()


def body_of(response: HttpResponse) -> bytes:
    assert response.status_code == 200
    return response.content


def asked(address: str = "/page/", **headers: str) -> HttpResponse:
    """By another stranger each time."""
    return Client(headers=headers).get(address)


def test_strangers_share_for_as_long_as_the_setting_says(clock: Clock) -> None:
    first = asked()
    clock.now += 2.9
    again = asked()
    clock.now += 0.1
    later = asked()

    assert body_of(again) == body_of(first)
    assert body_of(later) != body_of(first)


def test_nothing_is_shared_when_the_setting_says_so(settings: Any) -> None:
    settings.MICRO_CACHE_SECONDS = 0
    assert body_of(asked()) != body_of(asked())


def test_only_marked_pages_are_shared() -> None:
    assert body_of(asked("/unmarked/")) != body_of(asked("/unmarked/"))


@pytest.mark.parametrize("cookie", ["hms_session", "hms_typed", "messages", "django_language"])
def test_whoever_is_somebody_here_neither_gets_nor_makes_a_copy(cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The session itself is not looked for: there is no database here.
    monkeypatch.setattr("accounts.sessions.SessionStore._get_session_from_db", lambda _self: None)
    shared = asked()
    somebody = Client()
    somebody.cookies[cookie] = "x" * 32
    own = somebody.get("/page/")
    micro_cache.copies.clear()
    somebody.get("/page/")

    assert body_of(own) != body_of(shared)
    assert cookie in body_of(own).decode()
    assert len(micro_cache.copies) == 0


def test_with_credentials_in_a_header_nothing_is_shared() -> None:
    asked()
    assert body_of(asked(authorization="Bearer x")) != body_of(asked())


def test_what_is_left_over_of_a_visit_is_not_seen_by_the_page_that_all_get() -> None:
    left = Client()
    left.cookies["csrftoken"], left.cookies["hms_known"], left.cookies["elsewhere"] = "c" * 32, "k", "e"
    first = left.get("/page/")

    assert "[]" in body_of(first).decode()
    assert body_of(asked()) == body_of(first)


def test_a_page_with_a_token_of_a_form_is_nobody_elses() -> None:
    first, second = Client(), Client()
    second.cookies["csrftoken"] = "c" * 32
    answers_of = [client.get("/with_token/") for client in (first, second, second, first)]

    assert len({body_of(answer) for answer in answers_of}) == 4
    assert len(micro_cache.copies) == 0


def test_a_copy_sets_no_cookie() -> None:
    response = HttpResponse("welcome")
    response.set_cookie("marked", "1")
    answers.extend([response, HttpResponse("welcome")])

    assert "marked" in asked("/told/").cookies
    assert not asked("/told/").cookies
    assert not asked("/told/").cookies  # the copy of the one before: `answers` is empty


@pytest.mark.parametrize(
    "make",
    [
        lambda: HttpResponse("gone", status=404),
        lambda: HttpResponse("broken", status=500),
        lambda: HttpResponse("busy", status=503),
        lambda: HttpResponseRedirect("/elsewhere/"),
        lambda: HttpResponse("mine", headers={"Cache-Control": "private"}),
        lambda: HttpResponse("mine", headers={"Cache-Control": "no-store"}),
        lambda: HttpResponse("by whim", headers={"Vary": "*"}),
        lambda: HttpResponse(bytes(range(256)) * 4_000),  # hardly smaller when compressed
    ],
)
def test_what_is_not_for_all_is_not_kept(make: Callable[[], HttpResponse], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(micro_cache, "LARGEST_PAGE", 1_000)
    answers.extend([make(), HttpResponse("good")])

    assert asked("/told/").content != b"good"
    assert asked("/told/").content == b"good"


def test_an_error_frees_the_page_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IndexError):
        asked("/told/")
    answers.append(HttpResponse("good"))

    assert asked("/told/").content == b"good"


def test_that_nothing_has_changed_is_shared() -> None:
    answers.append(HttpResponse(status=204))
    both = [asked("/told/?version=1") for _ in range(2)]

    assert [answer.status_code for answer in both] == [204, 204]


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/page/?date=2026-08-06", {}),
        ("/page/?q=heart", {}),
        ("/page/", {"host": "localhost"}),
        ("/page/", {"HX-Request": "true"}),
        ("/page/", {"accept-language": "fr"}),
    ],
)
def test_variants_are_apart(settings: Any, address: str, headers: dict[str, str]) -> None:
    settings.LANGUAGES = [("en-gb", "English"), ("fr", "Français")]
    plain, other = asked(), asked(address, **headers)

    assert body_of(other) != body_of(plain)
    assert body_of(asked(address, **headers)) == body_of(other)
    assert body_of(asked()) == body_of(plain)


def test_so_are_safe_and_plain_addresses_and_the_language_that_is_spoken() -> None:
    plain, safe = asked(), Client().get("/page/", secure=True)
    with translation.override("de"):
        translated = asked()

    assert len({body_of(plain), body_of(safe), body_of(translated)}) == 3
    assert "'de'" in body_of(translated).decode()


def test_the_order_of_a_query_tells_nothing() -> None:
    assert body_of(asked("/page/?a=1&b=2")) == body_of(asked("/page/?b=2&a=1"))
    assert body_of(asked("/page/?a=1&a=2")) != body_of(asked("/page/?a=2&a=1"))


def test_a_name_that_is_not_ours_is_refused_before_anything_is_kept() -> None:
    assert asked(host="evil.example").status_code == 400
    assert len(micro_cache.copies) == 0


def test_a_very_long_query_is_not_kept() -> None:
    asked("/page/?q=" + "x" * 300)
    assert len(micro_cache.copies) == 0


def test_a_head_gets_what_a_get_would() -> None:
    full, head = asked(), Client().head("/page/")

    assert head.status_code == 200
    assert head["ETag"] == full["ETag"]
    assert head["Content-Length"] == full["Content-Length"]


def test_a_browser_asks_whether_its_copy_is_still_true(clock: Clock) -> None:
    first = asked()
    unchanged = asked(if_none_match=first["ETag"])
    clock.now += 3
    changed = asked(if_none_match=first["ETag"])

    assert first["Cache-Control"] == "no-cache"
    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", first["ETag"])
    assert unchanged["Cache-Control"] == "no-cache"
    assert "Accept-Encoding" in unchanged["Vary"]
    assert (changed.status_code, changed["ETag"] == first["ETag"]) == (200, False)


def test_the_same_page_rendered_again_has_the_same_tag(clock: Clock) -> None:
    answers.extend(HttpResponse(WORDS) for _ in range(2))
    tag = asked("/told/")["ETag"]
    clock.now += 3

    assert asked("/told/", if_none_match=tag).status_code == 304
    assert answers == []


def test_it_is_compressed_once_for_all_who_can_read_it() -> None:
    zipped, plain = asked(accept_encoding="gzip, br"), asked()

    assert zipped["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.content) == plain.content
    assert "Content-Encoding" not in plain
    for answer in (zipped, plain):
        assert answer["Content-Length"] == str(len(answer.content))
        assert {"Accept-Encoding", "HX-Request"} <= {name.strip() for name in answer["Vary"].split(",")}


def test_a_copy_carries_the_headers_of_every_answer_and_an_id_of_its_own() -> None:
    first, copy = asked(), asked()

    for name in ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Permissions-Policy"):
        assert copy[name] == first[name]
    assert copy["X-Request-ID"] != first["X-Request-ID"]
    assert copy["Content-Type"] == "text/html; charset=utf-8"


class WatchedTurn:
    """A lock that tells of each who waits for it."""

    def __init__(self) -> None:
        self.lock, self.waiting = Lock(), Semaphore(0)

    def acquire(self, *, blocking: bool = True, timeout: float = -1) -> bool:
        if blocking:
            self.waiting.release()
        return self.lock.acquire(blocking, timeout)

    def release(self) -> None:
        self.lock.release()


def test_a_crowd_at_an_empty_cache_renders_once(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = WatchedTurn()
    monkeypatch.setattr(micro_cache, "WAITED_FOR", 30)
    monkeypatch.setattr(micro_cache.copies, "_turns", [turn] * micro_cache.TURNS)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(asked, "/slow/")
        assert at_work.wait(30)
        others = [pool.submit(asked, "/slow/") for _ in range(7)]
        assert all(turn.waiting.acquire(timeout=30) for _ in others)
        may_go_on.set()
        bodies = {answered.result(30).content for answered in (first, *others)}

    assert len(bodies) == 1


def test_while_one_renders_the_others_get_the_copy_before(clock: Clock) -> None:
    may_go_on.set()
    before = asked("/slow/").content
    for event in (at_work, may_go_on):
        event.clear()
    clock.now += 4
    with ThreadPoolExecutor(1) as pool:
        fresh = pool.submit(asked, "/slow/")
        assert at_work.wait(30)
        meanwhile = asked("/slow/").content  # nobody lets the other go on
        may_go_on.set()

    assert meanwhile == before
    assert fresh.result(30).content != before


def test_nobody_gets_a_copy_that_is_older_than_twice_as_long(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(micro_cache, "WAITED_FOR", 0.01)
    may_go_on.set()
    before = asked("/slow/").content
    clock.now += 6
    turns = [micro_cache.copies.turn(bytes([number])) for number in range(micro_cache.TURNS)]
    for turn in turns:
        turn.acquire()  # somebody renders, and does not come to an end

    assert asked("/slow/").content != before


def test_few_are_kept_and_the_least_asked_for_is_dropped() -> None:
    def copy_of(size: int) -> PageCopy:
        return PageCopy(200, (), bytes(size), is_zipped=False, etag="", made_at=100.0)

    kept = PageCopies(most_pages=3, most_bytes=100)
    for name in (b"a", b"b", b"c"):
        kept.keep(name, copy_of(10))
    assert kept.get(b"a", seconds=3)
    kept.keep(b"d", copy_of(10))
    assert [bool(kept.get(name, seconds=3)) for name in (b"a", b"b", b"c", b"d")] == [True, False, True, True]

    kept.keep(b"e", copy_of(85))
    assert (len(kept), kept.size) == (2, 95)
    kept.keep(b"e", copy_of(5))
    assert kept.size == 15
    kept.clear()
    assert (len(kept), kept.size) == (0, 0)


def test_what_was_searched_for_is_not_kept_as_text() -> None:
    asked("/page/?q=depression")
    assert "depression" not in repr(micro_cache.copies._copies)
