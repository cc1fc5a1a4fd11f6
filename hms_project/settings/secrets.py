"""Secrets of the demo: made once at random and kept in its data folder, readable by its owner only."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet


def kept_secret(folder: Path, name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """The secret kept under `name`, made on first use. Safe when several processes ask at once."""
    path = folder / "secrets" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{name}.{os.getpid()}")
    if not path.exists():
        draft.write_text(make())
        draft.chmod(0o600)
        try:
            os.link(draft, path)  # atomic, and the first one wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def fernet_key() -> str:
    return Fernet.generate_key().decode()


def webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
