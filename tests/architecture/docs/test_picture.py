"""The picture in docs/architecture.md: every arrow is an import there is, every app and room of bookings is drawn."""

from __future__ import annotations

import re
from itertools import pairwise

from tests.architecture.rooms.graph import files_graph, room_of
from tests.architecture.rooms.test_rooms import APPS
from tests.architecture.source import ROOT

PICTURE = re.compile(r"^```mermaid$(.*?)^```$", re.DOTALL | re.MULTILINE)
LABEL = re.compile(r'(\w+)\["([^"]+)"\]')
# Names in the picture that stand for more than a folder of that name.
CALLED = {"project": ["hms_project"], "sample": ["sample_data"]}


def picture() -> str:
    found = PICTURE.search((ROOT / "docs/architecture.md").read_text())
    return found.group(1) if found else ""


def arrows(drawn: str) -> list[tuple[str, str]]:
    """Each `a --> b & c`, also several in a row; what is dotted is no import."""
    found = []
    for line in LABEL.sub(r"\1", drawn).splitlines():
        steps = [step.strip().split(" & ") for step in line.split("-->")]
        found += [(here, there) for left, right in pairwise(steps) for here in left for there in right]
    return found


def stands_for(node: str, labels: dict[str, str]) -> set[str]:
    """The apps or rooms a node means: itself, or those its label lists with dots between."""
    listed = labels.get(node, "").split(" · ")
    names = CALLED.get(node) or (listed if len(listed) > 1 else [node])
    return {name if name in APPS else f"bookings.{name}" for name in names}


def test_every_arrow_is_an_import() -> None:
    labels = dict(LABEL.findall(picture()))
    real = [(here, there) for here, targets in files_graph().items() for there in targets]
    pairs = {(a, b) for here, there in real for a in _levels(here) for b in _levels(there)}
    drawn = arrows(picture())
    wrong = [
        (here, there)
        for here, there in drawn
        if not any((a, b) in pairs for a in stands_for(here, labels) for b in stands_for(there, labels))
    ]

    assert len(drawn) > 25
    assert wrong == []


def _levels(name: str) -> set[str]:
    return {name.split(".", maxsplit=1)[0], room_of(name)}


def test_every_app_and_every_room_of_bookings_is_drawn() -> None:
    labels = dict(LABEL.findall(picture()))
    nodes = {node for arrow in arrows(picture()) for node in arrow}
    drawn = {name for node in nodes for name in stands_for(node, labels)}
    rooms = {f"bookings.{path.parent.name}" for path in ROOT.glob("bookings/*/__init__.py")}
    others = {"bookings.migrations", "bookings.tests", "bookings.templatetags"}

    assert len(rooms) > 10
    assert (set(APPS) | rooms) - others - drawn == set()


def test_an_arrow_is_read() -> None:
    drawn = 'a["A · one"] --> b & c --> d\n    e -. HTTP .-> f'

    assert arrows(drawn) == [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]
    assert stands_for("roof", {"roof": "urls · tasks"}) == {"bookings.urls", "bookings.tasks"}
    assert stands_for("sample", {"sample": "sample_data"}) == {"sample_data"}
