"""Object stores for the tests of this folder: one of each kind for all of a worker's tests, a bucket for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.object_stores import StartEmulator, running_emulators


@pytest.fixture(scope="session")
def start_emulator() -> Iterator[StartEmulator]:
    """See `running_emulators`."""
    with running_emulators() as start:
        yield start
