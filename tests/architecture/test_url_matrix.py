"""Every address of the site, asked by eight people (A7). A new page without a row in the table fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from accounts.drafts import services as drafts
from accounts.models import Session
from accounts.tests.factories import sign_in
from core import clock
from core.postgres.prepared import Insert, Prepared, run
from tests.architecture.matrix import TABLE
from tests.architecture.world import ROLES, Address, World, addresses, build_world, watching_writes
from tests.shared_rows import shared_rows

Outcomes = dict[str, str]
OF_A_MODEL = re.compile(r"admin:(?!password_)\w+_(changelist|add|change|delete|history)$")
# The admin's own: a redirect from an older address, its catch-all, and the links it makes to pages of the site.
ADMIN_FALLBACKS = re.compile(r"admin/\w+/\w+/<path:object_id>/$|admin/\(\?P<url>|admin:view_on_site$")


def read_table() -> dict[tuple[str, str], Outcomes]:
    rows = {}
    for line in TABLE.strip().splitlines():
        if line and not line.startswith("#"):
            name, method, *said = line.split()
            said = said * len(ROLES) if len(said) == 1 else said
            said = [said[0], *said[1:] * (len(ROLES) - 1)] if len(said) == 2 else said
            rows[name, method] = dict(zip(ROLES, said, strict=True))
    return rows


ROWS = read_table()


def takes_post(name: str) -> bool:
    return (name, "POST") in ROWS


def shown_to(name: str) -> str:
    """Somebody signed in who gets this page; empty when nobody does."""
    return next((role for role, said in ROWS[name, "GET"].items() if said == "200" and role != "nobody"), "")


def refused_post(name: str) -> Outcomes:
    """405 for everyone who may knock at all."""
    at_the_door = "login" if ROWS[name, "GET"]["nobody"] == "login" else "405"
    return dict.fromkeys(ROLES, "405") | {"nobody": at_the_door}


def is_summarised(address: Address) -> bool:
    return bool(OF_A_MODEL.match(address.name) or ADMIN_FALLBACKS.match(address.name))


ADDRESSES = {address.name: address for address in addresses() if not is_summarised(address)}


@pytest.fixture(scope="module")
def _built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with shared_rows(django_db_blocker):
        world = build_world()
        world.sign_everybody_in()
        yield world


@pytest.fixture
def world(_built: World, db: None) -> World:
    Session.objects.update(last_seen_at=clock.now())  # a moment ago, however long the module takes
    return deepcopy(_built)


def asked(world: World, name: str, method: str, client: Client) -> str:
    client.raise_request_exception = False  # a 500 is an answer too
    return world.outcome(getattr(client, method.lower())(ADDRESSES[name].path(world)))


def asked_by_all(world: World, name: str, method: str) -> tuple[Outcomes, list[str]]:
    """What each is answered, and what was written meanwhile."""
    clients = {role: world.client(role) for role in ROLES}
    with watching_writes() as writes:
        answers = {role: asked(world, name, method, client) for role, client in clients.items()}
    return answers, writes


def test_every_address_has_its_row_and_every_row_its_address() -> None:
    assert {name for name, method in ROWS if method == "GET"} == set(ADDRESSES)
    assert {name for name, method in ROWS if method == "POST"} <= set(ADDRESSES)


def test_what_belongs_to_others_is_nowhere_promised_to_them() -> None:
    """The table itself: no line gives the other patient or the other doctor what is not theirs."""
    private = [
        row
        for row in ROWS
        if {"reference", "slot_id", "entry_id", "hold_id", "person_id"}.intersection(ADDRESSES[row[0]].parameters)
    ]

    assert len(private) > 10
    assert {ROWS[row]["nobody"] for row in private} == {"login"}
    assert {ROWS[row][role] for row in private for role in ("other_patient", "other_doctor")} <= {"403", "404", "405"}


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_reading(world: World, name: str) -> None:
    """Everyone gets what the table says, and looking changes nothing."""
    answers, writes = asked_by_all(world, name, "GET")

    assert answers == ROWS[name, "GET"]
    assert writes == []


@pytest.mark.parametrize("name", sorted(name for name in ADDRESSES if takes_post(name) and shown_to(name)))
def test_reading_while_what_was_typed_waits_there(world: World, name: str) -> None:
    """A form shown filled in again is only shown: whatever buttons were pressed when it was typed, nothing is saved."""
    role, path = shown_to(name), ADDRESSES[name].path(world)
    client, user = world.client(role), world.people[role]
    pressed = dict.fromkeys(("save", "change", "act", "decline", "preview", "sure", "choose"), "save")
    fields = QueryDict(urlencode(pressed | {"reason": "Words", "full_name": "Words", "note": "Words"}))
    assert drafts.keep(drafts.Owner(pk=user.pk), urls=[path], fields=fields)
    client.cookies[settings.DRAFT_COOKIE_NAME] = "1"
    with watching_writes() as writes:
        answer = client.get(path)

    assert (world.outcome(answer), writes) == ("200", [])
    if answer["Content-Type"].startswith("text/html"):
        assert "kept what you typed here" in answer.content.decode()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", sorted(filter(takes_post, ADDRESSES)))
def test_posting(world: World, name: str, role: str) -> None:
    assert asked(world, name, "POST", world.client(role)) == ROWS[name, "POST"][role]


@pytest.mark.parametrize("name", sorted(name for name in ADDRESSES if not takes_post(name)))
def test_posting_where_nothing_is_taken(world: World, name: str) -> None:
    assert asked_by_all(world, name, "POST") == (refused_post(name), [])


@pytest.mark.parametrize("name", sorted(filter(takes_post, ADDRESSES)))
def test_a_post_without_the_forms_token_is_refused_to_everyone(world: World, name: str) -> None:
    path = ADDRESSES[name].path(world)

    assert {role: world.client(role, csrf=True).post(path).status_code for role in ROLES} == dict.fromkeys(ROLES, 403)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_change_nothing(world: World, method: str) -> None:
    client = world.client("patient")
    paths = [ADDRESSES[name].path(world) for name, _ in ROWS if name.startswith("bookings:")]
    with watching_writes() as writes:
        codes = {getattr(client, method)(path).status_code for path in paths}

    assert codes <= {403, 404, 405}
    assert writes == []


# The admin's pages of each model


def admin_paths(model: type[Model]) -> list[str]:
    prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    key = model._default_manager.values_list("pk", flat=True).first() or 0
    one = [reverse(f"{prefix}_{page}", args=[key]) for page in ("change", "delete", "history")]
    return [reverse(f"{prefix}_changelist"), reverse(f"{prefix}_add"), *one]


def everywhere(world: World, client: Client, method: str) -> set[str]:
    paths = [path for model in admin.site._registry for path in admin_paths(model)]
    return {world.outcome(getattr(client, method)(path)) for path in paths}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("role", "answer"), [("nobody", "login"), ("patient", "403"), ("doctor", "403"), ("other_doctor", "403")]
)
def test_the_records_are_closed_to_all_but_staff(world: World, role: str, answer: str, method: str) -> None:
    assert everywhere(world, world.client(role), method) == {answer}


def test_staff_can_open_every_page_of_the_records_or_is_told_no(world: World) -> None:
    client = world.client("administrator")
    sign_in(client, world.people["administrator"])
    with watching_writes() as writes:
        answers = everywhere(world, client, "get")

    assert {answer for answer in answers if not answer.startswith("→/admin/")} == {"200", "403"}
    assert writes == []


def test_the_pages_of_development_are_not_there_in_production(world: World, settings: Any) -> None:
    settings.DEV_PAGES = False
    names = [name for name in ADDRESSES if ADDRESSES[name].route.startswith("dev/")]

    assert len(names) > 5
    assert {asked(world, name, "GET", world.client("administrator")) for name in names} == {"404"}


# The look for writes itself


@pytest.mark.django_db
def test_a_prepared_write_or_lock_is_seen_also_behind_a_read() -> None:
    read = Prepared("matrix_read", ["bigint"], "SELECT name FROM auth_group WHERE id = $1")
    lock = Prepared("matrix_lock", ["bigint"], "SELECT FROM auth_group WHERE id = $1 FOR NO KEY UPDATE")
    insert = Insert(Group)
    with watching_writes() as writes:
        run(read.call(1), lock.call(1))
        run(read.whole(1), insert.call([Group(name="Written")]))
        assert not Group.objects.filter(name="Nobody").exists()

    assert [statement.split()[0] for statement in writes] == ["SELECT", "INSERT"]
