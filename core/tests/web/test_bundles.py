"""Style sheets and scripts that name their parts are served as one file, wherever they are served from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from core.web.bundles import BundlingFinder

STATIC = {
    "css/site.css": '/* In this order. */\n\n@import url("parts/b.css");\n@import url("parts/a.css");\n',
    "css/parts/a.css": "/* A. */\n\na {\n  color: red; /* why */\n}\n",
    "css/parts/b.css": "b {\n  color: green;\n}\n",
    "css/alone.css": "i {\n  color: blue;\n}\n",
    "js/site.js": '// Comforts.\nimport "./parts/one.js";\nimport "./parts/two.js";\n',
    "js/parts/one.js": "// One.\nconst name = 1;\nwindow.one = name;\n",
    "js/parts/two.js": "const name = 2;\nwindow.two = name;\n",
}
SHEET = "b {\n  color: green;\n}\na {\n  color: red; }\n"


@pytest.fixture
def static(tmp_path: Path, settings: object) -> Path:
    for name, text in STATIC.items():
        path = tmp_path / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    settings.STATICFILES_DIRS = [tmp_path / "static"]  # type: ignore[attr-defined]
    settings.STATIC_ROOT = tmp_path / "collected"  # type: ignore[attr-defined]
    settings.HMS_HOME = tmp_path / "home"  # type: ignore[attr-defined]
    finders.get_finder.cache_clear()
    yield tmp_path / "static"
    finders.get_finder.cache_clear()


def found(name: str) -> str:
    path = BundlingFinder().find(name)
    assert isinstance(path, str)
    return Path(path).read_text()


def test_parts_are_joined_in_the_order_in_which_they_are_named(static: Path) -> None:
    assert found("css/site.css") == SHEET
    assert found("css/alone.css") == STATIC["css/alone.css"]


def test_a_part_that_changes_changes_what_is_served(static: Path) -> None:
    assert "red" in found("css/site.css")
    (static / "css/parts/a.css").write_text("a {\n  color: pink;\n}\n")
    assert "pink" in found("css/site.css")


def test_what_is_served_is_written_only_when_it_changed(static: Path) -> None:
    path = Path(str(BundlingFinder().find("css/site.css")))
    before = path.stat()
    found("css/site.css")
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_scripts_keep_their_names_to_themselves(static: Path) -> None:
    """Two parts may both say `const name`: each runs, strictly, for itself."""
    script = found("js/site.js")
    assert "// One." not in script
    tell = "\nif (window.one + window.two !== 3 || typeof name !== 'undefined') throw new Error('mixed');"
    done = subprocess.run(["node", "-e", f"const window = {{}};{script}{tell}"], capture_output=True, check=False)
    assert done.stderr == b""


def test_bundles_are_collected_and_their_parts_are_not(static: Path, settings: object) -> None:
    call_command("collectstatic", interactive=False, verbosity=0)

    collected = Path(settings.STATIC_ROOT)  # type: ignore[attr-defined]
    assert (collected / "css/site.css").read_text() == SHEET
    assert (collected / "css/alone.css").exists()
    assert not (collected / "css/parts").exists()
    assert not (collected / "js/parts").exists()


def test_a_part_that_is_missing_stops_the_collecting(static: Path) -> None:
    shutil.rmtree(static / "css/parts")
    with pytest.raises(FileNotFoundError):
        call_command("collectstatic", interactive=False, verbosity=0)


def test_the_sites_own_sheets_come_in_one_piece() -> None:
    for name in ("css/hms.css", "css/admin.css", "js/hms.js"):
        response = Client().get(f"/static/{name}")
        text = b"".join(response.streaming_content).decode()
        assert response.status_code == 200
        assert "import" not in text.replace("!important", "")
        assert len(text) > 4000
