"""A page that strangers share for a moment: rendered once in each process, then handed out as bytes (docs/adr/0028).

A copy is made for a stranger without any cookie, so nothing of anybody can be in it, and only strangers get it.
It is told from others by a hash: nothing that somebody searched for is kept as text.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import blake2b
from http import HTTPStatus
from threading import Lock
from time import monotonic
from typing import Any, Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import re_accepts_gzip
from django.urls import Resolver404, resolve
from django.utils.cache import get_conditional_response, has_vary_header, patch_vary_headers
from django.utils.text import compress_string
from django.utils.translation import get_language, get_language_from_request

# 204 is what an open page hears that asks for news: nothing has changed.
SHAREABLE = (HTTPStatus.OK, HTTPStatus.NO_CONTENT)
WORTH_ZIPPING = 200  # bytes, as Django's GZipMiddleware has it
LONGEST_QUERY = 300  # bytes
MOST_PAGES, MOST_BYTES = 500, 4_000_000  # in each process
LARGEST_PAGE = 100_000  # bytes, as kept
WAITED_FOR = 2.0  # seconds, for whoever renders the same page
TURNS = 64

GetResponse = Callable[[HttpRequest], HttpResponse]


class View(Protocol):
    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...


def micro_cached(view: View) -> View:
    """A page that looks the same to everybody who is not signed in, for `MICRO_CACHE_SECONDS`. The outermost decorator.

    Their browsers keep it and ask each time whether it is still true.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if not request.user.is_authenticated:
            response.setdefault("Cache-Control", "no-cache")
        return response

    answer.is_micro_cached = True  # type: ignore[attr-defined]
    return answer


@dataclass(frozen=True, slots=True)
class PageCopy:
    """What was answered, compressed where it is worth it. `made_at`: by the monotonic clock."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_zipped: bool
    etag: str
    made_at: float


class PageCopies:
    """The copies of one process, the least asked for dropped first."""

    def __init__(self, most_pages: int = MOST_PAGES, most_bytes: int = MOST_BYTES) -> None:
        self._most_pages, self._most_bytes = most_pages, most_bytes
        self._guard = Lock()
        self._copies: OrderedDict[bytes, PageCopy] = OrderedDict()
        self._bytes = 0
        # Few for all pages: two that share one only wait for each other.
        self._turns = [Lock() for _ in range(TURNS)]

    def __len__(self) -> int:
        return len(self._copies)

    @property
    def size(self) -> int:
        """In bytes, of the bodies."""
        return self._bytes

    def get(self, key: bytes, *, seconds: float) -> PageCopy | None:
        """The copy, if it is not older than that."""
        with self._guard:
            copy = self._copies.get(key)
            if copy is None or monotonic() - copy.made_at >= seconds:
                return None
            self._copies.move_to_end(key)
            return copy

    def keep(self, key: bytes, copy: PageCopy) -> None:
        with self._guard:
            self._drop(key)
            self._copies[key] = copy
            self._bytes += len(copy.body)
            while len(self._copies) > self._most_pages or self._bytes > self._most_bytes:
                self._drop(next(iter(self._copies)))

    def clear(self) -> None:
        with self._guard:
            self._copies.clear()
            self._bytes = 0

    def turn(self, key: bytes) -> Lock:
        """Held by whoever renders this page."""
        return self._turns[key[0] % TURNS]

    def _drop(self, key: bytes) -> None:
        dropped = self._copies.pop(key, None)
        self._bytes -= len(dropped.body) if dropped else 0


copies = PageCopies()


class MicroCacheMiddleware:
    """Inside of all that puts headers on every answer, outside of all that asks who somebody is.

    While one renders, the others get the copy before, or wait a moment for the new one. None of them asks the database.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        seconds = settings.MICRO_CACHE_SECONDS
        if not seconds or not _is_from_stranger(request):
            return self.get_response(request)
        key = _key_of(request)
        copy = copies.get(key, seconds=seconds)
        if copy is None:
            return self._render(request, key, seconds) if _is_marked(request) else self.get_response(request)
        return _answer(request, copy)

    def _render(self, request: HttpRequest, key: bytes, seconds: float) -> HttpResponse:
        turn = copies.turn(key)
        is_ours = turn.acquire(blocking=False)
        if not is_ours:
            before = copies.get(key, seconds=2 * seconds)
            if before is not None:
                return _answer(request, before)
            is_ours = turn.acquire(timeout=WAITED_FOR)
        try:
            copy = copies.get(key, seconds=seconds)
            if copy is None:
                _strip_cookies(request)
                response = self.get_response(request)
                copy = _copy_of(response)
                if copy is None:
                    return response
                copies.keep(key, copy)
            return _answer(request, copy)
        finally:
            if is_ours:
                turn.release()


def _is_from_stranger(request: HttpRequest) -> bool:
    """Who sends none of the cookies that say something of them here, and asks for something that can be shared."""
    telling = (settings.SESSION_COOKIE_NAME, settings.DRAFT_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, "messages")
    return (
        request.method in ("GET", "HEAD")
        and not any(name in request.COOKIES for name in telling)
        and "HTTP_AUTHORIZATION" not in request.META
        and len(request.META.get("QUERY_STRING", "")) <= LONGEST_QUERY
    )


def _is_marked(request: HttpRequest) -> bool:
    try:
        return hasattr(resolve(request.path_info).func, "is_micro_cached")
    except Resolver404:
        return False


def _key_of(request: HttpRequest) -> bytes:
    """Raises DisallowedHost (400) for a name that is not ours."""
    facts = (
        request.scheme,
        request.get_host(),
        request.path,
        sorted(request.GET.lists()),
        request.headers.get("HX-Request"),
        get_language(),
        get_language_from_request(request),
    )
    return blake2b(repr(facts).encode(), digest_size=16).digest()


def _strip_cookies(request: HttpRequest) -> None:
    """Whatever is left over of a visit before, such as a token of a form, can't get into what all strangers read."""
    request.META.pop("HTTP_COOKIE", None)
    request.__dict__.pop("COOKIES", None)  # read from the header again


def _copy_of(response: HttpResponse) -> PageCopy | None:
    """None for what is for one person alone, or not worth keeping."""
    directives = response.get("Cache-Control", "")
    if response.status_code not in SHAREABLE or response.streaming or response.cookies:
        return None
    if "private" in directives or "no-store" in directives or has_vary_header(response, "*"):
        return None
    plain = response.content
    zipped = compress_string(plain) if len(plain) >= WORTH_ZIPPING else plain
    is_zipped = len(zipped) < len(plain)
    body = zipped if is_zipped else plain
    if len(body) > LARGEST_PAGE:
        return None
    if plain:
        patch_vary_headers(response, ("Accept-Encoding",))
    patch_vary_headers(response, ("HX-Request",))
    headers = tuple((name, value) for name, value in response.items() if name not in ("Content-Length", "ETag"))
    etag = f'W/"{blake2b(plain, digest_size=16).hexdigest()}"'
    return PageCopy(response.status_code, headers, body, is_zipped, etag, monotonic())


def _answer(request: HttpRequest, copy: PageCopy) -> HttpResponse:
    """An answer of its own for each: what stands further out writes on it."""
    zips = copy.is_zipped and re_accepts_gzip.search(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    body = copy.body if zips or not copy.is_zipped else gzip.decompress(copy.body)
    response = HttpResponse(body, status=copy.status, headers=dict(copy.headers))
    if copy.status == HTTPStatus.OK:
        response["Content-Length"] = str(len(body))
        response["ETag"] = copy.etag
    if zips:
        response["Content-Encoding"] = "gzip"
    return get_conditional_response(request, etag=response.get("ETag"), response=response) or response
