"""Walk-ins are part of the desk now (C10); the address they had in the admin leads there."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.permissions import Can, requires
from bookings.desk.book_query import BookQuery


@requires(Can.RUN_DESK)
@require_safe
def walk_in_view(request: HttpRequest) -> HttpResponse:
    """An address people may have kept."""
    return redirect(BookQuery(is_here=True).url)
