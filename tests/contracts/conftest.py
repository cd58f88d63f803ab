"""One PostgreSQL for all contracts of a test process; it takes less than a second to start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url
from tests.database.migrated import make_database
from tests.postgresql import RestartablePostgresql, empty_database, find_programs, restartable_postgresql

from skill_arcade.database.schema import upgrade_schema
from skill_arcade.database.transactions import Database

GIVEN = "SKILL_ARCADE_TEST_POSTGRESQL"


@pytest.fixture(scope="session")
def own_postgresql() -> Iterator[RestartablePostgresql]:
    """A server that was started here, and may be stopped."""
    programs = find_programs()
    if programs is None:
        pytest.skip(f"no PostgreSQL: run `apt-get install postgresql` as root, or set {GIVEN}")
    with restartable_postgresql(programs) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql(request: pytest.FixtureRequest) -> str:
    """The URL of a server: of the one that SKILL_ARCADE_TEST_POSTGRESQL names, or of one started here."""
    given = os.environ.get(GIVEN)
    if given is not None:
        return given
    server: RestartablePostgresql = request.getfixturevalue("own_postgresql")
    return server.url


@pytest.fixture
def postgresql_url(postgresql: str) -> Iterator[str]:
    """An empty database."""
    with empty_database(postgresql) as url:
        yield url


@pytest.fixture
def socket_url(own_postgresql: RestartablePostgresql) -> Iterator[str]:
    """An empty database whose server is surely on a Unix socket."""
    with empty_database(own_postgresql.url) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'index.sqlite'}"
    return str(request.getfixturevalue("postgresql_url"))


@pytest.fixture(scope="session")
def migrated_template(postgresql: str) -> Iterator[str]:
    """The name of a database with the newest schema, made by the migrations once and copied for each test."""
    with empty_database(postgresql) as url:
        upgrade_schema(url)
        yield str(make_url(url).database)


@pytest.fixture
def postgresql_database(postgresql: str, migrated_template: str) -> Iterator[Database]:
    with empty_database(postgresql, migrated_template) as url:
        database = Database(url)
        yield database
        database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind with the newest schema."""
    if request.param == "postgresql":
        yield request.getfixturevalue("postgresql_database")
        return
    database = make_database(tmp_path)
    yield database
    database.dispose()
