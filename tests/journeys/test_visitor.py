"""The visitor's own eyes: each fault they should see is shown to them once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route

from tests.journeys.support import colours
from tests.journeys.support.visitor import Visitor

SITE = "http://hospital.localhost"
SOUND = """<!doctype html><html lang="en"><head><title>A page</title></head>
<body><main><h1>A page</h1>{}</main></body></html>"""
POLICY = {"Content-Security-Policy": "default-src 'none'; img-src *"}


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Visitor]:
    visitor = Visitor(chromium, SITE, width=390)
    visitor.context.route("**/*", lambda route: route.fulfill(status=404, body="nothing here"))
    yield visitor
    visitor.leaves()


def shown(visitor: Visitor, body: str, *, headers: dict[str, str] | None = None, status: int = 200) -> Visitor:
    def answer(route: Route) -> None:
        route.fulfill(status=status, body=SOUND.format(body), content_type="text/html", headers=headers or {})

    visitor.context.route(f"{SITE}/page", answer)
    return visitor.goes_to("/page")


def test_a_sound_page_is_found_sound(visitor: Visitor) -> None:
    assert shown(visitor, "<p>Good morning</p>").faults == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>", "image-alt"),
        ("<input name='age'>", "label"),
        ("<p style='color:#aaa;background:#fff'>Pale</p>", "color-contrast"),
        ("<p style='width:500px'>Wide</p>", "wider than the window"),
        ("<div class='notice'>Note</div><form style='margin:0'>Form</form>", "touch"),
        ("<script>throw new Error('lost')</script>", "script failed"),
        ("<script>console.error('lost')</script>", "in the console"),
        ("<img alt='' src='http://elsewhere.example/x.png'>", "another host"),
        ("<img alt='' src='/missing.png'>", "answers 404"),
    ],
)
def test_a_fault_is_seen(visitor: Visitor, body: str, fault: str) -> None:
    with pytest.raises(AssertionError):
        shown(visitor, body)
    assert any(fault in seen for seen in visitor.faults), visitor.faults


def test_a_breach_of_the_content_policy_is_seen(visitor: Visitor) -> None:
    with pytest.raises(AssertionError):
        shown(visitor, "<script>document.title = 'mine'</script>", headers=POLICY)
    assert any("Content Security Policy" in seen for seen in visitor.faults), visitor.faults


def test_an_error_page_is_a_fault_unless_it_is_expected(visitor: Visitor) -> None:
    with pytest.raises(AssertionError):
        shown(visitor, "<p>Conflict</p>", status=409)

    visitor.faults.clear()
    visitor.allowed.add(409)
    assert shown(visitor, "<p>Conflict</p>", status=409).faults == []


PALE = "color:#aaa;background:#fff"
NOT_JUDGED = {
    "hidden": f"<p style='{PALE};visibility:hidden'>Pale</p>",
    "disabled": f"<button disabled style='{PALE}'>Pale</button>",
    "one letter": f"<p style='{PALE}'>P</p>",
    "label of what is disabled": f"<label style='{PALE}'>Pale <input disabled></label>",
    "large": f"<p style='{PALE.replace('aaa', '8a8a8a')};font-size:40px'>Pale</p>",
    "on black": f"<div style='background:#000'><p style='{PALE.replace('#fff', 'transparent')}'>Pale</p></div>",
}


@pytest.mark.parametrize("first", NOT_JUDGED)
def test_pale_words_are_seen_also_after_a_page_where_they_were_let_pass(visitor: Visitor, first: str) -> None:
    assert shown(visitor, NOT_JUDGED[first]).faults == []
    shade = "#8a8a8a" if first == "large" else "#aaa"
    with pytest.raises(AssertionError):
        shown(visitor, f"<p>Good morning</p><p style='color:{shade};background:#fff'>Pale</p>")
    assert any("color-contrast" in seen for seen in visitor.faults), visitor.faults


def test_the_same_colours_are_judged_once(visitor: Visitor) -> None:
    """Also on another page, and no others with them."""
    body = "<p style='color:#{}'>Good morning</p>"
    shown(visitor, body.format("123456"))
    assert colours.are_judged(colours.meetings_on(visitor.page))

    visitor.page.set_content(SOUND.format("<hr>" + body.format("123456")))
    assert colours.are_judged(colours.meetings_on(visitor.page))
    visitor.page.set_content(SOUND.format(body.format("654321")))
    assert not colours.are_judged(colours.meetings_on(visitor.page))
