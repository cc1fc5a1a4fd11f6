"""Which of our files imports which: files as dotted names, rooms as the first two parts of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeAlias

from tests.architecture.source import ROOT, imports_of, python_files

Graph: TypeAlias = dict[str, set[str]]
Arrow: TypeAlias = tuple[str, str]


def name_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


@cache
def files_graph() -> Graph:
    return graph_of(ROOT)


def graph_of(root: Path) -> Graph:
    """Every file of the product with the files of ours it imports when it runs, also inside functions."""
    paths = {name_of(path): path for path in python_files(root=root, tests=False)}
    graph: Graph = {}
    for name, path in paths.items():
        targets = {found.target for found in imports_of(path, root=root) if not found.for_types}
        graph[name] = (targets & paths.keys()) - {name}
    return graph


def room_of(name: str) -> str:
    """`bookings.desk.views` stands in the room `bookings.desk`, `bookings.models` is one of its own."""
    return ".".join(name.split(".")[:2])


def rooms_graph(graph: Graph, app: str) -> Graph:
    """The rooms of one app, and which of them imports which."""
    rooms: Graph = {}
    for name, targets in graph.items():
        if name.startswith(f"{app}."):
            others = {room_of(target) for target in targets if target.startswith(f"{app}.")}
            rooms.setdefault(room_of(name), set()).update(others - {room_of(name)})
    return rooms


def circle_of(graph: Mapping[str, set[str]]) -> list[str]:
    """One circle, from its first file round to itself again; empty where there is none."""
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return list(error.args[1])
    return []


def floors_of(graph: Graph) -> list[str]:
    """The longest chain of imports, from the lowest up."""
    chains: dict[str, list[str]] = {}
    for name in TopologicalSorter(graph).static_order():
        below = [chains[target] for target in graph.get(name, ())]
        chains[name] = [*max(below, key=len, default=[]), name]
    return max(chains.values(), key=len, default=[])
