"""A site of its own for each test: a database beside the tests' own, which may be renamed and spoiled."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2.errors
import pytest
from django.db import connection
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from core.backup import contents, database
from core.backup.programs import Server
from tests.open_sessions import PATIENCE, open_sessions

# Processes that test at the same time share the server.
MARK = f"hms_drill_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_"
SITE = f"{MARK}site"


class Site:
    """The database the settings lead to, for as long as the test runs."""

    name = SITE

    def __init__(self) -> None:
        self.server = Server.of(connection.settings_dict)

    def rows(self, statement: str, name: str = SITE) -> list[tuple[Any, ...]]:
        """Run a statement in a connection that is closed again."""
        with self.server.connect(name) as other:
            other.autocommit = True
            return contents.rows(other, statement)

    def databases(self) -> set[str]:
        found = self.rows("SELECT datname FROM pg_database", database.MAINTENANCE)
        return {name for (name,) in found if name.startswith(MARK)}

    def drop(self) -> None:
        with self.server.connect(database.MAINTENANCE) as maintenance:
            maintenance.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            for name in self.databases():
                database.drop(maintenance, name)


def _copied(site: Site, own: str) -> None:
    """PostgreSQL waits five seconds for its own cleaners to leave the template; on a busy machine they take longer."""
    deadline = time.monotonic() + PATIENCE
    while True:
        open_sessions.end()
        try:
            site.rows(f"CREATE DATABASE {SITE} TEMPLATE {own}", database.MAINTENANCE)
        except psycopg2.errors.ObjectInUse:
            assert time.monotonic() < deadline, "nobody is connected, and yet the database can't be copied"
        else:
            return


MakeSite = Callable[[], Site]


@pytest.fixture
def site(transactional_db: None) -> Iterator[MakeSite]:
    """Call it when the tests' database is filled: the site is then a copy of it, and Django leads there."""
    own = connection.settings_dict["NAME"]
    made = Site()

    def move_in() -> Site:
        made.drop()
        connection.close()  # a template must be in nobody's use
        _copied(made, own)
        connection.settings_dict["NAME"] = SITE
        return made

    yield move_in
    connection.close()
    connection.settings_dict["NAME"] = own
    made.drop()
