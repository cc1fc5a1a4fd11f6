"""What can be wrong with a backup."""

from __future__ import annotations


class BackupError(Exception):
    """No backup was made, or nothing was restored. The text is one sentence for whoever runs it."""
