"""What the header offers to whom. Pure: a role, what it may do, and an address in, links out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from accounts.permissions import Can

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class NavItem:
    """One link of the header. `is_current` marks the page, or the part of the site, one is on."""

    label: StrOrPromise
    path: str
    icon: str
    is_current: bool = False


_FIND = NavItem(gettext_lazy("Find a doctor"), "/doctors/", "search")
_ITEMS: dict[str, tuple[NavItem, ...]] = {
    "": (_FIND, NavItem(gettext_lazy("For doctors"), "/accounts/signup/doctor/", "person-badge")),
    "PATIENT": (
        NavItem(gettext_lazy("Home"), "/patient/", "house"),
        _FIND,
        NavItem(gettext_lazy("My appointments"), "/patient/bookings/", "calendar-check"),
        NavItem(gettext_lazy("My records"), "/records/", "clipboard2-pulse"),
        NavItem(gettext_lazy("Invoices"), "/billing/", "wallet2"),
    ),
    "DOCTOR": (
        NavItem(gettext_lazy("Today"), "/doctor/", "clipboard2-pulse"),
        NavItem(gettext_lazy("Appointments"), "/doctor/appointments/", "list-check"),
        NavItem(gettext_lazy("Availability"), "/doctor/availability/", "calendar-week"),
    ),
}
# Staff by what each may do, not by what kind they are.
_STAFF: tuple[tuple[NavItem, Can], ...] = (
    (NavItem(gettext_lazy("Desk"), "/staff/desk/", "clipboard2-pulse"), Can.RUN_DESK),
    (NavItem(gettext_lazy("Book"), "/staff/book/", "telephone"), Can.RUN_DESK),
    (NavItem(gettext_lazy("Billing"), "/staff/billing/", "wallet2"), Can.SEE_INVOICES),
    (NavItem(gettext_lazy("Figures"), "/staff/", "list-check"), Can.SEE_FIGURES),
    (NavItem(gettext_lazy("Records"), "/admin/", "grid"), Can.USE_ADMIN),
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
