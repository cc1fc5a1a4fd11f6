"""Behind a pooler that takes no options at the start of a session, nothing is silently without time limits."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from core.web import health
from hms_project import env
from tests.architecture.test_settings import read_production
from tests.faults.support.processes import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
ON_THE_ROLE = "ALTER ROLE {role} IN DATABASE {database} {what}"
LIMITS = ("SET lock_timeout = '5s'", "SET statement_timeout = '8s'")


@pytest.fixture
def _alone() -> None:
    """Nothing here is timed: others may run at the same time."""


def on_the_role(*what: str) -> None:
    names = {"role": '"' + connection.settings_dict["USER"] + '"', "database": f'"{connection.settings_dict["NAME"]}"'}
    with connection.cursor() as cursor:
        for item in what:
            cursor.execute(ON_THE_ROLE.format(**names, what=item))


@pytest.fixture
def _pooled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sessions as a pooler opens them: what we would have asked for at their start did not get there."""
    monkeypatch.setenv("DATABASE_POOLED", "true")
    connection.close()
    options = connection.settings_dict["OPTIONS"]
    asked = options.pop("options")
    health._room.forget()
    yield
    options["options"] = asked
    connection.close()


@pytest.fixture
def _limits_on_the_role() -> Iterator[None]:
    on_the_role(*LIMITS)
    yield
    on_the_role("RESET lock_timeout", "RESET statement_timeout")


def check_deploy() -> subprocess.CompletedProcess[str]:
    server = {part: str(connection.settings_dict[part]) for part in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    environment = os.environ | {f"DATABASE_{part}": value for part, value in server.items()} | {"DATABASE_URL": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.faults.support.pooled_settings"
    command = [sys.executable, "manage.py", "check", "--deploy", "--database", "default"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("_pooled")
def test_without_limits_it_is_not_ready_and_the_check_fails() -> None:
    answer = Client().get("/readyz")
    done = check_deploy()

    assert answer.status_code == 503
    assert [part for part, holds in answer.json().items() if not holds] == ["time_limits"]
    assert done.returncode == 1
    assert "core.E001" in done.stderr


@pytest.mark.usefixtures("_limits_on_the_role", "_pooled")
def test_limits_on_the_role_count() -> None:
    """The lines docs/outages.md gives."""
    done = check_deploy()

    assert Client().get("/readyz").status_code == 200
    assert "core.E001" not in done.stderr
    assert "no issues" in done.stdout + done.stderr or "WARNINGS" in done.stderr
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("5s",)
    said = (ROOT / "docs" / "outages.md").read_text()
    assert all(limit in said for limit in LIMITS)


def test_the_setting_asks_for_nothing_and_opens_no_cursor_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    usual: dict[str, Any] = env.database(embedded=True)
    monkeypatch.setenv("DATABASE_POOLED", "true")
    pooled = env.database(embedded=True)

    assert "lock_timeout" in usual["OPTIONS"]["options"]
    assert usual["DISABLE_SERVER_SIDE_CURSORS"] is False
    assert "options" not in pooled["OPTIONS"]
    assert pooled["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert "'tcp_user_timeout': 5000" in read_production("DATABASES", DATABASE_POOLED="true").stdout
