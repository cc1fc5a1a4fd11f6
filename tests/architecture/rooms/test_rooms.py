"""Rooms that stay readable: no circle of files or of rooms, few floors, no folder with too much in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.rooms.graph import circle_of, files_graph, floors_of, graph_of, name_of, rooms_graph
from tests.architecture.source import python_files

MODULES_A_FOLDER = 22
# Folders of tests that hold more, with how many they may hold. The numbers only get smaller.
STILL_FLAT: dict[str, int] = {}
ROOMS_OF_BOOKINGS = 32
FLOORS_OF_BOOKINGS = 12
APPS = sorted({path.parts[0] for path in python_files() if path.name == "apps.py"})


def test_no_file_imports_itself_by_a_circle() -> None:
    graph = files_graph()

    assert len(graph) > 300
    assert " → ".join(circle_of(graph)) == ""


@pytest.mark.parametrize("app", [*APPS, "email_service", "tools", "bench"])
def test_no_room_imports_itself_by_a_circle(app: str) -> None:
    rooms = rooms_graph(files_graph(), app)

    assert len(rooms) > 5
    assert " → ".join(circle_of(rooms)) == ""


def test_bookings_can_be_taken_in_at_a_glance() -> None:
    rooms = rooms_graph(files_graph(), "bookings")
    floors = floors_of(rooms)

    assert len(rooms) > 20
    assert len(rooms) <= ROOMS_OF_BOOKINGS, f"{len(rooms)} rooms and files at the root: {sorted(rooms)}"
    assert len(floors) <= FLOORS_OF_BOOKINGS, f"{len(floors)} floors: {' ← '.join(floors)}"


def flat_folders(paths: list[Path], allowed: dict[str, int]) -> dict[str, int]:
    """The folders with more modules than anybody looks through, and how many they hold."""
    held = Counter(str(path.parent) for path in paths if path.name != "__init__.py")
    return {folder: number for folder, number in held.items() if number > allowed.get(folder, MODULES_A_FOLDER)}


def test_no_folder_is_flat() -> None:
    paths = python_files()

    assert len(paths) > 700
    assert flat_folders(paths, STILL_FLAT) == {}


def test_a_folder_that_was_tidied_is_no_longer_excused() -> None:
    assert flat_folders(python_files(), {}) == STILL_FLAT


# Made-up projects that are as they must not be


def made_up(root: Path, files: dict[str, str]) -> dict[str, set[str]]:
    for name, code in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(code)
    return graph_of(root)


def test_a_circle_of_files_is_found_also_inside_functions(tmp_path: Path) -> None:
    graph = made_up(
        tmp_path,
        {
            "shop/models.py": "def late():\n    from shop.terms import Terms",
            "shop/terms.py": "from shop.prices import price",
            "shop/prices.py": "from shop import models",
        },
    )

    assert sorted(set(circle_of(graph))) == ["shop.models", "shop.prices", "shop.terms"]


def test_an_import_for_types_alone_closes_no_circle(tmp_path: Path) -> None:
    only_types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop.models import Thing"
    graph = made_up(tmp_path, {"shop/models.py": "import shop.terms", "shop/terms.py": only_types})

    assert graph == {"shop.models": {"shop.terms"}, "shop.terms": set()}
    assert circle_of(graph) == []


def test_a_circle_of_rooms_is_found_where_no_file_goes_round(tmp_path: Path) -> None:
    graph = made_up(
        tmp_path,
        {
            "shop/till/views.py": "from shop.store import rules",
            "shop/till/rules.py": "",
            "shop/store/views.py": "from shop.till import rules",
            "shop/store/rules.py": "",
        },
    )

    assert circle_of(graph) == []
    assert set(circle_of(rooms_graph(graph, "shop"))) == {"shop.till", "shop.store"}


def test_the_longest_chain_is_what_is_counted() -> None:
    graph = {"urls": {"views"}, "views": {"services", "models"}, "services": {"models"}, "models": set(), "apps": set()}

    assert floors_of(graph) == ["models", "services", "views", "urls"]


def test_a_folder_with_too_much_in_it_is_found() -> None:
    paths = [Path("shop") / f"part_{number}.py" for number in range(MODULES_A_FOLDER + 1)]

    assert flat_folders([*paths, Path("shop/__init__.py")], {}) == {"shop": MODULES_A_FOLDER + 1}
    assert flat_folders(paths[1:], {}) == {}
    assert name_of(paths[0]) == "shop.part_0"
