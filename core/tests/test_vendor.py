"""What is not ours stands as it came, and says where from."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from django.conf import settings

from core.web.bundles import BundlingFinder

STATIC = Path(settings.BASE_DIR, "static")
VENDOR = STATIC / "vendor"


def test_every_vendored_file_has_the_sum_its_list_names() -> None:
    listed = dict(re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", (VENDOR / "VENDOR.md").read_text(), re.MULTILINE))
    present = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.suffix in {".css", ".js", ".woff2", ".svg"}
    }
    assert present
    assert present == listed


def test_no_sheet_or_script_points_at_a_source_map_or_another_host() -> None:
    served = [Path(storage.path(path)) for path, storage in BundlingFinder().list([])]
    sheets = [path for path in served if path.suffix in {".css", ".js"}]
    assert len(sheets) > 8
    for path in sheets:
        text = path.read_text()
        assert "sourceMappingURL" not in text, path
        assert not re.search(r"url\([\"']?(?:https?:)?//|@import", text), path
