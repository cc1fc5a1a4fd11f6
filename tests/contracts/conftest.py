"""The e-mail function, configured by its environment alone, in front of a real SMTP server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from email_service.tests import sink
from tests.contracts.letterbox import Letterbox

ITS_SETTINGS = ("SMTP_", "MAILGUN_", "FROM_", "IDEMPOTENCY_", "EMAIL_SERVICE_")


@pytest.fixture
def letterbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> Iterator[Letterbox]:
    for name in [name for name in os.environ if name.startswith(ITS_SETTINGS)]:
        monkeypatch.delenv(name)
    with sink.running() as mailbox:
        monkeypatch.setenv("SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("SMTP_PORT", str(mailbox.port))
        monkeypatch.setenv("FROM_EMAIL", "appointments@hospital.example")
        monkeypatch.setenv("IDEMPOTENCY_FILE", str(tmp_path / "sent.sqlite3"))
        monkeypatch.setenv("EMAIL_SERVICE_SECRETS", ",".join(settings.EMAIL_SERVICE_SECRETS))
        yield Letterbox(mailbox)


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor()
