from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.database.migrated import make_database
from tests.server.sealing.bench import SealingBench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SealingBench]:
    database = make_database(tmp_path)
    yield SealingBench(tmp_path, database)
    database.dispose()
