"""What staff may do is the same in every language: the words for a kind change, the name of its group does not."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from accounts.choices import StaffRole
from accounts.models import User
from accounts.staff.groups import keep_groups
from accounts.staff.rights import give_rights
from accounts.staff.selectors import accounts_managed_by
from accounts.tests.factories import StaffFactory, make_staff
from tests.journeys.support.longer_language import longer, speak

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _longer_language(monkeypatch: pytest.MonkeyPatch) -> None:
    speak(monkeypatch)
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
