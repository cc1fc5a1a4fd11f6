"""What people see when something went wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import include, path

from core.web import error_views

RAISED: dict[str, Exception] = {
    "400": BadRequest("secret detail"),
    "403": PermissionDenied("secret detail"),
    "404": Http404("secret detail"),
    "500": RuntimeError("secret detail"),
    "503": OperationalError("secret detail"),
}


@login_not_required
def fails(request: HttpRequest, kind: str) -> HttpResponse:
    raise RAISED[kind]


urlpatterns = [path("fails/<str:kind>/", fails), path("", include("hms_project.urls"))]
handler400, handler403 = error_views.handler400, error_views.handler403
handler404, handler500 = error_views.handler404, error_views.handler500


@pytest.fixture
def quiet_client(settings: Any) -> Client:
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("kind", RAISED)
def test_every_failure_has_a_page_of_ours_that_tells_no_secret(kind: str, quiet_client: Client) -> None:
    response = quiet_client.get(f"/fails/{kind}/")
    html = response.content.decode()
    assert response.status_code == int(kind)
    assert settings.HOSPITAL_NAME in html
    assert 'lang="en-GB"' in html
    assert len(re.findall("<h1", html)) == 1
    assert "secret detail" not in html
    assert kind not in re.sub(r"<[^>]+>", "", html)


@pytest.mark.parametrize("kind", RAISED)
def test_a_refusal_is_one_line_and_a_failure_has_its_trace(
    kind: str, quiet_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    quiet_client.get(f"/fails/{kind}/")

    records = [record for record in caplog.records if record.name == "django.request"]
    assert records
    assert [bool(record.exc_info) for record in records] == [kind == "500"] * len(records)


def test_an_unknown_address_is_a_plain_404(quiet_client: Client) -> None:
    response = quiet_client.get("/no/such/page/")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


@pytest.mark.parametrize("error", [OperationalError(), InterfaceError()])
def test_a_database_gone_outside_a_view_is_a_503_too(error: Exception) -> None:
    try:
        raise error
    except (OperationalError, InterfaceError):
        response = error_views.handler500(RequestFactory().get("/"))
    assert response.status_code == 503
    assert response["Retry-After"] == "5"


def test_another_failure_stays_a_500() -> None:
    response = error_views.handler500(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "Retry-After" not in response


@pytest.mark.parametrize("status", [400, 413, 500, 503])
def test_the_worst_pages_need_neither_context_nor_database(status: int) -> None:
    # No `db` fixture: a query would raise. No context at all: an undefined variable would raise.
    assert "<h1" in render_to_string(f"errors/{status}.html", {"message": ""})


@pytest.mark.parametrize("status", [403, 404, 409, 429])
def test_the_other_pages_can_come_before_the_user_is_known(status: int) -> None:
    response = error_views.render_error(RequestFactory().get("/doctors/"), status)
    assert response.status_code == status
    assert "Sign in" in response.content.decode()


def test_a_page_that_cannot_be_drawn_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> str:
        raise ValueError("no manifest")

    monkeypatch.setattr(error_views, "render_to_string", broken)
    response = error_views.render_error(RequestFactory().get("/"), 404)
    assert response.status_code == 404
    assert "Something went wrong" in response.content.decode()


def test_a_sentence_for_the_person_is_shown_and_escaped() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    html = error_views.render_error(request, 409, message="<b>Someone</b> was quicker.").content.decode()
    assert "&lt;b&gt;Someone&lt;/b&gt; was quicker." in html


def test_a_form_left_open_too_long_is_explained() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/dev/gallery/form/", {"name": "Ada"})
    assert response.status_code == 403
    assert "This page was open too long" in response.content.decode()
