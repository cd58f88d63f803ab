from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.database.migrated import make_database
from tests.recorder.indexed import NOW
from tests.recorder.recordings import EPISODE

from skill_arcade.database.transactions import Database
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.shipper import Shipper


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = make_database(tmp_path)
    yield database
    database.dispose()


@pytest.fixture
def index(database: Database) -> EpisodeIndex:
    return EpisodeIndex(database, lambda: NOW)


@pytest.fixture
def journals(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def folder(journals: Path) -> Path:
    return journals / str(EPISODE)


@pytest.fixture
def shipper(journals: Path, index: EpisodeIndex) -> Shipper:
    return Shipper(journals, index)
