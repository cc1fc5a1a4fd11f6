"""What staff may do is the same in every language: the words for a kind change, the name of its group does not."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_removed
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.models import User
from accounts.staff.groups import keep_groups
from accounts.staff.rights import give_rights
from accounts.staff.selectors import accounts_managed_by
from accounts.tests.factories import StaffFactory, make_staff, sign_in
from audit.choices import Kind
from audit.models import Entry
from bookings.models import Review
from tests.journeys.support.longer_language import longer, speak
from tests.staff_room.records import make_records

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _longer_language(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    speak(settings, monkeypatch)
    assert str(StaffRole.MANAGER.label) == longer("Manager")


@pytest.mark.parametrize("kind", [*StaffRole])
def test_a_kind_of_staff_is_known_by_its_group(kind: StaffRole) -> None:
    assert make_staff(kind).staff_roles == {kind}


def test_no_group_is_made_for_a_language() -> None:
    before = set(Group.objects.values_list("name", flat=True))

    keep_groups()

    assert set(Group.objects.values_list("name", flat=True)) == before


def test_administrators_stay_out_of_reach_of_one_another() -> None:
    administrator, other = make_staff(StaffRole.ADMINISTRATOR), make_staff(StaffRole.ADMINISTRATOR)
    clerk = make_staff(StaffRole.RECEPTION)

    found = set(accounts_managed_by(administrator))

    assert clerk in found
    assert other not in found


def test_rights_that_are_given_are_had_and_those_taken_are_gone() -> None:
    clerk = make_staff(StaffRole.RECEPTION)

    give_rights(user=clerk, kinds=[StaffRole.MANAGER], by=StaffFactory())

    assert User.objects.get(pk=clerk.pk).staff_roles == {StaffRole.MANAGER}


def test_what_a_list_is_called_is_translated_and_what_is_kept_of_it_is_not() -> None:
    called = {
        (one.plural, one.singular): (one.stored_plural, one.stored_singular) for one in admin.site._registry.values()
    }

    assert len(called) > 15
    assert [said for said, kept in called.items() if said != tuple(map(longer, kept))] == []


def test_what_is_kept_of_a_step_and_of_an_export_is_in_one_language(client: Client) -> None:
    make_records()
    sign_in(client, StaffFactory(is_superuser=True, is_staff=True))
    review = Review.objects.get()
    for action in ("hide", "export_csv"):
        answer = client.post(
            reverse("admin:bookings_review_changelist"), {"action": action, "_selected_action": [review.pk]}
        )
        assert answer.status_code in {200, 302}

    logged = LogEntry.objects.get()
    assert str(review) == longer("%(rating)s of 5") % {"rating": review.rating}
    assert (logged.object_repr, logged.change_message) == (f"{review.rating} of 5", "Hidden.")
    exported = Entry.objects.get(pgh_label=Kind.EXPORTED)
    assert exported.details == {"list": "reviews", "rows": 1}


def test_the_trail_names_a_second_step_in_one_language() -> None:
    clerk = make_staff(StaffRole.RECEPTION)
    app = Authenticator(user=clerk, type=Authenticator.Type.TOTP, data={})
    authenticator_removed.send(Authenticator, request=None, user=clerk, authenticator=app)

    assert str(app.get_type_display()) == longer("TOTP Authenticator")
    assert Entry.objects.get(pgh_label=Kind.SECOND_FACTOR_REMOVED).details == {"kind": "totp authenticator"}
