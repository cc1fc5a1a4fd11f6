"""One mailbox is one address at every entrance, however a browser or a keyboard writes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib import import_module
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django import forms
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test import Client
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.forms import EmailForm
from accounts.invitations.forms import InviteAgainForm
from accounts.models import AddressModelField, User
from accounts.selectors import account_named, email_is_taken
from accounts.services import change_email, create_staff, propose_email
from accounts.tests.factories import PASSWORD, StaffFactory, make_staff, sign_in, verify
from audit.models import Entry
from audit.selectors import entries_found
from core.fields.addresses import AddressField
from integrations.models import OutgoingMessage
from patients.selectors import find_patients
from patients.services import register_without_account
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
KEPT = "ada@xn--mller-kva.example"
WAYS = [
    KEPT,
    "Ada@M\u00fcller.example",
    "ada@mu\u0308ller.EXAMPLE",
    " ada@m\u00fcller.example ",
    "\u200eada@m\u00fcller.example",
]
IMPOSSIBLE = ["a" * 70 + "@example.org", "ada@ex_ample.org", "ada@example", "ada@192.0.2.1", "ada@-example.org"]
SIGN_UP = {
    "full_name": "Ada Byron",
    "username": "",
    "phone": "020 7946 0003",
    "password": PASSWORD,
    "date_of_birth_0": "10",
    "date_of_birth_1": "12",
    "date_of_birth_2": "1985",
}


def make_ada(email: str = KEPT) -> User:
    return create_staff(username="ada", email=email, password=PASSWORD, full_name="Ada Byron")


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_it_signs_in_and_resets(client: Client, way: str) -> None:
    user = verify(make_ada())
    client.post(reverse("account_login"), {"login": way, "password": PASSWORD})
    assert client.session.get("_auth_user_id") == str(user.pk)

    before = OutgoingMessage.objects.count()
    answer = Client().post(reverse("account_reset_password"), {"email": way})
    assert answer.status_code == 302
    assert OutgoingMessage.objects.count() == before + 1
    assert OutgoingMessage.objects.latest("pk").stream == f"account-mail:{user.pk}"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("page", ["patients:signup"])
def test_there_is_no_second_account_for_one_mailbox(client: Client, page: str, way: str) -> None:
    make_ada()
    client.post(reverse(page), SIGN_UP | {"email": way})

    assert User.objects.count() == 1
    assert email_is_taken(way)
    assert account_named(way) is not None


def _found_in_list(client: Client, called: str, typed: str) -> set[int]:
    page = client.get(reverse(f"admin:{called}_changelist"), {"q": typed})
    assert page.status_code == 200
    return {row.pk for row in page.context["cl"].result_list}


@pytest.mark.parametrize("way", WAYS)
def test_whoever_has_it_is_found_by_every_way_of_writing_it(client: Client, way: str) -> None:
    """At the desk, in lists and in the trail; those without an account too, and nobody else."""
    staff, known, other = make_staff(StaffRole.ADMINISTRATOR), make_patient(), make_patient()
    change_email(user=known.user, email=KEPT)
    caller = register_without_account(
        full_name="Bo Caller", date_of_birth=date(1990, 5, 17), email="Bo@M\u00fcller.example"
    )
    bo = way.replace("ada", "bo").replace("Ada", "Bo")
    client.force_login(staff)

    assert set(find_patients(staff, way, limit=9)) == {known}
    assert set(find_patients(staff, bo, limit=9)) == {caller}
    assert _found_in_list(client, "accounts_user", way) == {known.user_id}
    assert _found_in_list(client, "patients_patientprofile", way) == {known.pk}
    assert _found_in_list(client, "patients_patientprofile", bo) == {caller.pk}
    for typed, whose in ((way, f"accounts.user:{known.user_id}"), (bo, f"patients.patientprofile:{caller.pk}")):
        about = {key for entry in entries_found(Entry.objects.all(), typed) for key in entry.about}
        assert whose in about
        assert f"accounts.user:{other.user_id}" not in about


WRITERS: list[Callable[[str], Any]] = [
    make_ada,
    lambda way: change_email(user=StaffFactory(), email=way).email,
    lambda way: propose_email(user=StaffFactory(), email=way),
    lambda way: User.objects.create_superuser("ada", way, PASSWORD),
    lambda way: StaffFactory(email=way),
    lambda way: call_command("createsuperuser", username="ada", email=way, interactive=False),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("write", WRITERS)
def test_every_writer_keeps_the_one_form(write: Callable[[str], Any], way: str) -> None:
    write(way)

    assert KEPT in {
        *User.objects.values_list("email", flat=True),
        *EmailAddress.objects.values_list("email", flat=True),
    }


@pytest.mark.parametrize("typed", IMPOSSIBLE)
def test_an_address_no_mail_reaches_is_refused_beside_the_field(client: Client, typed: str) -> None:
    page = client.post(reverse("patients:signup"), SIGN_UP | {"email": typed})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["email"]
    assert page.context["form"]["email"].value() == typed

    user = make_ada()
    for form in (EmailForm({"email": typed}, user=user), InviteAgainForm({"email": typed}, user=user)):
        assert list(form.errors) == ["email"]
    sign_in(client, make_staff(StaffRole.ADMINISTRATOR))
    page = client.post(reverse("admin:accounts_user_add"), {"full_name": "Bo", "email": typed})
    assert page.status_code == 200
    assert "email" in page.context["adminform"].form.errors
    with pytest.raises(CommandError):
        call_command("createsuperuser", username="bo", email=typed, interactive=False)


def test_every_field_for_an_address_is_of_the_one_kind() -> None:
    """Of all our forms and models; Google's address is what Google says, the gallery's is only shown."""
    import_module("hms_project.urls")
    ours = ("accounts", "patients", "doctors", "bookings", "privacy", "dashboards", "hms_project")
    fields = {
        f"{form.__module__}.{form.__qualname__}.{name}": field
        for form in _subclasses(forms.BaseForm)
        if form.__module__.startswith(ours)
        for name, field in {**getattr(form, "base_fields", {})}.items()
        if isinstance(field, forms.EmailField | AddressField)
    }
    assert len(fields) >= 6
    assert [name for name, field in fields.items() if not isinstance(field, AddressField)] == []
    columns = [
        field
        for model in apps.get_models()
        if model._meta.app_label in ours and not model._meta.proxy
        for field in model._meta.get_fields()
        if isinstance(field, models.EmailField)
    ]
    assert len(columns) >= 2
    assert all(isinstance(column, AddressModelField) for column in columns)


def _subclasses(kind: type) -> set[type]:
    return {found for subclass in kind.__subclasses__() for found in ({subclass} | _subclasses(subclass))}


# The migration


def _migrate() -> None:
    step = import_module("accounts.migrations.0010_one_form_of_addresses").to_one_form
    with connection.schema_editor() as editor:
        step(apps, editor)


def _spelled(user: User, spelling: str, *, confirmed: bool = False) -> User:
    EmailAddress.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(email=spelling)
    EmailAddress.objects.create(user=user, email=spelling, primary=True, verified=confirmed)
    return user


def _now(user: User) -> tuple[str, bool]:
    fresh = User.objects.get(pk=user.pk)
    assert [row.email for row in EmailAddress.objects.filter(user=user)] == [fresh.email]
    return fresh.email, fresh.email_verified


def test_old_spellings_become_the_one_form_and_stay_confirmed() -> None:
    user = _spelled(make_ada("x@example.org"), "ada@m\u00fcller.example", confirmed=True)
    other = _spelled(StaffFactory(), "bo@example.org", confirmed=True)

    _migrate()

    assert _now(user) == (KEPT, True)
    assert _now(other) == ("bo@example.org", True)


@pytest.mark.parametrize("confirmed_one_is_odd", [True, False])
def test_of_two_accounts_for_one_mailbox_the_confirmed_one_gets_the_form_and_both_are_named(
    confirmed_one_is_odd: bool, caplog: pytest.LogCaptureFixture
) -> None:
    odd = _spelled(make_ada("x@example.org"), "ada@m\u00fcller.example", confirmed=confirmed_one_is_odd)
    plain = _spelled(StaffFactory(), KEPT, confirmed=not confirmed_one_is_odd)

    _migrate()

    first, second = (odd, plain) if confirmed_one_is_odd else (plain, odd)
    assert _now(first) == (KEPT, True)
    assert _now(second) == ("ada@m\u00fcller.example", False)
    assert f"{second.pk} keeps its spelling" in caplog.text
    assert "example" not in caplog.text


FIRST, OTHER = "ada@m\u00fcller.example", "ada@mu\u0308ller.example"  # two odd spellings of one mailbox
# Who of two wins: each with a spelling, whether confirmed and whether active; the first is the older.
TWO: dict[str, tuple[tuple[str, bool, bool], tuple[str, bool, bool], int]] = {
    "the confirmed one": ((FIRST, False, True), (OTHER, True, False), 1),
    "the one that has it already": ((FIRST, False, True), (KEPT, False, False), 1),
    "the one that has it already, both confirmed": ((FIRST, True, True), (KEPT, True, True), 1),
    "the active one": ((FIRST, False, False), (OTHER, False, True), 1),
    "the older": ((FIRST, False, True), (OTHER, False, True), 0),
}


@pytest.mark.parametrize("which", TWO)
def test_of_two_accounts_for_one_mailbox_the_one_wins_that_is_said_to(which: str) -> None:
    *two, winner = TWO[which]
    users = [make_ada("x@example.org"), StaffFactory()]
    for user, (spelling, confirmed, active) in zip(users, two, strict=True):
        _spelled(user, spelling, confirmed=confirmed)
        User.objects.filter(pk=user.pk).update(is_active=active)

    _migrate()

    assert [_now(user)[0] == KEPT for user in users] == [winner == 0, winner == 1]


BESIDE: dict[str, Callable[[User], Any]] = {
    "a row of their own": lambda user: EmailAddress.objects.create(user=user, email=KEPT),
    "another odd row of their own": lambda user: EmailAddress.objects.create(
        user=user, email="ADA@m\u00fcller.example"
    ),
    "a confirmed row of somebody else": lambda user: EmailAddress.objects.create(
        user=StaffFactory(), email=KEPT, verified=True
    ),
}


@pytest.mark.parametrize("beside", BESIDE)
def test_where_the_form_stands_in_another_row_both_stay_and_the_rest_is_done(
    beside: str, caplog: pytest.LogCaptureFixture
) -> None:
    odd = _spelled(make_ada("x@example.org"), "ada@m\u00fcller.example", confirmed=True)
    BESIDE[beside](odd)
    rows = set(EmailAddress.objects.values_list("user", "email", "verified"))
    last = StaffFactory()
    User.objects.filter(pk=last.pk).update(email="bo@m\u00fcller.example")

    _migrate()

    fresh = User.objects.get(pk=odd.pk)
    assert (fresh.email, fresh.email_verified) == ("ada@m\u00fcller.example", True)
    assert rows <= set(EmailAddress.objects.values_list("user", "email", "verified"))
    assert f"account {odd.pk} has an e-mail address whose normal form stands in another row" in caplog.text
    assert "example" not in caplog.text
    assert User.objects.get(pk=last.pk).email == "bo@xn--mller-kva.example"
