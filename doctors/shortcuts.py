"""What several views begin with: the profile of the doctor who asks."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.views.decorators.http import require_http_methods

from doctors import selectors
from doctors.models import DoctorProfile


def own_profile(request: HttpRequest) -> DoctorProfile:
    """The profile of the doctor who is signed in."""
    doctor = selectors.doctor_of(request.user)
    if doctor is None:
        raise Http404
    return doctor


form_page = require_http_methods(["GET", "HEAD", "POST"])
