"""A person's browser, here and at the stand-in for Google."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from django.test import Client

from accounts.models import User
from accounts.tests.factories import sign_in, verify
from integrations.models import GoogleConnection
from integrations.tests.google import press


class Browser:
    """One person's browser, here and at Google. Every page it is shown is kept."""

    def __init__(self, user: User | None = None) -> None:
        self.client, self.user = Client(), user
        self.pages: list[str] = []
        if user:
            sign_in(self.client, verify(user))

    def start(self, **form: str) -> str:
        """Press "Continue to Google"; the address of the consent page."""
        answer = self.client.post("/calendar/connect/", form)
        assert answer.status_code == 302, answer.content
        return str(answer["Location"])

    def come_back(self, address: str) -> str:
        """Follow Google's redirect; the page one ends up on."""
        parts = urlsplit(address)
        return self.see(f"{parts.path}?{parts.query}")

    def see(self, path: str) -> str:
        answer = self.client.get(path, follow=True)
        self.pages += [str(chain) for chain in answer.redirect_chain]
        assert answer.status_code == 200
        page = answer.content.decode()
        self.pages.append(page)
        return page

    def connect(self, **form: str) -> str:
        return self.come_back(press(self.start(**form)))


def connected() -> list[str]:
    return list(GoogleConnection.objects.live().values_list("user__username", flat=True))


def changed(address: str, **parameters: str | None) -> str:
    """The address with parameters replaced, or taken out with None."""
    parts = urlsplit(address)
    query = {**dict(parse_qsl(parts.query)), **parameters}
    kept = {name: value for name, value in query.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()
