"""Static files as a server hands them out: under names that say what is in them, so that browsers may keep them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from whitenoise.storage import CompressedManifestStaticFilesStorage


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Looks each address up once: which file has which name is read when the process starts, and stays."""

    def url(self, name: Any, force: bool = False) -> str:
        if settings.DEBUG or force:
            return str(super().url(name, force))
        known: dict[str, str] = self.__dict__.setdefault("known_addresses", {})
        if name not in known:
            known[name] = str(super().url(name))
        return known[name]
