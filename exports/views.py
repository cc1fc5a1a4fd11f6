"""Files that take a while: asking, waiting, downloading. Each person sees their own (A7); every change is a POST."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.requests import SignedInRequest
from accounts.signing_in.recent_sign_in import ask_for_recent_sign_in
from audit import services as audit
from audit.choices import Kind
from core import clock
from core.crypto import Unreadable
from core.db import short_transaction
from core.errors import DomainError
from core.web.refusal_pages import refused_back
from exports import selectors, services
from exports.choices import ExportStatus
from exports.kinds import UnknownKind, kind_of, may_have
from exports.models import Export
from exports.presenters import export_card, status_at

GONE = 410


def _own(request: SignedInRequest, export_id: UUID) -> Export:
    export = selectors.export_of(request.user, export_id)
    if export is None:
        raise Http404
    return export


@require_safe
def exports(request: SignedInRequest) -> HttpResponse:
    """One's own, newest first."""
    now = clock.now()
    cards = [export_card(export, request.user, now) for export in selectors.latest_exports(request.user)]
    return render(request, "exports/list.html", {"cards": cards})


@require_safe
def export(request: SignedInRequest, export_id: UUID) -> HttpResponse:
    """One of them: how far it has got. Comes up to date while it is open, with JavaScript and without."""
    return _page(request, _own(request, export_id), now=clock.now())


def _page(request: SignedInRequest, export: Export, *, now: datetime, status: int = 200) -> HttpResponse:
    card = export_card(export, request.user, now)
    return render(request, "exports/export.html", {"card": card}, status=status)


@require_GET
def download(request: SignedInRequest, export_id: UUID) -> HttpResponse:
    """The file, for its owner alone and while they may still have it. Nothing leaves unrecorded, and what doesn't leave
    isn't recorded: no HEAD."""
    export, now = _own(request, export_id), clock.now()
    if not may_have(export):
        raise Http404
    if export.is_open:
        return redirect("exports:export", export_id)
    file = selectors.file_of(export) if status_at(export, now) == ExportStatus.READY else None
    if file is None:
        return _page(request, export, now=now, status=GONE)
    kind = kind_of(export.kind)
    if kind.asks_who_it_is:
        ask_for_recent_sign_in(request)
    try:
        content = file.in_clear
    except Unreadable:  # no key opens it any more
        return _page(request, export, now=now, status=GONE)
    with short_transaction():
        audit.record(
            Kind.EXPORTED,
            target=export.subject or export.owner,
            details={"kind": export.kind, "bytes": export.size},
        )
        kind.log_read(request, export)
    return HttpResponse(
        content,
        content_type=export.content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, export.file_name) or "attachment",
            "Cache-Control": "no-store, private",
        },
    )


@require_POST
def again(request: SignedInRequest, export_id: UUID) -> HttpResponse:
    """The same once more, with what there is by now."""
    old = _own(request, export_id)
    try:
        new = services.request_export(
            owner=request.user, subject=old.subject, kind=old.kind, options=old.options, now=clock.now()
        )
    except (services.ExportNotFound, UnknownKind) as error:
        raise Http404 from error
    except DomainError as error:
        return refused_back(request, error, "exports:export", export_id)
    return redirect("exports:export", new.pk)
