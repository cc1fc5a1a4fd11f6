"""The component gallery: every part of a page on one page. Development only."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from core.gallery import samples
from core.web.error_views import render_error


def _development_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """404 unless `settings.DEV_PAGES`, asked at each request so that tests can turn it off."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not settings.DEV_PAGES:
            raise Http404
        return view(request, *args, **kwargs)

    return login_not_required(guarded)


@_development_only
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component, with the line that draws it."""
    return render(request, "gallery/index.html", samples.context())


@_development_only
@require_http_methods(["GET", "HEAD", "POST"])
def form_page(request: HttpRequest) -> HttpResponse:
    """The form layout. Whatever is posted comes back with its errors: nothing is kept."""
    form = samples.SampleForm(request.POST or None)
    return render(request, "gallery/form.html", {"form": form})


@_development_only
@require_safe
def confirm_page(request: HttpRequest) -> HttpResponse:
    """The interruption layout."""
    return render(request, "gallery/confirm.html")


@_development_only
@require_safe
def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """An error page, with its own status."""
    if status not in samples.ERROR_PAGES:
        raise Http404
    return render_error(request, status)


urlpatterns = [
    path("", gallery, name="gallery"),
    path("form/", form_page, name="gallery_form"),
    path("confirm/", confirm_page, name="gallery_confirm"),
    path("errors/<int:status>/", error_page, name="gallery_error"),
]
