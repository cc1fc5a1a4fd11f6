"""What can be exported: each kind is an object of the room that knows the data, named in `settings.EXPORT_KINDS`.

EXPORT_KINDS = {"personal_data": "privacy.archive.PERSONAL_DATA"}
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from accounts.models import User
from exports.models import Export
from patients.models import PatientProfile

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Called with how many of how many are done, as often as one likes. Raises LeaseLost: then stop, another has begun.
Progress = Callable[[int, int], None]


class UnknownKind(Exception):
    """No kind of this name, or nothing at its path: the row may be older than the release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFacts:
    """What was asked for. `subject`: whom the file is about; None for kinds about no patient. `now`: when it began."""

    owner: User
    subject: PatientProfile | None
    options: Mapping[str, Any]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMade:
    """`name` is what it is saved as: nobody's name in it, files lie about in download folders."""

    name: str
    content_type: str
    content: bytes


class ExportKind(ABC):
    """One kind of file. `label` is what its owner calls it; the pages show it, no mail does."""

    label: StrOrPromise
    # Whether who downloads it must have shown lately that it is them.
    asks_who_it_is: bool = False

    @abstractmethod
    def may(self, owner: User, subject: PatientProfile | None) -> bool:
        """Whether `owner` may have this file of `subject` now: asked on request, before making and at each download."""

    @abstractmethod
    def make(self, facts: ExportFacts, progress: Progress) -> FileMade:
        """Make the file. In no transaction and under no lock; may be begun again after a worker died, so it changes
        nothing. Whatever it raises is a failed try."""

    def is_still_right(self, export: Export) -> bool:
        """Whether what was put into the file is its owner's to have today, where they may have one at all. If not, the
        file is treated as one whose time is over: they have it made again, with what is theirs now."""
        return True

    def log_read(self, request: HttpRequest, export: Export) -> None:  # noqa: B027  most kinds have nothing to add
        """In the transaction of each download, before the answer leaves: what else is to be written of it."""


def kind_of(name: str) -> ExportKind:
    """The kind of this name. Raises UnknownKind."""
    try:
        kind: ExportKind = import_string(settings.EXPORT_KINDS[name])
    except (KeyError, ImportError) as error:
        raise UnknownKind(name) from error
    return kind


def may_have(export: Export) -> bool:
    """Whether its owner may have the file now. Of a kind that is no more nobody may."""
    try:
        kind = kind_of(export.kind)
    except UnknownKind:
        return False
    return export.owner.is_active and kind.may(export.owner, export.subject)


def is_still_right(export: Export) -> bool:
    """Whether the file, as it was made, may be given to its owner, who `may_have` it. Raises UnknownKind."""
    return kind_of(export.kind).is_still_right(export)
