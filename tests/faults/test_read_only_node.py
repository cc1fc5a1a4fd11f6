"""The site still talks to a node that only reads: a standby, or the primary of before. Nobody meets a 500."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client

from accounts.models import Session
from accounts.tests.factories import sign_in
from core import clock
from tests.architecture.test_url_matrix import ADDRESSES, admin_paths, takes_post
from tests.architecture.world import World, build_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ignore_template_errors]


@pytest.fixture
def _alone() -> None:
    """Nothing here is timed: others may run at the same time."""


@pytest.fixture
def visitors(request: pytest.FixtureRequest) -> dict[str, tuple[World, Client]]:
    """Signed in before the node changed; the next page of who was not seen for a while would note the visit."""
    world = build_world()
    found = {}
    for role in ("patient", "doctor", "administrator"):
        found[role] = world, Client(raise_request_exception=False)
        sign_in(found[role][1], world.people[role])
    if "while" in request.param:
        Session.objects.update(last_seen_at=clock.now() - timedelta(minutes=5))
    return found


@pytest.fixture
def _read_only(visitors: object) -> Iterator[None]:
    """Whoever connects from now on can only read; PostgreSQL says the same (25006) as a standby does."""
    options, before = connection.settings_dict["OPTIONS"], connection.settings_dict["OPTIONS"]["options"]
    connection.close()
    options["options"] = f"{before} -c default_transaction_read_only=on"
    yield
    options["options"] = before
    connection.close()


@pytest.mark.usefixtures("_read_only")
@pytest.mark.parametrize(
    ("visitors", "role", "going_on"),
    [
        ("seen just now", "patient", 5),
        ("seen just now", "doctor", 5),
        ("seen just now", "administrator", 5),
        ("seen a while ago", "patient", 0),
    ],
    indirect=["visitors"],
)
def test_pages_and_forms_answer_or_say_come_back(
    visitors: dict[str, tuple[World, Client]], role: str, going_on: int
) -> None:
    world, client = visitors[role]
    answers: Counter[int] = Counter()
    faults = []
    paths = [(name, address.path(world)) for name, address in ADDRESSES.items() if "logout" not in name]
    paths += [("", path) for model in admin.site._registry for path in admin_paths(model)]
    for name, path in paths:
        for ask in (client.get, client.post)[: 2 if takes_post(name) else 1]:
            response = ask(path)
            answers[response.status_code] += 1
            calm = response.status_code == 503 and response.get("Retry-After")
            if response.status_code >= 500 and not calm and path != "/readyz":
                faults.append((response.status_code, ask.__name__, path))

    assert faults == []
    assert answers[503] > 5  # it did meet the node
    assert answers[200] > going_on  # what only reads goes on


@pytest.mark.usefixtures("_read_only")
@pytest.mark.parametrize("visitors", ["seen a while ago"], indirect=True)
def test_the_next_request_connects_anew(visitors: dict[str, tuple[World, Client]]) -> None:
    """As soon as the name leads to the primary again, so do we: nothing is to be started again."""
    _, client = visitors["doctor"]
    assert client.get("/doctor/appointments/").status_code == 503
    assert connection.connection is None

    options = connection.settings_dict["OPTIONS"]
    options["options"] = options["options"].replace(" -c default_transaction_read_only=on", "")

    assert client.get("/doctor/appointments/").status_code == 200
