"""Who caused a thing is its author: no field that names somebody is filled with anybody but who asked for it (H4)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.db.models import ForeignKey
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.browser import signs_in
from accounts.tests.factories import make_staff
from doctors.choices import SlotSource
from doctors.models import Slot, TimeOff
from doctors.tests.factories import make_doctor, make_slot
from tests.architecture.source import python_files, tree_of
from tests.architecture.test_imports import RANKS

# Told by the rows of others: copied when a booking moves or is looked at, or nobody's because it was the system.
ALLOWED = {"by", "None", "actor", "guest", "self.by"}  # the last: who sent the form that is answered once


def author_fields() -> set[str]:
    """Fields of our models that point to an account and say who did something."""
    return {
        field.name
        for model in apps.get_models()
        if model._meta.app_label in RANKS
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.related_model is User and field.name.endswith("by")
    }


def authors_written(tree: ast.Module, fields: set[str]) -> Iterator[tuple[int, str, str]]:
    """`created_by=…` in a call, `row.created_by = …`: the line, the field, and what it is given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for word in node.keywords:
                if word.arg in fields - {"by"}:
                    yield node.lineno, word.arg, ast.unparse(word.value)
        elif isinstance(node, ast.Assign):
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            targets = node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else node.targets
            for target, value in zip(targets, values, strict=False):
                if isinstance(target, ast.Attribute) and target.attr in fields - {"by"}:
                    yield node.lineno, target.attr, ast.unparse(value)


def test_every_author_is_whoever_asked() -> None:
    fields = author_fields()
    found = [
        (f"{path}:{line}", field, value)
        for path in python_files(tests=False)
        if not {"sample_data", "bench"} & set(path.parts)
        for line, field, value in authors_written(tree_of(path), fields)
    ]

    assert {"created_by", "approved_by", "booked_by", "cancelled_by", "erased_by", "decided_by"} <= fields
    assert len(found) >= 8
    # Copied as it stands in another row: `erasure.erased_by_id` is who erased.
    others = [item for item in found if item[2].rpartition(".")[2].removesuffix("_id") != item[1]]
    assert [item for item in others if item[2].split(" ")[0] not in ALLOWED] == []


# What is handed on as `by` besides whoever asked, and why.
HANDED_ON = {
    ("billing/services/visits.py", "None"): "a job: nobody asked",
    ("bookings/services/no_shows.py", "None"): "a job: nobody asked",
    ("bookings/reviews/services.py", "None"): "what is shown again is hidden by nobody",
    ("bookings/services/cancel.py", "actor_of(by, booking)"): "a rule asks what they are to this appointment",
    ("bookings/appointment/step_views.py", "actor"): "so does a form",
    ("clinical/visit/views.py", "self.request.user"): "whoever asked, of a request that is kept",
    ("core/web/refusals.py", "number"): "how many, of a count",
    ("privacy/management/commands/repeat_erasures.py", "_account(by) if by else None"): "named on the command line",
    ("privacy/repeating.py", "User.objects.filter(pk=line.erased_by).first() or by"): "who erased them before",
}


def test_whoever_asked_is_handed_on() -> None:
    """From the page to the service, and from one service to the next."""
    found = [
        (str(path), ast.unparse(word.value))
        for path in python_files(tests=False)
        if not {"sample_data", "bench"} & set(path.parts)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "by" and not isinstance(word.value, ast.Dict)  # of the list of what is exported
    ]

    asked = {item for item in found if item[1] in {"by", "request.user"}}
    assert len(asked) > 30
    assert set(found) - asked == set(HANDED_ON)


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["edit", "delete", "take out"])
def test_time_off_made_by_staff_in_a_diary_says_so(act: str) -> None:
    slot = make_slot(make_doctor(), days=3)
    Slot.objects.filter(pk=slot.pk).update(source=SlotSource.WEEKLY)
    staff = make_staff(StaffRole.ADMINISTRATOR)
    client, page = signs_in(staff.username), "admin:doctors_slot"
    if act == "edit":
        begins, ends = (timezone.localtime(slot.starts_at + timedelta(hours=hours)) for hours in (30, 31))
        times = {
            f"{name}_{number}": part
            for name, moment in (("starts_at", begins), ("ends_at", ends))
            for number, part in enumerate((moment.date().isoformat(), f"{moment:%H:%M:%S}"))
        }
        client.post(reverse(f"{page}_change", args=[slot.pk]), times)
    elif act == "delete":
        client.post(reverse(f"{page}_delete", args=[slot.pk]), {"post": "yes"})
    else:
        client.post(reverse(f"{page}_changelist"), {"action": "take_out", "_selected_action": str(slot.pk)})

    assert not Slot.objects.filter(pk=slot.pk).exists()
    assert [off.created_by for off in TimeOff.objects.all()] == [staff]
