"""What the settings page says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from core.formats import clock_time, long_date
from core.status_tags import StatusTag
from integrations.choices import ConnectionStatus
from integrations.models import GoogleConnection


@dataclass(frozen=True)
class SettingsPage:
    """Off (nobody set it up), not connected, connected, or broken. `rows` are for the summary list."""

    is_off: bool = False
    is_connected: bool = False
    is_broken: bool = False
    tag: StatusTag | None = None
    rows: list[dict[str, str]] = field(default_factory=list)
    closed_until: datetime | None = None


def settings_page(connection: GoogleConnection | None, *, is_on: bool) -> SettingsPage:
    if connection is None:
        return SettingsPage(is_off=not is_on)
    is_broken = connection.status == ConnectionStatus.BROKEN
    tag = StatusTag(_("Not connected any more"), "danger", "x-circle-fill")
    if not is_broken:
        tag = StatusTag(_("Connected"), "success", "check-circle-fill")
    return SettingsPage(
        is_off=not is_on,
        is_connected=not is_broken,
        is_broken=is_broken,
        tag=tag,
        rows=_rows(connection),
        closed_until=connection.busy_times_kept_until,
    )


def last_checked(connection: GoogleConnection) -> str:
    """How old what we know of the busy times is."""
    looked = connection.busy_looked_at
    return f"{long_date(looked)}, {clock_time(looked)}" if looked else _("Not yet")


def _rows(connection: GoogleConnection) -> list[dict[str, str]]:
    moment = connection.connected_at
    rows = [{"label": _("Connected on"), "value": f"{long_date(moment)}, {clock_time(moment)}"}]
    if connection.google_email:
        rows.insert(0, {"label": _("Account"), "value": connection.google_email})
    if connection.user.is_doctor:
        closes = connection.closes_busy_times
        said = _("Close my free times") if closes else _("Don’t block my availability")
        rows.append({"label": _("Busy times"), "value": said})
        if closes:
            rows.append({"label": _("Last checked"), "value": last_checked(connection)})
    return rows
