"""How a refusal is answered: the one way from a DomainError to a page, a part of one, or back to where one came from.

A view renders what it always renders, with the sentence in it; the status is the error's, and so is the invitation to
come back. What is answered to programmes is made of the same `code`, `message` and `status`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from core.errors import DomainError

NOT_FOUND = 404
CONFLICT = 409
TOO_MANY = 429
UNAVAILABLE = 503


class SaysRefusals(Protocol):
    """A form that puts a refusal beside its field: core.forms.refusals.DomainErrorMixin."""

    def add_domain_error(self, error: DomainError) -> None: ...


def refused(
    error: DomainError, page: Callable[[], HttpResponse], *, is_form_again: bool = False, is_known: bool = False
) -> HttpResponse:
    """`page()`, under the error's status. `is_form_again`: a form to mend is an ordinary page, unless nothing is wrong
    with it and the same press works in a while. Raises Http404 for what reads like nothing at all (A7), unless it
    `is_known` to the reader: whoever was shown it a moment ago is told that it has gone, and keeps what they typed."""
    if error.status == NOT_FOUND and not is_known:
        raise Http404 from error
    response = page()
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - core/web/refusals.py says more of it
    if error.status in {TOO_MANY, UNAVAILABLE} or not is_form_again:
        response.status_code = CONFLICT if error.status == NOT_FOUND else error.status
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    return response


def form_again(error: DomainError, form: SaysRefusals, page: Callable[[], HttpResponse]) -> HttpResponse:
    """The same form, what was typed still in it, with the sentence beside the field it is about; 503 while we are busy
    and 429 after too many, when nothing is wrong with it and the same press works in a while."""
    form.add_domain_error(error)
    return refused(error, page, is_form_again=True)


def refused_back(request: HttpRequest, error: DomainError, to: str, *args: object) -> HttpResponseRedirect:
    """The sentence on the page `to` (an address, or the name of one), for a button that has no form to show again."""
    messages.error(request, error.message)
    return redirect(to, *args)
