"""What was collected as one file: JSON for other programs, a page for people. In memory only."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.template.loader import render_to_string

from core.clock import hospital_day
from core.site import site_facts
from privacy.collect import Collected
from privacy.data_subjects import DataSubject


def build(
    person: DataSubject, collected: Sequence[Collected], *, records: Mapping[str, bytes] | None = None, now: datetime
) -> bytes:
    """A ZIP of `data.json`, `data.html`, and the files of the treatment records (privacy/record_files.py)."""
    records = records or {}
    site = site_facts()
    facts = {
        "hospital": site["name"],
        "person": person.name,
        "made_at": now.isoformat(),
        "sections": [
            {"title": section.title, "complete": section.is_complete, "rows": section.rows} for section in collected
        ],
    }
    context = {
        "collected": collected,
        "person": person,
        "made_at": now,
        "hospital_name": site["name"],
        "files": sorted(records),
    }
    page = render_to_string("privacy/export.html", context)
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(facts, ensure_ascii=False, indent=2))
        archive.writestr("data.html", page)
        for name, content in records.items():
            archive.writestr(name, content)
    return box.getvalue()


def file_name(now: datetime) -> str:
    """Nobody's name in it: files lie about in download folders."""
    return f"personal-data-{hospital_day(now):%Y-%m-%d}.zip"
