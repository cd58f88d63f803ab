from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("arguments", [["tests/no-such-folder"], ["tests/archive", "-k", "no_such_test"]])
def test_a_run_that_tested_nothing_is_a_failure(arguments: list[str]) -> None:
    run = subprocess.run([ROOT / "scripts" / "pytest", "-q", *arguments], capture_output=True, timeout=60, check=False)
    assert run.returncode != 0
