"""Whatever is sent, nobody ever meets a 5xx; and what no browser sends is turned away at the door (QUALITY)."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urlencode

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.tests.factories import sign_in
from tests.architecture.world import ROLES, Address, World, addresses, build_world

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
EACH_ROLE = 650
HOSTILE = (
    *("", " ", "0", "-1", "1.5", "9" * 19, "9" * 40, "1e400", "NaN", "0x10", "٣", "²", "null", "true", "[]", "{}"),
    *("%", "'", '"', "' OR 1=1 --", "\\", "%s%(x)s%n", "{{ 7*7 }}", "{% now %}", "${7*7}", "<script>alert(1)</script>"),
    *("../../../etc/passwd", "..%2f..%2f", "//", "https://evil.example/", "//evil.example", "javascript:alert(1)"),
    *("2026-02-30", "0001-01-01", "9999-12-31", "99999-01-01", "2026-W01", "24:61", "10:00", "2026-08-05T10:00:00Z"),
    *("\u202eevil", "\ud7ff", "\ufeff", "\u2028", "\U0010ffff", "é" * 300, "🦉" * 200, "x" * 10_000, "a\nb", "a\r\nb"),
    *("a@b", "a@b.example\nBcc: c@d.example", "=1+1", "@SUM(A1)", "00000000-0000-0000-0000-000000000000", "-" * 300),
)
PARAMETERS = (
    *("q", "page", "p", "o", "e", "next", "date", "day", "from", "to", "when", "status", "before", "department"),
    *("specialization", "version", "person", "for", "period", "format", "doctor", "_popup", "_to_field", "all", "slot"),
    *("app_label", "model_name", "field_name", "term", "timed_out", "status__exact", "slot__starts_at__gte", "id__in"),
)
HEADERS = (
    *("HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_USER_AGENT", "HTTP_REFERER", "HTTP_ORIGIN"),
    *("HTTP_X_FORWARDED_FOR", "HTTP_X_REQUEST_ID", "HTTP_HX_REQUEST", "HTTP_HX_CURRENT_URL", "HTTP_HX_TARGET"),
    *("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_RANGE", "HTTP_COOKIE", "HTTP_HOST", "HTTP_AUTHORIZATION"),
    *("HTTP_X_REQUESTED_WITH", "HTTP_X_CSRFTOKEN", "HTTP_HX_HISTORY_RESTORE_REQUEST", "HTTP_X_HTTP_METHOD_OVERRIDE"),
)
VARIABLE = re.compile(r"<[^>]+>|\(\?P.*?\)|[\\^$]Z?")
ODD_METHODS = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "X" * 50)
FORM = "application/x-www-form-urlencoded"


class Fields(HTMLParser):
    """The names a page's forms would send."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"input", "select", "textarea", "button"} and given.get("name"):
            self.names[str(given["name"])] = given.get("value") or ""


@dataclass
class Attacker:
    """Somebody of one role who sends whatever they like; what they do is decided by the role's name alone."""

    world: World
    role: str
    chance: random.Random = field(init=False)
    client: Client = field(init=False)
    forms: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(f"hostile requests as {self.role}")
        self.arrives()

    def arrives(self) -> None:
        self.client = Client(raise_request_exception=False)
        if self.role != "nobody":
            sign_in(self.client, self.world.people[self.role])

    def hostile(self) -> str:
        return self.chance.choice(HOSTILE)

    def address(self) -> tuple[Address, str]:
        """One of the site's, half of the time with something else in its variable parts."""
        address = self.chance.choice(ALL)
        parts = dict.fromkeys(address.parameters, "1") | self.world.arguments()
        if self.chance.random() < 0.5:
            parts |= {name: self.hostile() for name in address.parameters}
        try:
            return address, reverse(address.name, kwargs={name: parts[name] for name in address.parameters})
        except NoReverseMatch:  # what the pattern does not take is sent all the same
            return address, "/" + VARIABLE.sub(lambda _: quote(self.hostile(), safe=""), address.route)

    def query(self) -> str:
        names = self.chance.sample(PARAMETERS, self.chance.randint(0, 4))
        return urlencode([(name, self.hostile()) for name in names])

    def fields(self, path: str) -> dict[str, str]:
        """What the form there asks for, with some of the answers replaced."""
        if path not in self.forms:
            page = self.client.get(path)
            html = page.content.decode(errors="replace") if not page.streaming else ""
            self.forms[path] = Fields(html).names
        known = dict(self.forms[path])
        for name in self.chance.sample(sorted(known), min(len(known), self.chance.randint(0, 6))):
            known[name] = self.hostile()
        return known | {self.chance.choice(PARAMETERS): self.hostile()}

    def headers(self) -> dict[str, str]:
        names = self.chance.sample(HEADERS, self.chance.randint(0, 2))
        plain = {name: self.hostile().encode("ascii", "ignore").decode() for name in names}
        return {name: value.replace("\r", "").replace("\n", "") for name, value in plain.items()}

    def strikes(self) -> tuple[str, HttpResponse]:
        address, path = self.address()
        query, headers = self.query(), self.headers()
        if "logout" in address.name or "end_" in address.name:
            headers["HTTP_HX_REQUEST"] = "true"
        way = self.chance.random()
        where = f"{path}?{query}"
        if way < 0.45:
            return f"GET {where} {headers}", self.client.get(path, QUERY_STRING=query, **headers)
        if way < 0.80:
            fields = self.fields(path)
            return f"POST {where} {fields} {headers}", self.client.post(path, fields, QUERY_STRING=query, **headers)
        if way < 0.90:
            body = urlencode(self.fields(path))
            return f"POST {where} {body}", self.client.post(path, body, FORM, QUERY_STRING=query, **headers)
        if way < 0.96:
            found = json.dumps({self.hostile(): [self.hostile(), {"a": self.hostile()}]})
            return f"JSON {where} {found}", self.client.post(path, found, "application/json", QUERY_STRING=query)
        method = self.chance.choice(ODD_METHODS)
        return f"{method} {where}", self.client.generic(method, path, QUERY_STRING=query, **headers)


ALL = addresses()


@pytest.mark.parametrize("role", ROLES)
def test_nobody_ever_meets_a_fault_of_ours(role: str) -> None:
    attacker = Attacker(build_world(), role)
    faults, statuses = [], set()
    for number in range(EACH_ROLE):
        what, response = attacker.strikes()
        statuses.add(response.status_code)
        if response.status_code >= 500:
            faults.append((response.status_code, what[:1000]))
        if role != "nobody" and number % 25 == 0:
            attacker.arrives()

    assert faults == []
    assert {200, 302, 400, 404, 405} <= statuses


def test_there_are_five_thousand_of_them() -> None:
    assert EACH_ROLE * len(ROLES) >= 5_000


# At the door


CONTROLS = ("\x00", "\x01", "\x08", "\x0b", "\x0c", "\x1b", "\x1f", "\x7f")
SIGN_UP = "/accounts/signup/patient/"
Sends = Callable[[Client, str], HttpResponse]


def _cookie(client: Client, text: str) -> HttpResponse:
    return client.get("/doctors/", HTTP_COOKIE=f'hms_session="abcdefgh\\{ord(text[1]):03o}"')


WAYS: dict[str, Sends] = {
    "query": lambda client, text: client.get("/doctors/", {"q": text}),
    "name in query": lambda client, text: client.get("/doctors/", {text: "x"}),
    "path": lambda client, text: client.get(f"/doctors/{quote(text)}/"),
    "path of nothing": lambda client, text: client.get(f"/nothing/{quote(text)}"),
    "form": lambda client, text: client.post("/accounts/login/", urlencode({"login": text}), FORM),
    "name in form": lambda client, text: client.post("/accounts/login/", urlencode({text: "x"}), FORM),
    "multipart": lambda client, text: client.post("/accounts/login/", {"login": text}),
    "json": lambda client, text: client.post(
        "/accounts/signup/patient/", json.dumps({"a": [{"b": text}]}), "application/json"
    ),
    "name in json": lambda client, text: client.post("/accounts/login/", json.dumps({text: 1}), "application/json"),
    "header": lambda client, text: client.get("/doctors/", HTTP_ACCEPT_LANGUAGE=text),
    "cookie": _cookie,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_character_is_refused_wherever_it_stands(way: str, control: str) -> None:
    assert WAYS[way](Client(), f"a{control}b").status_code == 400


@pytest.mark.parametrize("way", ["query", "form", "multipart", "json"])
@pytest.mark.parametrize("text", ["a\tb", "a\nb", "a\r\nb", "é", "\u202e", "🦉", "\u0085"])
def test_what_people_type_and_paste_is_not(way: str, text: str) -> None:
    assert WAYS[way](Client(), text).status_code == 200


def _posts(body: bytes, kind: str = FORM) -> HttpResponse:
    return Client().generic("POST", "/accounts/login/", body, kind)


BOUNDARY = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\n%b\r\n--x--\r\n'


@pytest.mark.parametrize(
    "answer",
    [
        lambda: Client().get("/doctors/", QUERY_STRING="q=%ff%fe"),
        lambda: Client().get("/doctors/", QUERY_STRING="q=%ed%a0%80"),
        lambda: _posts(b"login=%ff"),
        lambda: _posts(b"login=\xff"),
        lambda: _posts(PART % b"\xff\xfe", BOUNDARY),
        lambda: _posts(b'{"a": "\xff"}', "application/json"),
        lambda: _posts(b'{"a": "\\ud800"}', "application/json"),
        lambda: _posts(b"[" * 100_000, "application/json"),
        lambda: _posts(b"x", "multipart/form-data"),
        lambda: _posts("login=ä".encode("utf-16"), f"{FORM}; charset=utf-16"),
        lambda: _posts(b"&".join(b"f%d=1" % n for n in range(3_000))),
        lambda: _posts(b"login=" + b"x" * 2_000_000),
        lambda: _posts(PART % (b"x" * 6_000_000), BOUNDARY),
    ],
)
def test_what_cannot_be_read_is_refused(answer: Callable[[], HttpResponse]) -> None:
    assert answer().status_code in {400, 413}


@pytest.mark.parametrize("method", [*ODD_METHODS, "HEAD"])
def test_pages_take_get_and_post_and_nothing_else(method: str) -> None:
    pages = ["/", "/doctors/", "/accounts/login/", "/admin/", "/accounts/2fa/", "/no/such/", "/static/js/hms.js"]
    answers = {Client().generic(method, page).status_code for page in pages[: -1 if method != "HEAD" else None]}

    assert answers <= ({405} if method != "HEAD" else {200, 302, 404})


def test_a_method_that_is_refused_is_told_which_are_taken() -> None:
    assert Client().generic("TRACE", "/")["Allow"] == "GET, HEAD, POST"


def test_the_api_may_take_others() -> None:
    assert Client().put("/api/").status_code == 404
    assert Client().generic("TRACE", "/api/").status_code == 405
