"""Addresses of static files, each looked up once in a process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.web.static_files import ManifestStorage


@pytest.fixture
def storage(tmp_path: Path) -> ManifestStorage:
    (tmp_path / "staticfiles.json").write_text('{"version": "1.1", "paths": {"a.css": "a.1.css", "b.css": "b.1.css"}}')
    return ManifestStorage(location=tmp_path, base_url="/static/")


def test_each_file_has_its_own_address_and_keeps_it(storage: ManifestStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    first = [storage.url("a.css"), storage.url("b.css")]
    monkeypatch.setattr(storage, "hashed_files", {})  # nobody asks again

    assert [storage.url("a.css"), storage.url("b.css")] == first == ["/static/a.1.css", "/static/b.1.css"]


def test_a_file_that_is_not_there_is_an_error_each_time(storage: ManifestStorage) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match=r"c\.css"):
            storage.url("c.css")


def test_while_one_works_on_them_names_are_as_they_are(storage: ManifestStorage, settings: Any) -> None:
    storage.url("a.css")
    settings.DEBUG = True

    assert storage.url("a.css") == "/static/a.css"
