"""What the stand-in remembers: accounts with their events, and who was allowed what."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Event = dict[str, Any]
ACCOUNTS = ("patient@stand-in.example", "doctor@stand-in.example", "another@stand-in.example")
CODE_SECONDS = 600
ACCESS_SECONDS = 3599


@dataclass
class Consent:
    """A code given out on the consent page, good for one exchange."""

    email: str
    client_id: str
    redirect_uri: str
    challenge: str
    scopes: list[str]
    offline: bool
    made_at: float

    def verifies(self, verifier: str) -> bool:
        """PKCE, S256: https://datatracker.ietf.org/doc/html/rfc7636#section-4.6"""
        digest = hashlib.sha256(verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge


@dataclass
class FakeGrant:
    email: str
    client_id: str
    scopes: list[str]
    expires_at: float = 0.0  # access tokens only


@dataclass
class Fault:
    kind: str
    times: int
    on: str


@dataclass
class FakeStore:
    """Guarded by its own lock; kept in `path` when there is one."""

    path: Path | None = None
    calendars: dict[str, dict[str, Event]] = field(default_factory=lambda: {email: {} for email in ACCOUNTS})
    codes: dict[str, Consent] = field(default_factory=dict)
    refresh_tokens: dict[str, FakeGrant] = field(default_factory=dict)
    access_tokens: dict[str, FakeGrant] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    changes: int = 0

    def __post_init__(self) -> None:
        if self.path and self.path.exists():
            kept = json.loads(self.path.read_text())
            self.calendars |= kept["calendars"]
            self.refresh_tokens = {token: FakeGrant(**grant) for token, grant in kept["refresh_tokens"].items()}
            self.changes = kept["changes"]

    @contextmanager
    def changing(self) -> Iterator[None]:
        with self.lock:
            yield
            if self.path:
                grants = {token: asdict(grant) for token, grant in self.refresh_tokens.items()}
                kept = {"calendars": self.calendars, "refresh_tokens": grants, "changes": self.changes}
                draft = self.path.with_suffix(".new")
                draft.touch(mode=0o600)
                draft.write_text(json.dumps(kept))
                draft.replace(self.path)

    def fault_for(self, operation: str) -> str:
        """The next fault asked for that applies to `operation`, or ""; each counts down."""
        with self.lock:
            self.calls.append(operation)
            for fault in self.faults:
                if operation.startswith(fault.on):
                    fault.times -= 1
                    if fault.times <= 0:
                        self.faults.remove(fault)
                    return fault.kind
        return ""

    def allow(self, consent: Consent) -> str:
        """A code for a consent."""
        with self.lock:
            code = "4/" + secrets.token_urlsafe(24)
            self.codes[code] = consent
            self.calendars.setdefault(consent.email, {})
            return code

    def refresh_token_for(self, consent: Consent) -> str:
        with self.changing():
            token = "1//" + secrets.token_urlsafe(32)
            self.refresh_tokens[token] = FakeGrant(consent.email, consent.client_id, consent.scopes)
            return token

    def access_token_for(self, email: str, client_id: str, scopes: list[str]) -> str:
        with self.lock:
            token = "ya29." + secrets.token_urlsafe(32)
            self.access_tokens[token] = FakeGrant(email, client_id, scopes, time.time() + ACCESS_SECONDS)
            return token

    def revoke(self, email: str) -> None:
        """Google revokes all a client was given by one account, whichever of its tokens is named."""
        with self.changing():
            for tokens in (self.refresh_tokens, self.access_tokens):
                for token in [token for token, grant in tokens.items() if grant.email == email]:
                    del tokens[token]

    def who_holds(self, token: str) -> FakeGrant | None:
        with self.lock:
            return self.refresh_tokens.get(token) or self.access_tokens.get(token)
