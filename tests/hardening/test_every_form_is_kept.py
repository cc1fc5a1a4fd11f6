"""Every page of the site that has a form to type into: left before it was sent, it is shown filled in again."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import sign_in
from tests.architecture.matrix import TABLE
from tests.architecture.world import ROLES, World, addresses, build_world
from tests.hardening.forms_of_pages import Form, forms_of

WORDS = "Zugluft im Wartezimmer"
ANSWERS = {"date": "2031-03-04", "time": "13:37", "number": "7", "email": "a@example.org", "tel": "020 7946 0999"}
# Lists of the admin: rows are ticked there, nothing is typed. A page of the gallery saves nothing.
LEFT_OUT = re.compile(r"^gallery")
SECRET = re.compile(r"passw|code|otp|token", re.IGNORECASE)


@pytest.fixture
def world(db: None) -> World:
    return build_world()


def pages(world: World) -> list[tuple[str, str]]:
    """Who sees which address: the table of the matrix, and the admin's pages of each model."""
    by_name = {address.name: address for address in addresses()}
    found = []
    for line in TABLE.strip().splitlines():
        name, method, *said = line.split() if line and not line.startswith("#") else ("", "")
        said = said * len(ROLES) if len(said) == 1 else said
        said = [said[0], *said[1:] * (len(ROLES) - 1)] if len(said) == 2 else said
        shown = [
            role
            for role, answer in zip(ROLES, said, strict=False)
            if answer != "nobody" and role != "nobody" and (answer == "200" or "reauthenticate" in answer)
        ]
        if method == "GET" and shown and not LEFT_OUT.match(name):
            found.append((shown[0], by_name[name].path(world)))
    for model in admin.site._registry:
        prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        key = model._default_manager.values_list("pk", flat=True).first()
        found.append(("administrator", reverse(f"{prefix}_add")))
        found += [("administrator", reverse(f"{prefix}_change", args=[key]))] if key is not None else []
    return found


def typed_into(form: Form) -> dict[str, str]:
    """One answer, of the first control that takes words, or else of the first at all."""
    names = [name for name in form.kinds if not SECRET.search(name)]
    free = [name for name in names if form.kinds[name] not in {"select", "checkbox", "radio"}]
    for name in free:
        kind = form.kinds[name]
        return {name: ANSWERS.get(kind, WORDS)}
    for name in names:
        other = [value for value in form.options[name] if value and value not in form.values[name]]
        if other:
            return {name: other[-1]}
    return {}


def is_kept(client: Client, path: str, form: Form) -> bool:
    """What the page sends when it is left, and what it shows then."""
    [(name, words)] = typed_into(form).items()
    client.post(
        reverse("accounts:keep_draft"), form.marks | {name: words}, headers={"Referer": f"http://testserver{path}"}
    )
    again = forms_of(client.get(path).content.decode())
    return any(words in item.values.get(name, []) for item in again)


def test_every_form_that_is_left_is_filled_in_again(world: World) -> None:
    lost, seen = [], []
    for role, path in pages(world):
        client = world.client(role)
        sign_in(client, world.people[role])
        answer = client.get(path)
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        text = answer.content.decode()
        for form in forms_of(text):
            if form.identity == "changelist-form" or not typed_into(form):
                continue
            seen.append(path)
            if "js/drafts.js" not in text or "typed_by" not in form.marks or not is_kept(client, path, form):
                lost.append((role, path, sorted(form.kinds)))

    assert len(set(seen)) > 30
    assert lost == []
