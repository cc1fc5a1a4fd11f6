"""Somebody stands at the desk: checked in at once, whether or not their doctor had said yes yet (C5, H1)."""

from __future__ import annotations
