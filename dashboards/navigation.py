"""What the header offers to whom. Pure: a role and an address in, links out."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class NavItem:
    """One link of the header. `is_current` marks the page, or the part of the site, one is on."""

    label: str
    path: str
    icon: str
    is_current: bool = False


_FIND = NavItem("Find a doctor", "/doctors/", "search")
_ITEMS: dict[str, tuple[NavItem, ...]] = {
    "": (_FIND, NavItem("For doctors", "/accounts/signup/doctor/", "person-badge")),
    "PATIENT": (
        NavItem("Home", "/patient/", "house"),
        _FIND,
        NavItem("My appointments", "/patient/bookings/", "calendar-check"),
    ),
    "DOCTOR": (
        NavItem("Today", "/doctor/", "clipboard2-pulse"),
        NavItem("Appointments", "/doctor/appointments/", "list-check"),
        NavItem("Availability", "/doctor/availability/", "calendar-week"),
    ),
    "STAFF": (NavItem("Records", "/admin/", "grid"), _FIND),
}


def navigation_for(*, role: str, path: str) -> list[NavItem]:
    """The header's links for a role ("" when nobody is signed in), the nearest one to `path` marked.

    An unknown role gets what everyone gets.
    """
    items = _ITEMS.get(role, _ITEMS[""])
    nearest = max((item.path for item in items if path.startswith(item.path)), key=len, default=None)
    return [replace(item, is_current=item.path == nearest) for item in items]
