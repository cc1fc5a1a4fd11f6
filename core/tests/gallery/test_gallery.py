"""The component gallery: there in development, gone in production."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from core.templatetags import hms

TEMPLATES = Path(settings.BASE_DIR, "templates")
SPRITE_IDS = set(re.findall(r'<symbol id="([^"]+)"', Path(settings.BASE_DIR, "static/img/icons.svg").read_text()))
PAGES = ["gallery", "gallery_form", "gallery_confirm"]


@pytest.mark.parametrize("name", PAGES)
def test_shown_in_development_without_sign_in_and_without_the_database(name: str, client: Client) -> None:
    # No `db` fixture: a query would raise.
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert "– " + settings.HOSPITAL_NAME in response.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_not_there_in_production(name: str, client: Client, settings) -> None:
    settings.DEV_PAGES = False
    assert client.get(reverse(name)).status_code == 404


def test_shows_every_component(client: Client) -> None:
    client.raise_request_exception = True
    hms._drawn_once.cache_clear()  # what is drawn once may have been drawn before
    response = client.get(reverse("gallery"))
    drawn = {template.name for template in response.templates}
    components = {f"components/{path.name}" for path in (TEMPLATES / "components").glob("*.html")}
    assert components - drawn == set()


def test_a_form_with_errors_says_so_in_the_title_and_keeps_what_was_typed(client: Client) -> None:
    html = client.post(reverse("gallery_form"), {"name": "Ada", "email": "nowhere"}).content.decode()
    assert "<title>Error: Your details – " in html
    assert 'value="Ada"' in html
    assert 'value="nowhere"' in html


def test_a_form_without_errors_does_not(client: Client) -> None:
    html = client.get(reverse("gallery_form")).content.decode()
    assert "<title>Your details – " in html
    assert "Error:" not in html


@pytest.mark.parametrize("name", PAGES)
def test_nothing_inline_and_nothing_from_elsewhere(name: str, client: Client) -> None:
    html = client.get(reverse(name)).content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html)
    scripts = re.findall(r"<script[^>]*>", html)
    assert len(scripts) > 0
    assert all(" src=" in tag for tag in scripts)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)


def test_every_picture_drawn_is_in_the_sprite(client: Client) -> None:
    wanted = set(re.findall(r'icons[^"]*\.svg#([\w-]+)"', client.get(reverse("gallery")).content.decode()))
    assert len(wanted) > 10
    assert wanted <= SPRITE_IDS


def test_every_picture_named_in_a_template_or_presenter_is_in_the_sprite() -> None:
    named: set[str] = set()
    for template in TEMPLATES.rglob("*.html"):
        named |= set(re.findall(r"""(?:{% icon |icon_name=)["']([\w-]+)["']""", template.read_text()))
    assert len(named) > 10
    assert named <= SPRITE_IDS


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500, 503])
def test_error_pages_can_be_looked_at(status: int, client: Client) -> None:
    assert client.get(reverse("gallery_error", args=[status])).status_code == status


def test_a_time_links_with_doctor_day_and_time(client: Client) -> None:
    html = client.get(reverse("gallery")).content.decode()
    link = re.search(r'<a class="time"[^>]*>(.*?)</a>', html, re.DOTALL)
    assert link is not None
    assert re.sub(r"<[^>]+>", "", link[1]) == "9:30am with Dr Amelia Smith on Thursday 6 August 2026"
