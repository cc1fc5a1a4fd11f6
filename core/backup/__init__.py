"""Backup and restore of the whole database, with the proof that what came back is what was there (docs/backup.md)."""
