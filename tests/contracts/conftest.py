"""One PostgreSQL for all contracts of a test process; it takes less than a second to start."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from tests.postgresql import find_programs, running_postgresql


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a server: of the one that SKILL_ARCADE_TEST_POSTGRESQL names, or of one started here."""
    given = os.environ.get("SKILL_ARCADE_TEST_POSTGRESQL")
    if given is not None:
        yield given
        return
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL: run `apt-get install postgresql` as root, or set SKILL_ARCADE_TEST_POSTGRESQL")
    with running_postgresql(programs) as server:
        yield server
