"""A person with a browser. Whatever they look at must be sound, or the journey fails."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Request, Response, expect

from accounts.models import User
from accounts.tests.factories import PASSWORD, sign_in
from tests.journeys.support import colours

PATIENCE = 180_000  # milliseconds; what takes longer hangs, however busy the machine is
expect.set_options(timeout=PATIENCE)
# Without fetching style sheets anew, which axe would put into the page in a way the page itself forbids, and without
# writing to frames: the one there is, a letter in the demo's inbox, is closed to every script.
AS_IT_STANDS = {"preload": False, "resultTypes": ["violations"], "iframes": False}
FINGERS = {"target-size": {"enabled": True}}  # 24 px: WCAG 2.5.8, which axe only looks for when asked
# Colours on their way to another scheme's are neither's.
HAS_SETTLED = "() => Promise.allSettled(document.getAnimations().map((one) => one.finished))"
# Blocks with a ground or a border of their own that leave less than 8 px to what stands above or below them.
TOUCHING = """() => {
  const shown = (block) => block && block.getClientRects().length && !block.classList.contains("visually-hidden");
  const next = (block) => {
    let on = block.nextElementSibling;
    while (on && !shown(on)) on = on.nextElementSibling;
    return on;
  };
  const boxed = ".notice, .card-plain, .empty, .instead, .confirmation, .error-summary, .filter-bar, .cluster";
  const pairs = [...document.querySelectorAll("main *")].filter(shown).map((block) => [block, next(block)])
    .filter(([one, other]) => other && (one.matches(boxed) || other.matches(boxed)));
  const name = (block) => `${block.localName}.${block.className}`;
  return pairs.filter(([one, other]) => {
    const gap = other.getBoundingClientRect().top - one.getBoundingClientRect().bottom;
    return gap > -1 && gap < 8;
  }).map(([one, other]) => `${name(one)} and ${name(other)}`);
}"""
OVERFLOWS = "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
# Another page does not carry the mark; a swap into this one is noted beside it.
MARK = """act => {
  window.hmsAct = act;
  document.addEventListener("htmx:afterSettle", () => { window.hmsSettled = act; }, { once: true });
}"""
HAS_LANDED = "act => window.hmsAct !== act || window.hmsSettled === act"
MOST_STOPS = 60
WORDS_OF_FOCUS = """() => {
  const on = document.activeElement;
  return (on.labels && on.labels.length ? on.labels[0].textContent : on.textContent) || "";
}"""
# An outline, a ring of shadow or another border than the page's: something tells where one is.
IS_MARKED = """() => {
  if (document.activeElement === document.body) return true;  // between the page and the browser's own buttons
  const on = getComputedStyle(document.activeElement);
  return (on.outlineStyle !== "none" && parseFloat(on.outlineWidth) >= 2) || on.boxShadow !== "none";
}"""


class Visitor:
    """Goes about the site in words. Every page is looked over: accessibility, width, console, hosts and statuses."""

    def __init__(
        self,
        browser: Browser,
        site: str,
        *,
        width: int = 1280,
        javascript: bool = True,
        zoom: int = 1,
        fingers: bool = False,
    ) -> None:
        self.site, self.javascript = site, javascript
        self._rules = FINGERS if fingers else {}
        # A page at 200 % has half the room: this is how a browser's zoom reaches the layout.
        self.context = browser.new_context(
            viewport={"width": width // zoom, "height": 900 // zoom},
            device_scale_factor=zoom,
            java_script_enabled=javascript,
            locale="en-GB",
            timezone_id="Asia/Tokyo",  # far from the hospital: pages must not lean on the visitor's own clock
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self._acts = 0
        self.faults: list[str] = []
        self.pages: list[str] = []
        self.allowed: set[int] = set()
        self.page.on("console", self._hears)
        self.page.on("pageerror", lambda error: self.faults.append(f"script failed: {error}"))
        self.context.on("request", self._notes_host)
        self.context.on("response", self._notes_status)

    # What they do

    def goes_to(self, path: str) -> Visitor:
        self.page.goto(self.site + path)
        return self.looks_around()

    def follows(self, name: str, *, within: Locator | None = None) -> Visitor:
        link = self._named("link", name, within)
        return self._lands(link.click)

    def presses(self, name: str, *, within: Locator | None = None, expecting: int = 200) -> Visitor:
        self.allowed.add(expecting)
        button = self._named("button", name, within)
        return self._lands(button.click)

    def goes_back(self, *, expecting: int = 200) -> Visitor:
        self.allowed.add(expecting)
        return self._lands(self.page.go_back)

    def fills(self, **answers: str) -> Visitor:
        """`fills(full_name="Pat")` fills the field labelled "Full name"."""
        for label, value in answers.items():
            words = label.replace("_", " ").replace(" mail", "-mail")
            self.page.get_by_label(re.compile(f"^{words}", re.IGNORECASE)).fill(value)
        return self

    def signs_in_as(self, user: User) -> Visitor:
        """Through the session, where signing in is not the story."""
        client = Client()
        sign_in(client, user)
        name = settings.SESSION_COOKIE_NAME
        self.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": self.site}])
        return self

    def signs_in(self, login: str) -> Visitor:
        """By the form."""
        self.page.locator("input[name=login]").fill(login)
        self.page.locator("input[name=password]").fill(PASSWORD)
        return self.presses("Sign in", within=self.page.locator("main"))

    def tabs_to(self, name: str) -> Visitor:
        """Walks there with the Tab key; each stop shows that it has the focus."""
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            assert self.page.evaluate(IS_MARKED), f"{self.page.url}: the focus can't be seen at {self.focused()!r}"
            if self.focused().startswith(name):
                return self
        raise AssertionError(f"{self.page.url}: the keyboard never comes to {name!r}")

    def presses_enter(self) -> Visitor:
        return self._lands(lambda: self.page.keyboard.press("Enter"))

    def focused(self) -> str:
        """The words of what has the focus."""
        return " ".join(self.page.evaluate(WORDS_OF_FOCUS).split())

    def leaves(self) -> None:
        self.context.close()

    # What they see

    def sees(self, text: str) -> Visitor:
        expect(self.page.locator("main").get_by_text(text).locator("visible=true").first).to_be_visible()
        return self

    def sees_no(self, text: str) -> Visitor:
        expect(self.page.locator("main").get_by_text(text)).to_have_count(0)
        return self

    def is_on(self, heading: str) -> Visitor:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(re.compile(heading))
        return self

    def time(self, words: str) -> Locator:
        """A free time, by how it is read out: "10:00am with Dr Ana Álvarez"."""
        return self.page.get_by_role("link", name=words)

    def looks_around(self) -> Visitor:
        """What holds for every page."""
        self.pages.append(urlsplit(self.page.url).path)
        wider = self.page.evaluate(OVERFLOWS)
        if wider > 0:
            self.faults.append(f"{self.page.url} is {wider}px wider than the window")
        touching = self.page.evaluate(TOUCHING)
        self.faults += [f"{self.page.url}: {blocks} touch" for blocks in touching]
        if self.javascript:
            self._asks_axe()
        assert not self.faults, self.faults
        return self

    def wears(self, width: int, scheme: Any) -> Visitor:
        """The same page in a window of another width, in light or dark."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)
        self.page.evaluate(HAS_SETTLED)
        return self

    def _asks_axe(self) -> None:
        meetings = colours.meetings_on(self.page)
        rules = self._rules | (colours.CONTRAST_IS_KNOWN if colours.are_judged(meetings) else {})
        found = self._violations(AS_IT_STANDS | {"rules": rules})
        if not found:
            colours.note_as_sound(meetings)
        scheme = self.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
        width = self.page.evaluate("window.innerWidth")
        place = f"{self.page.url} ({width} px, {scheme})"
        self.faults += [f"{place}: {item['id']} at {item['nodes'][0]['html'][:200]}" for item in found]

    def _violations(self, options: dict[str, Any]) -> list[Any]:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        return list(self.page.evaluate(f"axe.run({json.dumps(options)}).then((told) => told.violations)"))

    def _lands(self, act: Callable[[], object]) -> Visitor:
        """Does what leads to another page, or to another state of this one (htmx), and waits until it is there."""
        self._acts += 1
        self.page.evaluate(MARK, self._acts)
        act()
        deadline = time.monotonic() + PATIENCE / 1000
        while not self._has_landed():
            assert time.monotonic() < deadline, f"nothing came of it on {self.page.url}"
            self.page.wait_for_timeout(20)
        self.page.wait_for_load_state("load")
        return self.looks_around()

    def _has_landed(self) -> bool:
        try:
            return bool(self.page.evaluate(HAS_LANDED, self._acts))
        except Error:  # just between two pages
            return False

    # What goes wrong

    def _hears(self, message: ConsoleMessage) -> None:
        status = re.search(r"responded with a status of (\d+)", message.text)
        if message.type in {"error", "warning"} and not (status and int(status[1]) in self.allowed):
            self.faults.append(f"{self.page.url} says in the console: {message.text}")

    def _notes_host(self, request: Request) -> None:
        if request.url.startswith("http") and not request.url.startswith(self.site):
            self.faults.append(f"{self.page.url} asks another host: {request.url}")

    def _notes_status(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.allowed:
            self.faults.append(f"{response.url} answers {response.status}")

    def _named(self, role: Any, name: str, within: Locator | None) -> Locator:
        place = within or self.page
        return place.get_by_role(role, name=name).locator("visible=true").first
