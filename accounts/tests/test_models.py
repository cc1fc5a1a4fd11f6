"""Accounts at the database itself: no road around the rules (A1, A5)."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.choices import Role
from accounts.models import User
from accounts.tests.factories import StaffFactory
from core.errors import constraint_name


@pytest.mark.django_db
def test_the_command_line_makes_staff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "Correct-Horse-9")
    call_command("createsuperuser", "--noinput", username="boss", email="Boss@Example.org")
    boss = User.objects.get(username="boss")
    assert (boss.role, boss.is_staff, boss.email, boss.full_name) == (Role.STAFF, True, "boss@example.org", "boss")


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["email", "username"])
def test_names_are_unique_whatever_the_capitals(column: str) -> None:
    StaffFactory(username="ada", email="ada@example.org")
    again = {"username": "other", "email": "other@example.org"} | {
        column: "ADA" if column == "username" else "ADA@Example.org"
    }
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        StaffFactory(**again)
    assert constraint_name(caught.value) == f"user_{column}_unique"


@pytest.mark.django_db
def test_finding_an_account_by_either_name_uses_the_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for column, index in (("email", "user_email_unique"), ("username", "user_username_unique")):
            assert index in User.objects.filter(**{f"{column}__iexact": "Ada"}).explain()


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.PATIENT, Role.DOCTOR])
def test_a_role_never_changes_not_even_by_sql(role: Role) -> None:
    staff = StaffFactory(is_staff=False, is_superuser=False)
    for change in (
        lambda: User.objects.filter(pk=staff.pk).update(role=role),
        lambda: connection.cursor().execute("UPDATE accounts_user SET role = %s WHERE id = %s", [role, staff.pk]),
    ):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            change()
    assert User.objects.get(pk=staff.pk).role == Role.STAFF


@pytest.mark.django_db
def test_a_username_may_change() -> None:
    staff = StaffFactory()
    User.objects.filter(pk=staff.pk).update(username="renamed")
    assert User.objects.get(pk=staff.pk).username == "renamed"


@pytest.mark.django_db
def test_accounts_are_never_deleted() -> None:
    StaffFactory()
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_user")
    assert User.objects.count() == 1
