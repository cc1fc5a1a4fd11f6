"""Every kind of page carries the headers, and nothing inline: what MDN's Observatory asks for an A+ (QUALITY: headers).

Its rules: https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib import admin
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.tests.factories import PASSWORD, sign_in
from core.errors import Overloaded
from tests.architecture.test_settings import read_production
from tests.architecture.world import Address, World, addresses, build_world

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
HALF_A_YEAR = 15_768_000  # seconds
ROLES = ("nobody", "patient", "doctor", "administrator")
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "font-src": {"'self'"},
    "connect-src": {"'self'"},
    "form-action": {"'self'"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
    "manifest-src": {"'self'"},
}


@pytest.fixture
def https(settings: Any) -> None:
    """As production sets it; that it does is asked below."""
    settings.SECURE_HSTS_SECONDS = 63_072_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SECURE_SSL_REDIRECT = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True


@pytest.fixture
def world(https: None) -> World:
    return build_world()


class Inline(HTMLParser):
    """What a strict policy would stop: scripts and styles in the page, handlers, addresses that are script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.scripts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.faults.append(f"<{tag}>")
        self.faults += [name for name in given if name == "style" or name.startswith("on")]
        self.faults += [value for value in given.values() if value.strip().lower().startswith("javascript:")]
        self.scripts += [given["src"]] if tag == "script" and given.get("src") else []


def policy_of(response: HttpResponse) -> dict[str, set[str]]:
    parts = [part.split() for part in response.get("Content-Security-Policy", "").split(";") if part.strip()]
    return {name: set(values) for name, *values in parts}


def faults_of(response: HttpResponse) -> Iterator[str]:
    for name, value in FIXED.items():
        if response.get(name) != value:
            yield f"{name}: {response.get(name)}"
    if policy_of(response) != POLICY:
        yield f"Content-Security-Policy: {response.get('Content-Security-Policy')}"
    if "camera=()" not in response.get("Permissions-Policy", ""):
        yield "Permissions-Policy"
    if "max-age=63072000" not in response.get("Strict-Transport-Security", ""):
        yield "Strict-Transport-Security"
    yield from (name for name in ("Server", "X-Powered-By", "Access-Control-Allow-Origin") if name in response)
    if response.get("Content-Type", "").startswith("text/html"):
        page = Inline(response.content.decode())
        yield from page.faults
        yield from (source for source in page.scripts if not source.startswith(("/static/", "/admin/jsi18n/")))


def somewhere(address: Address, world: World) -> str:
    """A page of this kind, or its 404: that carries them as well."""
    parts = dict.fromkeys(address.parameters, "1") | world.arguments()
    try:
        return reverse(address.name, kwargs={name: parts[name] for name in address.parameters})
    except NoReverseMatch:
        return f"/{address.route}"


def is_kept_by_nobody(response: HttpResponse) -> bool:
    return "no-store" in response.get("Cache-Control", "")


@pytest.mark.parametrize("role", ROLES)
def test_every_address_carries_them_and_nothing_inline(world: World, role: str) -> None:
    client, faults, pages = Client(), {}, 0
    if role != "nobody":
        sign_in(client, world.people[role])
    for address in addresses():
        response = client.get(somewhere(address, world), secure=True)
        pages += response.get("Content-Type", "").startswith("text/html")
        found = [*faults_of(response)]
        found += ["kept in a cache"] if role != "nobody" and not is_kept_by_nobody(response) else []
        if found:
            faults[address.name] = found
        if not client.session.get("_auth_user_id") and role != "nobody":
            sign_in(client, world.people[role])

    assert pages > 40
    assert faults == {}


def records(world: World) -> list[str]:
    """The admin's lists and forms of each model, as the administrator reaches them."""
    paths = []
    for model in admin.site._registry:
        key = model._default_manager.values_list("pk", flat=True).first() or 0
        place = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        paths += [place, f"{place}add/", f"{place}{key}/change/", f"{place}{key}/history/", f"{place}{key}/delete/"]
    return paths


def test_so_do_the_pages_of_the_admin(world: World) -> None:
    client = Client()
    sign_in(client, world.people["administrator"])
    answers = {path: client.get(path, secure=True) for path in records(world)}

    assert sum(answer.status_code == 200 for answer in answers.values()) > 20
    assert {path: list(faults_of(answer)) for path, answer in answers.items() if list(faults_of(answer))} == {}
    assert [path for path, answer in answers.items() if not is_kept_by_nobody(answer)] == []


@pytest.mark.parametrize(
    ("status", "method", "path"),
    [
        (400, "get", "/doctors/?q=%00"),
        (400, "post", "/accounts/login/?next=%00"),
        (404, "get", "/no/such/page/"),
        (405, "put", "/doctors/"),
        (405, "trace", "/"),
        (403, "post", "/accounts/login/"),
    ],
)
def test_so_do_refusals(https: None, status: int, method: str, path: str) -> None:
    response = getattr(Client(enforce_csrf_checks=True), method)(path, secure=True)

    assert response.status_code == status
    assert list(faults_of(response)) == []


@pytest.mark.parametrize(("error", "status"), [(RuntimeError, 500), (OperationalError, 503), (Overloaded, 503)])
def test_so_do_our_own_faults(
    https: None, monkeypatch: pytest.MonkeyPatch, error: type[Exception], status: int
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("accounts.views.LoginView.get_context_data", fails)
    response = Client(raise_request_exception=False).get("/accounts/login/", secure=True)

    assert response.status_code == status
    assert list(faults_of(response)) == []


def test_so_do_static_files(https: None) -> None:
    response = Client().head("/static/js/hms.js", secure=True)

    assert response.status_code == 200
    assert list(faults_of(response)) == []


def test_cookies_stay_with_us(world: World) -> None:
    client = Client()
    typed = {"login": world.people["patient"].username, "password": PASSWORD}
    client.get("/accounts/login/", secure=True)
    client.post("/accounts/login/", typed, secure=True)
    cookies = {name: client.cookies[name] for name in ("hms_session", "csrftoken")}

    assert [(cookie["secure"], cookie["httponly"], cookie["samesite"]) for cookie in cookies.values()] == [
        (True, True, "Lax")
    ] * 2


def test_plain_http_goes_to_the_same_place_in_safety_first(https: None) -> None:
    response = Client().get("/doctors/?q=heart")

    assert (response.status_code, response["Location"]) == (301, "https://testserver/doctors/?q=heart")


def test_production_sets_what_these_tests_set() -> None:
    names = ("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD", "SECURE_SSL_REDIRECT")
    cookies = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME")
    said = read_production(*names, *cookies).stdout

    assert "'SECURE_HSTS_SECONDS': 63072000" in said
    assert HALF_A_YEAR <= 63_072_000
    for name in (*names[1:], *cookies[:2]):
        assert f"'{name}': True" in said
    assert said.count("__Host-") == 2


@pytest.mark.parametrize(
    "html",
    [
        "<script>go()</script>",
        "<style>a{}</style>",
        '<p style="x">',
        '<a onclick="go()">',
        '<a href=" JavaScript:go()">',
    ],
)
def test_something_inline_would_be_found(html: str) -> None:
    assert len(Inline(html).faults) == 1
