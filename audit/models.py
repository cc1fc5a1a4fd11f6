"""The audit trail (H4): who did what to whom, when, from where and why. Written once, never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, TypeVar

import pghistory.models
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.choices import Kind
from audit.triggers import TRACKED, EntryTrigger, Tracking, condition_of_update, label_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Entry(pghistory.models.Event):
    """One thing that happened: a change of a tracked row, written by its trigger, or what `services.record` tells.

    Points to people and things without foreign keys in the database: the trail outlives what it tells of, and
    writing it locks nothing.
    """

    pgh_id = models.BigAutoField(primary_key=True)
    pgh_created_at = models.DateTimeField(_("when"), auto_now_add=True)
    pgh_label = models.CharField(_("what"), max_length=32, choices=Kind)
    pgh_context_id = models.UUIDField(null=True, help_text=_("The same for all that one request or job did."))

    # What it happened to. `about` also has whatever that points to: "bookings.booking:17", "accounts.user:4".
    model = models.CharField(max_length=80, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=120, blank=True, help_text=_("A name that is nobody’s, such as a reference."))
    about = ArrayField(models.CharField(max_length=120), default=list)
    changed = ArrayField(models.CharField(max_length=64), default=list)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    details = models.JSONField(default=dict)

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        db_constraint=False,
        db_index=False,
        on_delete=models.DO_NOTHING,
        related_name="+",
        verbose_name=_("who"),
    )
    actor_role = models.CharField(max_length=16, blank=True)
    address = models.GenericIPAddressField(_("from where"), null=True)
    request_id = models.CharField(max_length=64, blank=True)
    place = models.CharField(max_length=120, blank=True, help_text=_("The page, the job or the command."))
    reason = models.CharField(_("why"), max_length=500, blank=True)

    pgh_trackers = None
    pgh_tracked_model = None
    objects: ClassVar[models.Manager[Entry]]  # type: ignore[assignment]  # pghistory's own has no type

    class Meta:
        ordering = ["-pgh_id"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        default_permissions = ("view",)
        indexes = [
            GinIndex(fields=["about"], name="audit_about"),
            models.Index(fields=["actor", "pgh_id"], name="audit_actor"),
            models.Index(fields=["pgh_label", "pgh_id"], name="audit_kind"),
            models.Index(fields=["model", "pgh_id"], name="audit_model"),
            models.Index(fields=["pgh_created_at"], name="audit_when"),
            models.Index(fields=["address", "pgh_id"], condition=Q(address__isnull=False), name="audit_address"),
            models.Index(fields=["request_id"], condition=~Q(request_id=""), name="audit_request"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        known = next((model for model in TRACKED if label_of(model) == self.model), None)
        named = TRACKED[known].called or known._meta.verbose_name if known else ""  # noqa: SLF001
        what = named or self.model or self.place
        return f"{self.get_pgh_label_display()}: {what} {self.name or self.object_id}".strip()

    @classmethod
    def pghistory_setup(cls) -> None:
        """Nothing to set up: the one trail is of all models, each of which names itself by `tracked`."""


class Suppressed(models.Model):
    """How many refusals of one kind and source were not written in a quarter of an hour (audit/suppression.py)."""

    SOURCE_LENGTH = 80

    quarter = models.DateTimeField()
    kind = models.CharField(max_length=32, choices=Kind)
    source = models.CharField(max_length=SOURCE_LENGTH)
    address = models.GenericIPAddressField(null=True)
    number = models.PositiveIntegerField()

    class Meta:
        db_table = "audit_suppressed"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["quarter", "kind", "source"], name="suppressed_once")]

    def __str__(self) -> str:
        facts = {"number": self.number, "kind": self.get_kind_display(), "source": self.source}
        return gettext("%(number)s × %(kind)s from %(source)s") % facts


Model = TypeVar("Model", bound=type[models.Model])


def tracked(
    *,
    shown: Iterable[str] = (),
    hidden: Iterable[str] = (),
    ignored: Iterable[str] = (),
    named_by: str = "",
    called: StrOrPromise = "",
    tells: Mapping[str, StrOrPromise] | None = None,
    person: bool = False,
    find_by: Iterable[str] = (),
    related: Iterable[str] = (),
    inserts: pgtrigger.Condition | bool = True,
    updates: pgtrigger.Condition | None = None,
) -> Callable[[Model], Model]:
    """Class decorator: each insert, update and delete of a row leaves an `Entry`, by whichever road it comes.

    Values of facts (states, times, numbers, keys) are kept, of free text never: the entry only names the field.

    `shown` names text that may be kept for ever: nobody's name, no way to reach anybody, nothing clinical, no secret.
    `hidden` names facts that may not: a date of birth, a blood group.
    `ignored` names fields that are no news at all: copies made for searching, the time of the last sign-in.
    `named_by` is a shown field by which people know the row, such as a reference.
    `called` is what the row is in the trail's sentences ("appointment"), if not what its model is called, and `tells`
    what a change means: {"insert:status:PENDING": _("requested"), "status:CANCELLED": _("cancelled"), …}.
    `person`: a row that stands for somebody, named in the column "on whom".
    `find_by` are lookups by which the trail is searched for the row ("reference__iexact").
    `related` is what `str(row)` needs beside the row (select_related).
    `inserts`: False for rows whose making says nothing new, or which ones are told of; `updates`: the same.
    """

    def decorate(model: Model) -> Model:
        tracking = Tracking(
            shown=frozenset(shown) | ({named_by} if named_by else set()),
            hidden=frozenset(hidden),
            ignored=frozenset(ignored),
            named_by=named_by,
            called=called,
            tells=dict(tells or {}),
            person=person,
            find_by=tuple(find_by),
            related=tuple(related),
        )
        TRACKED[model] = tracking
        if inserts is not False:
            _watch(model, tracking, "insert", "NEW", None if inserts is True else inserts)
        _watch(model, tracking, "update", "NEW", updates or condition_of_update(model, tracking))
        _watch(model, tracking, "delete", "OLD", None)
        return model

    return decorate


_OPERATIONS = {"insert": pgtrigger.Insert, "update": pgtrigger.Update, "delete": pgtrigger.Delete}


def _watch(
    model: type[models.Model], tracking: Tracking, label: str, row: str, condition: pgtrigger.Condition | None
) -> None:
    trigger = EntryTrigger(
        tracking=tracking,
        event_model=Entry,
        label=label,
        name=f"audit_{label}",
        row=row,
        operation=_OPERATIONS[label],
        condition=condition,
    )
    pgtrigger.register(trigger)(model)
