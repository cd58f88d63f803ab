from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.accounts.hand_clock import HandClock
from tests.database.migrated import make_database

from skill_arcade.database.transactions import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = make_database(tmp_path)
    yield database
    database.dispose()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()
