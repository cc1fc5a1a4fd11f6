"""`/dev/inbox/`: what the e-mail function sent, read in the browser.

404 unless `settings.LOCAL_INBOX` names a folder.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from integrations.local_inbox import selectors
from integrations.local_inbox.selectors import ReceivedMail

# A letter is shown as a mail program would: its own styles, no scripts, nothing fetched, links open over our page.
_LETTER_POLICY = (
    "sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; frame-ancestors 'self'"
)


def _demo_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if settings.LOCAL_INBOX is None:
            raise Http404
        return view(request, Path(settings.LOCAL_INBOX), *args, **kwargs)

    return login_not_required(guarded)


@_demo_only
@require_safe
def inbox(request: HttpRequest, folder: Path) -> HttpResponse:
    to = request.GET.get("to", "").strip()
    return render(request, "local_inbox/inbox.html", {"letters": selectors.letters(folder, to=to), "to": to})


@_demo_only
@require_safe
@csp_update({"frame-src": [SELF]})
def letter(request: HttpRequest, folder: Path, key: str) -> HttpResponse:
    return render(request, "local_inbox/letter.html", {"letter": _letter(folder, key)})


@_demo_only
@require_safe
def letter_html(request: HttpRequest, folder: Path, key: str) -> HttpResponse:
    """The letter's own HTML, for the frame on its page."""
    html = _letter(folder, key).html.replace("<head>", '<head><base target="_top">', 1)
    response = HttpResponse(html)
    response["Content-Security-Policy"] = _LETTER_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@_demo_only
@require_safe
def attachment(request: HttpRequest, folder: Path, key: str, number: int) -> HttpResponse:
    attachments = _letter(folder, key).attachments
    if number >= len(attachments):
        raise Http404
    chosen = attachments[number]
    disposition = content_disposition_header(True, chosen.name)
    return HttpResponse(
        chosen.content, content_type=chosen.content_type, headers={"Content-Disposition": disposition or "attachment"}
    )


@_demo_only
@require_POST
def clear(request: HttpRequest, folder: Path) -> HttpResponse:
    selectors.clear(folder)
    return redirect("local_inbox:inbox")


def _letter(folder: Path, key: str) -> ReceivedMail:
    found = selectors.read(folder, key)
    if found is None:
        raise Http404
    return found
