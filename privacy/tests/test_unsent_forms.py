"""What somebody typed and never sent does not outlive their erasure, nor come to be after it."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from accounts.drafts import services as drafts
from accounts.models import User
from accounts.tests.factories import StaffFactory
from core import clock
from patients.tests.factories import make_patient
from privacy.data_subjects import myself
from privacy.erasing import erase
from privacy.tests.people import close

pytestmark = pytest.mark.django_db(transaction=True)
TYPED = QueryDict("reason=zqtyped")


def test_an_unsent_form_goes_with_the_erasure_and_a_later_one_is_not_kept() -> None:
    user, boss = make_patient().user, StaffFactory()
    assert drafts.keep(drafts.Owner(pk=user.pk), urls=["/"], fields=TYPED)
    close(user.patient_profile, boss)
    assert drafts.of(user.pk, "/") is not None, "the account may be opened again"

    erase(person=myself(User.objects.get(pk=user.pk)), reason="Asked", by=boss, now=clock.now())

    assert drafts.of(user.pk, "/") is None
    assert not drafts.keep(drafts.Owner(pk=user.pk), urls=["/"], fields=TYPED), "from a page left open since before"
    assert drafts.of(user.pk, "/") is None
