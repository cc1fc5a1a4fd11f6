"""A stand-in for Google: its OAuth 2 and Calendar v3, as far as we use them, on this machine only.

`python -m integrations.google_calendar.fake --port 3100` for the demo; `with running() as fake:` in tests. Needs no
Django. A test holds it to the client library's own description of the interface.
"""

from __future__ import annotations

from integrations.google_calendar.fake.server import FakeGoogle, running

__all__ = ["FakeGoogle", "running"]
