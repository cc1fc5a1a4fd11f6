"""Layers: inside a room and from room to room, imports go down, from pages to models, by the names of the files."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.rooms.graph import Arrow, Graph, files_graph
from tests.architecture.rooms.test_rooms import APPS, made_up
from tests.architecture.source import ROOT, imports_of, python_files

# From the roof down to the ground: a file imports files of its own layer and of those below. A layer is known by the
# name of the file, or of a folder it stands in.
LAYERS = {
    "roof": re.compile(r"urls|admin|tasks|apps|commands|templatetags"),
    "views": re.compile(r"(\w+_)?views"),
    "forms": re.compile(r"(\w+_)?forms"),
    "presenters": re.compile(r"presenters|(\w+_)?(page|pages|words)"),
    "services": re.compile(r"services"),
    "reads": re.compile(r"selectors|locks"),
    "rules": re.compile(r"(\w+_)?(rules|states)"),
    "models": re.compile(r"models"),
    "ground": re.compile(r"choices|errors"),
}
FLOOR = {layer: number for number, layer in enumerate(reversed(LAYERS))} | {"forms": 5, "presenters": 5}
# Beyond the floors: a form only looks at what was typed; whoever calls it writes.
ALSO_FORBIDDEN = {("forms", "services")}
# Arrows that still go up, each with its reason. The list only gets shorter.
ALLAUTH = "allauth calls a form's `save()`, and the view in between is allauth's own; the writing is a service's"
STILL_UPWARD: dict[Arrow, str] = {
    ("accounts.signing_in.forms", "accounts.services"): ALLAUTH,
    ("accounts.second_factor.forms", "accounts.services"): ALLAUTH,
    ("accounts.second_factor.forms", "accounts.second_factor.services"): "a code is used up by being looked at",
}


def layer_of(name: str) -> str | None:
    """The layer a file's name says, or a folder's in which it stands; None where neither says one."""
    _, *inside = name.split(".")
    for part in reversed(inside):
        for layer, pattern in LAYERS.items():
            if pattern.fullmatch(part):
                return layer
    return None


def upward(graph: Graph) -> dict[Arrow, str]:
    """Every import that goes up. A file whose name says no layer belongs to all those it reaches."""

    @cache
    def reached(name: str) -> frozenset[str]:
        layer = layer_of(name)
        if layer or name in on_the_way:
            return frozenset({layer} if layer else ())
        on_the_way.add(name)
        found = frozenset().union(*map(reached, sorted(graph[name])))
        on_the_way.discard(name)
        return found

    on_the_way: set[str] = set()
    found = {}
    for name, targets in graph.items():
        here = layer_of(name)
        for target in targets if here else ():
            wrong = sorted(there for there in reached(target) if _goes_up(str(here), there))
            if wrong:
                found[name, target] = f"{here} → {', '.join(wrong)}"
    return found


def _goes_up(here: str, there: str) -> bool:
    return FLOOR[there] > FLOOR[here] or (here, there) in ALSO_FORBIDDEN


def product_graph() -> Graph:
    """The apps, without their imports of `core`: it is the ground every layer of them stands on."""
    graph = {name: targets for name, targets in files_graph().items() if name.split(".")[0] in APPS}
    return {name: {target for target in targets if not _is_ground(name, target)} for name, targets in graph.items()}


def _is_ground(name: str, target: str) -> bool:
    return target.startswith("core.") and not name.startswith("core.")


def test_imports_go_down_from_pages_to_models() -> None:
    graph = product_graph()
    layers = [layer for name in graph if (layer := layer_of(name))]

    assert {layer: layers.count(layer) > 3 for layer in LAYERS} == dict.fromkeys(LAYERS, True)
    assert {arrow: what for arrow, what in upward(graph).items() if arrow not in STILL_UPWARD} == {}


def test_an_arrow_that_was_turned_is_no_longer_excused() -> None:
    assert set(STILL_UPWARD) - set(upward(product_graph())) == set()


def loads_of_tags(root: Path = ROOT) -> list[str]:
    """Every import of a module of template tags of ours by anything but settings."""
    return [
        f"{found.path}:{found.line} imports {found.target}"
        for path in python_files(root=root, tests=False)
        if "settings" not in path.parts
        for found in imports_of(path, root=root)
        if (root / found.target.split(".")[0]).is_dir() and "templatetags" in found.target.split(".")
    ]


def test_only_templates_and_settings_load_template_tags() -> None:
    """What Python needs too stands in `core/formats.py` and its like; a tag only registers it."""
    assert len(list(ROOT.glob("*/templatetags/*.py"))) > 5
    assert loads_of_tags() == []


def test_a_load_of_template_tags_is_found(tmp_path: Path) -> None:
    build = {
        "shop/templatetags/prices.py": "from django.templatetags.static import static",
        "shop/views.py": "from shop.templatetags.prices import price",
        "shop/settings/base.py": "from shop.templatetags import prices",
    }
    made_up(tmp_path, build)

    assert loads_of_tags(tmp_path) == ["shop/views.py:1 imports shop.templatetags.prices"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("shop/till/models.py", "from shop.till import rules"),
        ("shop/till/rules.py", "from shop.till.selectors import bills"),
        ("shop/till/selectors.py", "def late():\n    from shop.till import services"),
        ("shop/till/services.py", "from shop.till.forms import BillForm"),
        ("shop/services/pay.py", "from shop.presenters import name"),
        ("shop/till/services.py", "from shop.till.day_page import page"),
        ("shop/till/forms.py", "from shop.till.services import pay"),
        ("shop/till/forms.py", "from shop.services.pay import pay"),
        ("shop/till/bill_forms.py", "from shop.till.bill_views import bill"),
        ("shop/till/presenters.py", "from shop.till.views import bill"),
        ("shop/till/views.py", "from shop.admin.bills import BillAdmin"),
        ("shop/till/services.py", "from shop.till.sums import total"),
    ],
)
def test_an_arrow_that_goes_up_is_found(tmp_path: Path, path: str, code: str) -> None:
    room = {
        f"shop/till/{name}.py": ""
        for name in ("models", "rules", "selectors", "services", "forms", "day_page", "bill_views", "views")
    }
    others = {"shop/services/pay.py": "", "shop/presenters.py": "", "shop/admin/bills.py": ""}
    unnamed = {"shop/till/sums.py": "from shop.till.more import words", "shop/till/more.py": "import shop.presenters"}

    assert upward(made_up(tmp_path, {**room, **others, **unnamed})) == {}
    assert len(upward(made_up(tmp_path, {path: code}))) == 1
