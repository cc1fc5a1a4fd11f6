"""Nobody can blind the trail: a flood of one kind, or from one place, never hides what others did (H4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.factories import StaffFactory
from audit import context, refusal_limits, suppression
from audit import services as audit
from audit.choices import REFUSALS, Kind
from audit.models import Entry, Suppressed
from audit.tasks import tell_of_suppressed
from core import clock
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)
LOGIN = "/accounts/login/"
OWN_ADDRESS = "198.51.100.7"


@pytest.fixture(autouse=True)
def _fresh_memory() -> Iterator[None]:
    refusal_limits._own.clear()
    yield
    refusal_limits._own.clear()


def refused(kind: Kind, number: int, *, many: bool, target: User | None = None) -> None:
    """As the middleware tells it: from one address, or each from another; on many pages."""
    address = f"203.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}" if many else "203.0.113.9"
    with context.audit_context(address=address, place=f"POST page {number % 200}"):
        audit.refused(kind, target=target)


def of_kind(kind: Kind) -> list[Entry]:
    return list(Entry.objects.filter(pgh_label=kind).order_by("pk"))


def guess(login: str) -> None:
    Client(REMOTE_ADDR=OWN_ADDRESS).post(LOGIN, {"login": login, "password": "Wrong-Horse"})


def test_after_five_thousand_refusals_of_strangers_three_wrong_passwords_stand_in_the_trail() -> None:
    """Half of them from one address, half from another each."""
    doctor = make_doctor().user
    for number in range(5_000):
        refused(Kind.REFUSED, number, many=number >= 2_500)
    for _ in range(3):
        guess(doctor.username)

    assert [entry.object_id for entry in of_kind(Kind.SIGN_IN_REFUSED)] == [str(doctor.pk)] * 3
    assert len(of_kind(Kind.REFUSED)) == refusal_limits.MOST_OF_A_KIND
    told = tell(after=suppression.QUARTER)
    assert sum(entry.details["number"] for entry in told) + len(of_kind(Kind.REFUSED)) == 5_000
    assert {entry.details["kind"] for entry in told} == {"refused"}
    of_one = [entry.details["number"] for entry in told if entry.address == "203.0.113.9"]
    assert sum(of_one) == 2_500 - refusal_limits.MOST_OF_A_SOURCE


@pytest.mark.parametrize("flood", sorted(REFUSALS))
@pytest.mark.parametrize("kind", sorted(REFUSALS))
def test_no_flood_of_any_kind_hides_a_refusal_of_any_kind(
    flood: Kind, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By strangers, from everywhere; then one about an account, of each role."""
    monkeypatch.setattr(refusal_limits, "MOST_OF_A_KIND", 20)
    users = [StaffFactory(), make_doctor().user, make_patient().user]
    for number in range(25):
        refused(flood, number, many=True)
    for user in users:
        refused(kind, 0, many=False, target=user)

    assert [entry.object_id for entry in of_kind(kind) if entry.object_id] == [str(user.pk) for user in users]


def test_a_flood_about_all_patients_hides_nothing_of_staff_and_doctors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal_limits, "MOST_OF_A_KIND", 3)
    for number in range(5):
        refused(Kind.SIGN_IN_REFUSED, number, many=True, target=make_patient().user)
    others = [StaffFactory(), make_doctor().user]
    for number, user in enumerate(others):
        refused(Kind.SIGN_IN_REFUSED, number, many=True, target=user)

    found = [entry.object_id for entry in of_kind(Kind.SIGN_IN_REFUSED)]
    assert (len(found), found[3:]) == (5, [str(user.pk) for user in others])


@pytest.mark.parametrize("make", [StaffFactory, lambda: make_doctor().user], ids=["staff", "doctors"])
def test_of_staff_and_doctors_nothing_is_kept_back_for_there_being_many(
    make: Callable[[], User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of their accounts are guessed at within an hour, each stands in the trail."""
    monkeypatch.setattr(refusal_limits, "MOST_OF_A_KIND", 3)
    users = [make() for _ in range(5)]
    for number, user in enumerate(users):
        refused(Kind.SIGN_IN_REFUSED, number, many=True, target=user)

    assert [entry.object_id for entry in of_kind(Kind.SIGN_IN_REFUSED)] == [str(user.pk) for user in users]


def test_one_account_never_uses_up_what_another_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal_limits, "MOST_OF_A_SOURCE", 4)
    first, second = StaffFactory(), StaffFactory()
    for number in range(9):
        refused(Kind.SECOND_FACTOR_REFUSED, number, many=True, target=first)
    refused(Kind.SECOND_FACTOR_REFUSED, 0, many=True, target=second)

    found = [entry.object_id for entry in of_kind(Kind.SECOND_FACTOR_REFUSED)]
    assert found == [str(first.pk)] * 4 + [str(second.pk)]
    (told,) = tell(after=suppression.QUARTER)
    assert (told.details["number"], told.about) == (5, [f"accounts.user:{first.pk}"])


def test_a_whole_network_of_ipv6_is_one_source() -> None:
    assert (
        refusal_limits.network_of("2001:db8:1:2::1")
        == refusal_limits.network_of("2001:db8:1:2:ffff::9")
        == "2001:db8:1:2::"
    )
    assert refusal_limits.network_of("2001:db8:1:3::1") != refusal_limits.network_of("2001:db8:1:2::1")
    assert refusal_limits.network_of("::ffff:203.0.113.9") == refusal_limits.network_of("203.0.113.9") == "203.0.113.9"


def test_forms_without_a_token_sent_by_nobody_are_no_entry_and_by_somebody_are() -> None:
    nobody, somebody = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    somebody.force_login(make_patient().user)

    assert [browser.post(LOGIN, {}).status_code for browser in (nobody, somebody)] == [403, 403]
    (entry,) = of_kind(Kind.REFUSED)
    assert entry.actor_role == "PATIENT"
    assert not Suppressed.objects.exists()


# What was not written


def tell(*, after: timedelta) -> list[Entry]:
    before = set(Entry.objects.values_list("pk", flat=True))
    suppression.tell(now=clock.now() + after)
    return [entry for entry in of_kind(Kind.REFUSALS_SUPPRESSED) if entry.pk not in before]


def test_the_sum_is_told_once_and_not_before_its_quarter_of_an_hour_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal_limits, "MOST_ALIKE", 1)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    for _ in range(4):
        refused(Kind.REFUSED, 1, many=False)

    assert tell_of_suppressed() == 0
    monkeypatch.setattr(clock, "now", lambda: now + suppression.QUARTER)
    assert tell_of_suppressed() == 1
    assert [entry.details["number"] for entry in of_kind(Kind.REFUSALS_SUPPRESSED)] == [3]
    assert tell_of_suppressed() == 0


def test_however_many_sources_there_are_few_rows_are_kept_and_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal_limits, "MOST_OF_A_KIND", 2)
    monkeypatch.setattr(suppression, "MOST_SOURCES", 5)
    monkeypatch.setattr(suppression, "MOST_TOLD", 3)
    for number in range(30):
        refused(Kind.REFUSED, number, many=True)

    assert Suppressed.objects.count() <= 2 * 6  # a quarter of an hour may end in between
    told = tell(after=suppression.QUARTER)
    assert len(told) <= 4
    assert sum(entry.details["number"] for entry in told) == 28


def test_without_a_cache_the_trail_is_neither_blind_nor_without_limits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(refusal_limits, "cache", SimpleNamespace(add=away))
    for number in range(300):
        refused(Kind.REFUSED, number, many=False)
    guessed = StaffFactory()
    refused(Kind.SIGN_IN_REFUSED, 0, many=False, target=guessed)

    assert "counted by each process alone" in caplog.text
    assert len(of_kind(Kind.REFUSED)) == refusal_limits.MOST_OF_A_SOURCE
    assert [entry.object_id for entry in of_kind(Kind.SIGN_IN_REFUSED)] == [str(guessed.pk)]
    assert sum(Suppressed.objects.values_list("number", flat=True)) == 200
