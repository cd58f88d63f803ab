from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from uuid import uuid4

import pytest
from tests.dataset.playing import WALK, record_play
from tests.waiting import await_true

from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.server import sealer_process
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.sealer_process import run_sealer
from skill_arcade.server.settings import Settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    monkeypatch.setattr(tempfile, "tempdir", None)  # put back after the test: it belongs to the whole process
    folder = DataFolder(tmp_path)
    folder.prepare()
    return folder


def test_what_a_killed_sealer_left_behind_goes_when_the_next_one_starts(folder: DataFolder) -> None:
    left = folder.scratch / "skill-arcade-seal-of-before"
    left.mkdir(parents=True)
    (left / "steps.parquet").write_bytes(b"half")
    stop = threading.Event()
    stop.set()

    run_sealer(Settings(data=folder.root), stop)

    assert list(folder.scratch.iterdir()) == []
    assert tempfile.gettempdir() == str(folder.scratch)


def test_a_replay_that_does_not_end_is_given_up_when_the_sealer_stops_and_nothing_is_said_of_it(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REC-37: the episode is sealed after the next start."""
    monkeypatch.setattr(sealer_process, "_FAREWELL_S", 0.1)
    hanging = EnvironmentSpec.of_game(WALK.env_id, {"hangs_at": 3}).to_json()
    journal = record_play(folder.journals, uuid4(), provenance={"environment": hanging})
    stop = threading.Event()
    sealer = threading.Thread(target=run_sealer, args=(Settings(data=folder.root), stop))
    sealer.start()
    await_true(lambda: any(folder.archive.rglob("frames/**/*.parquet")))  # put last: what comes next is the replay

    stop.set()
    sealer.join(60)

    assert not sealer.is_alive()
    assert journal.exists()
    assert not any(folder.archive.rglob("episodes/**/*.parquet"))
