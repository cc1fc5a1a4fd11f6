"""Every page of the site is HTML as the standard has it: read by each role, with its form sent empty, and in the admin.

An error here is what one browser mends in one way and another, or a screen reader, in a different one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from patients.tests.test_signup import TYPED
from tests.architecture.test_url_matrix import ADDRESSES, takes_post
from tests.architecture.world import ROLES, World, build_world
from tests.html.checker import errors_in
from tests.staff_room.records import make_records

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

Page = tuple[str, bytes]


@pytest.fixture
def world() -> World:
    make_records()
    return build_world()


def pages_of_the_site(world: World) -> Iterator[Page]:
    """Each address as each role gets it, refusals too; and what comes back when its form is sent empty."""
    for role in ROLES:
        client = world.client(role)
        client.raise_request_exception = False
        for name in ADDRESSES:
            path = ADDRESSES[name].path(world)
            for method in ("get", "post") if takes_post(name) else ("get",):
                answer = getattr(world.client(role) if method == "post" else client, method)(path)
                if _is_page(answer):
                    yield f"{name}-{method}-{role}", answer.content
    newcomer = Client()
    newcomer.post(reverse("patients:signup"), TYPED)
    waits = newcomer.get(reverse("accounts:signup_sent"), {"asked": "yes"})
    assert waits.status_code == 200
    yield "signup-sent", waits.content


def pages_of_the_admin(client: Client) -> Iterator[Page]:
    assert len(admin.site._registry) > 15
    for model, its_admin in admin.site._registry.items():
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.first()
        views = {"changelist": [], "add": [], "change": [row], "delete": [row], "history": [row]}
        for view, rows in views.items():
            if rows and row is None:
                continue
            answer = client.get(reverse(f"admin:{label}_{view}", args=[item.pk for item in rows]))
            if _is_page(answer):
                yield f"{label}-{view}", answer.content
        assert its_admin.model is model


def _is_page(answer: object) -> bool:
    return answer.headers.get("Content-Type", "").startswith("text/html") and b"<html" in answer.content[:500]  # type: ignore[attr-defined]


def written(folder: Path, pages: Iterator[Page]) -> int:
    """How many pages were written into the folder; the same page of two roles only once."""
    seen: set[str] = set()
    for name, content in pages:
        facts = re.sub(r"csrfmiddlewaretoken\" value=\"[^\"]+", "", content.decode())
        if facts not in seen:
            seen.add(facts)
            (folder / f"{re.sub('[^a-zA-Z0-9_-]+', '-', name)}.html").write_bytes(content)
    return len(seen)


def test_every_page_is_valid_html(world: World, tmp_path: Path) -> None:
    site, desk = tmp_path / "site", tmp_path / "admin"
    site.mkdir()
    desk.mkdir()

    assert written(site, pages_of_the_site(world)) > 100
    assert written(desk, pages_of_the_admin(world.client("administrator"))) > 40
    faults = errors_in(tmp_path)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<p hx-get='/x'>One", "not allowed"),
        ("<select required><option value='a'>A</option></select>", "first “option” element"),
        ("<label for='group'>Which</label><div id='group'></div>", "non-hidden form control"),
        ("<time datetime='2026-11-28T10:00:00.123456'>ten</time>", "Bad value"),
    ],
)
def test_a_fault_is_found(tmp_path: Path, body: str, fault: str) -> None:
    page = f"<!doctype html><html lang='en'><head><title>A page</title></head><body>{body}</body></html>"
    (tmp_path / "page.html").write_text(page)

    assert any(fault in found for found in errors_in(tmp_path)), errors_in(tmp_path)
