"""What every page knows: the hospital, and the links of the header. No query beyond the signed-in user, and of staff
their groups."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.choices import Role
from accounts.permissions import may
from core.site import site_facts
from dashboards.navigation import ASKED, navigation_for


def site(request: HttpRequest) -> dict[str, Any]:
    """`hospital.name`, `hospital.phone` and the rest of `core.site.site_facts`.

    Not called `site`: django-allauth puts the Sites framework's object under that name.
    """
    return {"hospital": site_facts()}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`navigation.role` ("" when nobody is signed in) and `navigation.links`.

    The user may be missing: an error page can come before the user does.
    """
    user = getattr(request, "user", None)
    role = user.role if user is not None and user.is_authenticated else ""
    asked = ASKED if role == Role.STAFF else ()
    can = {permission for permission in asked if user is not None and may(user, permission)}
    return {"navigation": {"role": role, "links": navigation_for(role=role, path=request.path, can=can)}}
