"""How Google's Calendar can fail a person."""

from __future__ import annotations

from integrations.errors import PermanentFailure


class GrantRevoked(PermanentFailure):
    """Google no longer lets us in: only its owner can connect again."""
