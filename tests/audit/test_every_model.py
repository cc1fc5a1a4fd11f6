"""Every model of ours is tracked, or there is a reason why not."""

from __future__ import annotations

import pgtrigger
from django.apps import apps
from django.db.models import Model
from django.utils.functional import Promise

from audit.choices import CHANGES
from audit.models import Entry
from audit.triggers import TRACKED, label_of
from tests.architecture.source import ROOT, python_files
from tests.architecture.test_imports import RANKS

NOT_TRACKED = {
    "audit.Entry": "is the trail",
    "integrations.JobRun": "the last run of each job, written every few seconds",
    "integrations.ChannelState": "who hands over messages just now, written every few seconds",
    "billing.BillingSeries": "a counter: each number it gave is in the entry of its invoice or credit note",
    "billing.InvoiceLine": "comes and goes with a draft, whose change is an entry, and never changes after",
    "billing.TaxTotal": "the same",
    "billing.CreditLine": "is written with its credit note, whose entry tells of it, and never changes",
    "billing.BillingDecision": "what a job has looked at; what came of it is an entry of the invoice",
    "exports.ExportFile": "a sealed file: its making, its downloads and its end are entries of its export",
    "clinical.RecordAnswer": "is held against the trail every night and then forgotten",
    "clinical.RecordDraft": "saved every few seconds while a doctor types, and no record yet; signing is an entry",
    "audit.Suppressed": "counts what the trail is told in sum a quarter of an hour later",
    "accounts.Session": "comes and goes with each visit; signing in and out are entries of their own",
}
# What else changes the rows of somebody who can sign in, though its table is made by Django.
THROUGH = {"accounts.user_groups", "accounts.user_user_permissions"}


def our_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in RANKS and not model._meta.proxy]


def triggers_of(model: type[Model]) -> set[str]:
    found = {(label_of(one), trigger.name) for one, trigger in pgtrigger.registered()}
    return {name for label, name in found if label == label_of(model)}


def test_every_model_is_tracked_or_has_a_reason_not_to_be() -> None:
    tracked = {label_of(model) for model in TRACKED}
    missing = {model._meta.label for model in our_models() if label_of(model) not in tracked}

    assert missing == set(NOT_TRACKED)
    assert tracked >= THROUGH


def test_every_tracked_model_tells_of_changes_and_deletions() -> None:
    assert len(TRACKED) > 15
    for model in TRACKED:
        assert triggers_of(model) >= {"audit_update", "audit_delete"}, model


def test_what_is_shown_hidden_or_ignored_are_fields_that_exist() -> None:
    for model, tracking in TRACKED.items():
        named = tracking.shown | tracking.hidden | tracking.ignored | ({tracking.named_by} - {""})
        told = {key.split(":")[0] for key in tracking.tells} - {str(kind) for kind in CHANGES} - {"because"}
        assert named | told <= {field.name for field in model._meta.concrete_fields}, model


def test_what_the_trail_says_of_a_model_is_marked_for_translation() -> None:
    """A word alone looks like no sentence, and a model that is called nothing is called by its class."""
    said = [word for tracking in TRACKED.values() for word in (tracking.called, *tracking.tells.values())]

    assert len(said) > 35
    assert [word for word in said if not isinstance(word, Promise)] == []


def test_the_trail_is_only_ever_added_to() -> None:
    assert "append_only" in triggers_of(Entry)


def test_the_product_never_tells_the_triggers_to_look_away() -> None:
    """django-pgtrigger's `ignore` would keep a change out of the trail; only tests may."""
    looking_away = [str(path) for path in python_files(tests=False) if "pgtrigger.ignore" in (ROOT / path).read_text()]

    assert looking_away == []
