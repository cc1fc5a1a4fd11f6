"""What the header offers to whom. Pure: a role, what it may do, and an address in, links out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from accounts.permissions import Can


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
}
# Staff by what each may do, not by what kind they are.
_STAFF: tuple[tuple[NavItem, Can], ...] = (
    (NavItem("Desk", "/staff/desk/", "clipboard2-pulse"), Can.RUN_DESK),
    (NavItem("Book", "/staff/book/", "telephone"), Can.RUN_DESK),
    (NavItem("Figures", "/staff/", "list-check"), Can.SEE_FIGURES),
    (NavItem("Records", "/admin/", "grid"), Can.USE_ADMIN),
)
OF_RECORDS = "/staff/people/"  # pages about people, reached from their records
ASKED = frozenset(permission for _, permission in _STAFF)


def navigation_for(*, role: str, path: str, can: Collection[Can] = ()) -> list[NavItem]:
    """The header's links for a role ("" when nobody is signed in), the nearest one to `path` marked.

    `can`: what of `ASKED` a member of staff may do. An unknown role gets what everyone gets.
    """
    items = _ITEMS.get(role, _ITEMS[""])
    if role == "STAFF":
        items = (*(item for item, permission in _STAFF if permission in can), _FIND)
    if path.startswith(OF_RECORDS):
        path = "/admin/"
    nearest = max((item.path for item in items if path.startswith(item.path)), key=len, default=None)
    return [replace(item, is_current=item.path == nearest) for item in items]
