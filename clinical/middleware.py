"""Notes that an address of the record was answered with a page or a file, for the nightly comparison with the trail of
reads (clinical/comparison.py): a view that forgot to write its row is found out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse

from audit.context import place_of
from clinical.models import RecordAnswer
from core import clock
from core.web.logs import request_id

logger = logging.getLogger(__name__)
# What shows somebody's records. The page of who looked shows none, and sending one by mail answers with a redirect.
SHOWING = frozenset({"clinical:record", "clinical:records", "clinical:history", "clinical:pdf"})
_REFUSED_WITH_PAGE = frozenset({HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})


class RecordAnswerMiddleware:
    """After the audit's: by then the request has its id. Writes nothing of what was shown, nor to whom."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if match is not None and match.view_name in SHOWING and _shows(response):
            _note(request)
        return response


def _shows(response: HttpResponse) -> bool:
    """JSON is what a draft's saving is answered with: nothing is read by it."""
    if getattr(response, "shows_no_record", False):
        return False
    is_page = response.status_code == HTTPStatus.OK or response.status_code in _REFUSED_WITH_PAGE
    return is_page and not response.get("Content-Type", "").startswith("application/json")


def _note(request: HttpRequest) -> None:
    try:
        RecordAnswer.objects.create(request_id=request_id.get(), place=place_of(request), at=clock.now())
    except DatabaseError:
        # The row of the reading itself is written; without this one the comparison knows less, and nobody is refused.
        logger.warning("An answer of the record could not be noted")
