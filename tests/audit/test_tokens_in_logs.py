"""Whoever has a token needs nothing else: it stands in no line of any log, whatever the answer was."""

from __future__ import annotations

import copy
import io
import json
import logging
import logging.config
import runpy
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.test import Client
from django.urls import ResolverMatch, reverse
from gunicorn.config import Config

from core.errors import Unavailable
from core.web.logs import TokenFilter
from hms_project.token_paths import TOKEN_PATHS
from tests.architecture.source import ROOT
from tests.architecture.world import Address, addresses

TOKEN = "Zq9canary-Zq9canary-Zq9canary-Zq9canary-Zq9"
SECRET = {"token", "key"}


def with_token() -> list[Address]:
    """Every address a part of which is a secret."""
    return [one for one in addresses() if SECRET & set(one.parameters)]


def path_of(one: Address) -> str:
    """As it stands in the address bar."""
    parts = {"uidb36": "1", "number": 0}
    return reverse(one.name, kwargs={name: TOKEN if name in SECRET else parts[name] for name in one.parameters})


ADDRESSES = {one.name: one for one in with_token()}


@pytest.fixture
def console() -> Iterator[io.StringIO]:
    """The log as it is configured, written to memory."""
    kept = io.StringIO()
    config: dict[str, Any] = copy.deepcopy(settings.LOGGING)
    handler = logging.config.DictConfigurator(config)
    handler.configure()
    (own,) = [one for one in logging.getLogger().handlers if any(isinstance(f, TokenFilter) for f in one.filters)]
    assert isinstance(own, logging.StreamHandler)
    before = own.setStream(kept)
    yield kept
    own.setStream(before)


def failing(status: int) -> Any:
    """A view that ends so, the way Django and we do it."""

    def view(request: HttpRequest, **_: Any) -> HttpResponse:
        match status:
            case 403:
                raise PermissionDenied
            case 404:
                raise Http404({"path": request.path})
            case 405:
                return HttpResponseNotAllowed(["GET"])
            case 429:
                return HttpResponse(status=429)
            case 500:
                raise RuntimeError(f"Something broke at {request.get_full_path()}")
        raise Unavailable(request.path)

    view.login_required = False  # type: ignore[attr-defined]
    return view


@pytest.mark.django_db
@pytest.mark.parametrize("status", [403, 404, 405, 429, 500, 503])
@pytest.mark.parametrize("name", ADDRESSES)
def test_no_line_has_the_token_of_an_address(
    name: str, status: int, console: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = path_of(ADDRESSES[name])
    monkeypatch.setattr(ResolverMatch, "__getitem__", lambda _, at: (failing(status), (), {})[at])
    client = Client(raise_request_exception=False)

    response = client.get(path, {"next": path}, headers={"Referer": path, "HX-Current-URL": f"http://x{path}"})

    assert response.status_code == status
    lines = [json.loads(line) for line in console.getvalue().splitlines()]
    assert any(line["level"] in {"WARNING", "ERROR"} for line in lines)
    assert TOKEN not in console.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ADDRESSES)
def test_a_form_without_a_token_of_its_own_tells_none(name: str, console: io.StringIO) -> None:
    path = path_of(ADDRESSES[name])

    Client(enforce_csrf_checks=True, raise_request_exception=False).post(path, {"a": "b"}, headers={"Referer": path})

    assert TOKEN not in console.getvalue()
    assert console.getvalue()


def _break_at(path: str) -> None:
    raise ValueError(path)


@pytest.mark.parametrize("name", ADDRESSES)
def test_wherever_it_stands_in_a_line_it_is_hidden(name: str, console: io.StringIO) -> None:
    path = path_of(ADDRESSES[name])
    for logger in ("django.request", "celery.worker", "somebody.elses", "hms.refusals"):
        log = logging.getLogger(logger)
        log.warning("Refused: %s", path)
        log.warning("Referer http://localhost%s and next=%s", path, quote(path, safe=""))
        log.warning("Cut off: %s", path[:-6])
        try:
            _break_at(path)
        except ValueError:
            log.exception("It broke at %r", {"path": path})
        log.warning("Google: /oauth2callback?state=%s&code=%s", TOKEN, TOKEN)

    assert TOKEN[:20] not in console.getvalue()
    assert console.getvalue().count("<token>") >= 4
    assert console.getvalue().count("/oauth2callback?state=<hidden>&code=<hidden>") == 4


def test_other_words_stay_as_they_are(console: io.StringIO) -> None:
    logging.getLogger("django.request").warning("Not Found: %s", "/doctors/jane-smith/?page=2")
    assert "/doctors/jane-smith/?page=2" in console.getvalue()


def test_the_list_of_such_addresses_is_complete() -> None:
    """A new address with a token fails here until its beginning is listed."""
    assert {"bookings:feed", "accounts:invitation", "account_reset_password_from_key"} <= set(ADDRESSES)
    found = list(with_token())
    assert len(found) > 2
    for item in found:
        assert [path for path in TOKEN_PATHS if path_of(item).startswith(path)], item.name


def test_gunicorns_own_lines_have_none_either() -> None:
    config = Config()
    config.set("accesslog", "-")
    logger = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["logger_class"](config)
    kept: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(self.format(record))

    for log in (logger.access_log, logger.error_log):
        handler = Keep()
        log.addHandler(handler)
        log.warning("GET %s", path_of(ADDRESSES["bookings:feed"]))
        log.removeHandler(handler)
    assert kept == ["GET /feeds/<token>"] * 2


def test_a_line_whose_arguments_do_not_fit_is_written_and_breaks_nothing() -> None:
    """Somebody else's slip in a log call: the filter runs in the caller, where it must not raise."""
    record = logging.LogRecord("library", logging.INFO, "file.py", 1, "%s and %s", ("one",), None)

    assert TokenFilter(["/feeds/"]).filter(record)
    assert "%s and %s" in record.getMessage()
