"""The function as its caller meets it: over HTTP, in front of a real SMTP server."""

import base64
import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from email_service.local import PATH, LocalServer

from . import examples, sink

NEW_SECRET = "whsec_" + base64.b64encode(b"the secret of this autumn, 32 by").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"the secret of last spring, 32 by").decode()
STRANGER = "whsec_" + base64.b64encode(b"a secret of somebody else, 32 by").decode()
SETTINGS = ("SMTP_", "MAILGUN_", "FROM_", "IDEMPOTENCY_", "EMAIL_SERVICE_")


class Caller:
    """Posts to the function, signed by the `standardwebhooks` package as the web application's stand-in."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}{PATH}"

    def post(self, action: str, data: dict[str, Any] | None = None, *, id: str | None = None, **how: Any):  # noqa: A002
        """Post one good message, or the data given."""
        key = id or f"msg_{uuid.uuid4().hex}"
        content = examples.data(action) if data is None else data
        return self.post_body(json.dumps({"id": key, "action": action, "data": content}), id=key, **how)

    def post_body(
        self,
        body: str,
        *,
        id: str,  # noqa: A002
        secret: str = NEW_SECRET,
        age: timedelta = timedelta(),
        **headers: str,
    ):
        """Post any text, signed `age` ago."""
        moment = datetime.now(UTC) - age
        signed = {
            "webhook-id": id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(secret).sign(id, moment, body),
            **headers,
        }
        return requests.post(self.url, data=body.encode(), headers=signed, timeout=30)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A complete configuration that owes nothing to the machine's."""
    import os  # noqa: PLC0415

    for name in list(os.environ):
        if name.startswith(SETTINGS) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("EMAIL_SERVICE_SECRETS", f"{NEW_SECRET},{OLD_SECRET}")
    monkeypatch.setenv("FROM_EMAIL", "appointments@hospital.example")
    monkeypatch.setenv("IDEMPOTENCY_FILE", str(tmp_path / "sent.sqlite3"))
    return monkeypatch


@pytest.fixture
def mailbox(environment: pytest.MonkeyPatch) -> Iterator[sink.Sink]:
    """A plain SMTP server that takes everything, named in the configuration."""
    with sink.running() as running:
        environment.setenv("SMTP_HOST", "127.0.0.1")
        environment.setenv("SMTP_PORT", str(running.port))
        yield running


@pytest.fixture
def caller() -> Iterator[Caller]:
    """The function behind our local server, in this process."""
    server = LocalServer(0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Caller(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
