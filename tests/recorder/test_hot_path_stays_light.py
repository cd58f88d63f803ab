"""What a session's process loads to write and read journals; every megabyte is there once for each player."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"pyarrow", "sqlalchemy", "sqlmodel", "fastapi", "pydantic", "gymnasium", "asyncio", "logging"}


@pytest.mark.parametrize("module", ["records", "journal", "reading", "closing", "gap"])
def test_a_journal_is_written_and_read_without_heavy_libraries(module: str) -> None:
    code = f"import sys, skill_arcade.recorder.{module}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert HEAVY.isdisjoint(run.stdout.split())
