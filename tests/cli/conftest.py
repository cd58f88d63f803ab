"""A PostgreSQL and object stores for the commands that look after an installation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.shared import Shared, shared
from tests.object_stores import StartEmulator, running_emulators
from tests.postgresql import RestartablePostgresql, find_programs, restartable_postgresql


@pytest.fixture(scope="session")
def start_emulator() -> Iterator[StartEmulator]:
    """See `running_emulators`."""
    with running_emulators() as start:
        yield start


@pytest.fixture(scope="session")
def postgresql() -> Iterator[RestartablePostgresql]:
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL: run `apt-get install postgresql` as root")
    with restartable_postgresql(programs) as server:
        yield server


@pytest.fixture
def installation(
    postgresql: RestartablePostgresql, start_emulator: StartEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shared]:
    """A database and a bucket of S3."""
    monkeypatch.setenv("SKILL_ARCADE_DATA", str(tmp_path / "data"))
    with shared(postgresql.url, start_emulator("s3"), tmp_path, monkeypatch, gone_after_s="0.5") as found:
        yield found
