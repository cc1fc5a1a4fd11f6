"""Neither signing in nor a forgotten password tells a stranger who has an account, by words or by the work it takes."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.tests.factories import StaffFactory
from accounts.tests.hashing import hashed

__all__ = ["hashed"]
pytestmark = pytest.mark.django_db
NAMES = ("ada@example.org", "nobody@example.org", "ada", "nobody", "closed@example.org", "invited@example.org")


@pytest.fixture(autouse=True)
def people() -> None:
    StaffFactory(username="ada", email="ada@example.org")
    StaffFactory(username="closed", email="closed@example.org", is_active=False)
    invited = StaffFactory(username="invited", email="invited@example.org")
    invited.set_unusable_password()
    invited.save(update_fields=["password"])


def test_every_name_is_answered_alike_and_costs_as_much(hashed: list[str]) -> None:
    answers, costs = set(), {}
    for name in NAMES:
        hashed.clear()
        answer = Client().post("/accounts/login/", {"login": name, "password": "Wrong-Horse-1"})
        answers.add((answer.status_code, str(answer.context["form"].errors)))
        costs[name] = len(hashed)

    assert len(answers) == 1
    assert answers.pop()[0] == 200
    assert set(costs.values()) == {1}, costs


def test_a_forgotten_password_is_answered_alike() -> None:
    answers = [Client().post("/accounts/password/reset/", {"email": name}) for name in NAMES if "@" in name]

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, answers[0]["Location"])}
