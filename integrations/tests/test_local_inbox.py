"""The demo's inbox shows what was sent by SMTP, and exists nowhere else (D7)."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from integrations.local_inbox import selectors, sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.LOCAL_INBOX = tmp_path / "inbox"
    return settings.LOCAL_INBOX


@pytest.fixture
def post(folder: Path) -> Iterator[smtplib.SMTP]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = sink.start(folder=folder, port=port)
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        yield smtp
    controller.stop()


def mail(subject: str = "Appointment booked", to: str = "pat@example.org") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "hospital@example.org", to
    message["Date"] = "Sun, 22 Nov 2026 10:00:00 +0000"
    message.set_content("Follow http://localhost/confirm/ to confirm.")
    message.add_alternative(
        "<html><head></head><body><script>alert(1)</script><a href='/x'>y</a></body></html>", subtype="html"
    )
    message.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="Termin é.ics")
    return message


def test_mail_sent_by_smtp_is_read_in_the_browser(post: smtplib.SMTP, folder: Path, client: Client) -> None:
    post.send_message(mail("Erste"))
    post.send_message(mail("王芳 zweite", to="other@example.org"))
    page = client.get("/dev/inbox/").content.decode()
    assert page.index("王芳 zweite") < page.index("Erste")
    assert "Erste" not in client.get("/dev/inbox/?to=OTHER@").content.decode()

    newest = selectors.letters(folder)[0]
    page = client.get(f"/dev/inbox/{newest.key}/").content.decode()
    assert '<a href="http://localhost/confirm/"' in page
    assert "<script>alert" not in page
    attached = client.get(f"/dev/inbox/{newest.key}/attachments/0/")
    assert attached.content == b"BEGIN:VCALENDAR"
    assert "attachment" in attached["Content-Disposition"]


def test_a_letters_html_is_caged(post: smtplib.SMTP, folder: Path, client: Client) -> None:
    post.send_message(mail())
    response = client.get(f"/dev/inbox/{selectors.letters(folder)[0].key}/html/")
    policy = response["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert '<base target="_top">' in response.content.decode()


def test_letters_can_be_thrown_away_by_post_only(post: smtplib.SMTP, folder: Path, client: Client) -> None:
    post.send_message(mail())
    assert client.get("/dev/inbox/clear/").status_code == 405
    assert len(selectors.letters(folder)) == 1
    client.post("/dev/inbox/clear/")
    assert selectors.letters(folder) == []


@pytest.mark.parametrize("path", ["", "nothing/", "nothing/html/", "../../etc/passwd/", "nothing/attachments/0/"])
def test_what_is_not_there_is_404(client: Client, folder: Path, path: str) -> None:
    expected = 200 if path == "" else 404
    assert client.get(f"/dev/inbox/{path}").status_code == expected


def test_outside_the_demo_there_is_no_inbox(client: Client, settings: Any) -> None:
    assert settings.LOCAL_INBOX is None
    assert client.get("/dev/inbox/").status_code == 404
