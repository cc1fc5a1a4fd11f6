"""The words of an export: what it is, how far it has got, until when it can be downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core.formats import clock_time, long_date
from core.status_tags import StatusTag
from exports import rules
from exports.choices import LOST, TAGS, ExportStatus
from exports.kinds import UnknownKind, is_still_right, kind_of, may_have
from exports.models import Export


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportCard:
    """One export for its owner. `download_url` while there is a file, `again_url` when there is none and none comes.
    `gone`: why there is none any more. Who may no longer have it reads neither whom it is about nor how far it is."""

    title: str
    tag: StatusTag
    asked: str
    url: str
    about: str = ""
    size: str = ""
    until: str = ""
    is_open: bool = False
    has_failed: bool = False
    done: int = 0
    total: int = 0
    told: str = ""
    gone: str = ""
    download_url: str = ""
    again_url: str = ""


def export_card(export: Export, viewer: User, now: datetime) -> ExportCard:
    if not may_have(export):
        return _lost_card(export)
    status = status_at(export, now)
    is_ready = status == ExportStatus.READY
    return ExportCard(
        title=_title(export),
        about=_about(export, viewer),
        tag=TAGS[status],
        asked=_asked(export),
        size=filesizeformat(export.size) if is_ready else "",
        until=_until(export) if is_ready else "",
        url=reverse("exports:export", args=[export.pk]),
        is_open=export.is_open,
        has_failed=status == ExportStatus.FAILED,
        done=export.done,
        total=export.total,
        told=_progress(export) if export.is_open else "",
        gone="" if is_ready else _gone(export, now),
        download_url=reverse("exports:download", args=[export.pk]) if is_ready else "",
        again_url="" if is_ready or export.is_open else reverse("exports:again", args=[export.pk]),
    )


def status_at(export: Export, now: datetime) -> ExportStatus:
    """Its status for whoever may have it, by the clock: a file whose time is over has gone, whether or not the night
    was here; so has one with something in it that is its owner's no more."""
    if export.status == ExportStatus.READY and (_is_over(export, now) or not is_still_right(export)):
        return ExportStatus.EXPIRED
    return ExportStatus(export.status)


def _lost_card(export: Export) -> ExportCard:
    return ExportCard(
        title=_title(export),
        tag=LOST,
        asked=_asked(export),
        url=reverse("exports:export", args=[export.pk]),
        gone=_("You don’t have access to this file any more, so you can’t download it."),
    )


def _is_over(export: Export, now: datetime) -> bool:
    return rules.is_over(expires_at=export.expires_at, now=now)


def _asked(export: Export) -> str:
    facts = {"day": long_date(export.requested_at), "time": clock_time(export.requested_at)}
    return _("Asked for on %(day)s at %(time)s") % facts


def _gone(export: Export, now: datetime) -> str:
    if export.status == ExportStatus.READY and not _is_over(export, now):
        return _("This file is out of date. You can have it made again, with what we hold now.")
    return _("We deleted this file because its time was over. You can have it made again, with what we hold now.")


def _title(export: Export) -> str:
    try:
        return str(kind_of(export.kind).label)
    except UnknownKind:
        return _("File")


def _about(export: Export, viewer: User) -> str:
    if export.subject is None or export.subject.user_id == viewer.pk:
        return ""
    return export.subject.full_name


def _until(export: Export) -> str:
    facts = {"day": long_date(export.expires_at), "time": clock_time(export.expires_at)}
    return _("You can download it until %(day)s at %(time)s. We’ll delete it then.") % facts


def _progress(export: Export) -> str:
    if export.status == ExportStatus.QUEUED and export.attempts:
        return _("It didn’t work this time. We’ll try again in a few minutes.")
    if export.status == ExportStatus.QUEUED:
        return _("It’ll start in a moment.")
    if not export.total:
        return _("We’re preparing it.")
    return _("%(percent)s%% done") % {"percent": export.done * 100 // export.total}
