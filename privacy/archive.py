"""What was collected as one file: JSON for other programs, a page for people. In memory only."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime

from django.template.loader import render_to_string

from core.clock import hospital_day
from core.site import site_facts
from privacy.collect import Collected
from privacy.data_subjects import DataSubject


def build(person: DataSubject, collected: Sequence[Collected], *, now: datetime) -> bytes:
    """A ZIP of `data.json` and `data.html`."""
    site = site_facts()
    facts = {
        "hospital": site["name"],
        "person": person.name,
        "made_at": now.isoformat(),
        "sections": [
            {"title": section.title, "complete": section.is_complete, "rows": section.rows} for section in collected
        ],
    }
    page = render_to_string(
        "privacy/export.html", {"collected": collected, "person": person, "made_at": now, "hospital_name": site["name"]}
    )
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(facts, ensure_ascii=False, indent=2))
        archive.writestr("data.html", page)
    return box.getvalue()


def file_name(now: datetime) -> str:
    """Nobody's name in it: files lie about in download folders."""
    return f"personal-data-{hospital_day(now):%Y-%m-%d}.zip"
