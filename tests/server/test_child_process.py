from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


# Sealer and examiner begin alike, but at the lowest priority: between other tests that takes them long.
@pytest.mark.parametrize("process", [["gateway", "0", "1"], ["shipper"]], ids=["gateway", "shipper"])
def test_a_process_whose_supervisor_ends_before_the_word_to_begin_touches_nothing(
    tmp_path: Path, process: list[str]
) -> None:
    lifeline, supervisors_end = os.pipe()
    os.close(supervisors_end)
    run = subprocess.run(
        [sys.executable, "-m", "skill_arcade.server.child_process", str(lifeline), *process, str(tmp_path)],
        env={**os.environ, "SKILL_ARCADE_DATA": str(tmp_path / "data")},
        pass_fds=[lifeline],
        capture_output=True,
        timeout=60,
        check=False,
    )
    os.close(lifeline)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    assert list(tmp_path.iterdir()) == []
