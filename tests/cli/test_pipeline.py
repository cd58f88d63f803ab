"""`skill-arcade pipeline`: what it says of every kind of journal, and of what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.cli.shared import Shared
from tests.dataset.playing import record_play
from tests.postgresql import RestartablePostgresql
from tests.recorder.recordings import EPISODE, CountingJournal

from skill_arcade.archive.local import LocalStore
from skill_arcade.cli.main import main
from skill_arcade.recorder.seal import seal_episode
from skill_arcade.server.data_folder import DataFolder

Capture = pytest.CaptureFixture[str]


def view(capsys: Capture) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    status = main(["pipeline", "--json"])
    return status, json.loads(capsys.readouterr().out)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    monkeypatch.setenv("SKILL_ARCADE_DATA", str(tmp_path))
    folder = DataFolder(tmp_path)
    folder.prepare()
    return folder


def test_every_journal_is_told_with_what_it_waits_for(folder: DataFolder, capsys: Capture) -> None:
    """REC-37: a journal that is kept beside its sealed episode is evidence."""
    kept = folder.journals / str(EPISODE)
    CountingJournal.begin(kept).play(4).end()
    seal_episode(kept, LocalStore(folder.root))
    assert main(["reindex"]) == 0
    running = CountingJournal.begin(folder.journals / str(uuid4()))  # its writer holds the lock
    ended = record_play(folder.journals, uuid4())
    status, seen = view(capsys)
    states = {each["episode_id"]: each["state"] for each in seen["journals"]}
    assert status == 3
    assert states[str(EPISODE)] == "kept"
    assert states[running.writer.path.parent.name] == "running"
    assert states[ended.name] == "ended"
    assert main(["pipeline"]) == 3
    said = capsys.readouterr().out
    assert f"{EPISODE}  kept" in said
    assert "1 kept" in said
    running.writer.close()


def test_a_journal_that_cannot_be_read_is_told_and_the_others_too(folder: DataFolder, capsys: Capture) -> None:
    broken = uuid4()
    CountingJournal.begin(
        folder.journals / str(broken), provenance={"observation": {"is_picture": True}}
    ).writer.close()
    record_play(folder.journals, uuid4())
    status, seen = view(capsys)
    assert status == 3
    assert sorted(each["state"] for each in seen["journals"]) == ["damaged", "ended"]
    assert all(each["why"] for each in seen["journals"])
    assert seen["database"] is None
    assert not folder.database.exists()


def test_what_lies_in_staging_and_set_aside_is_counted(folder: DataFolder, capsys: Capture) -> None:
    (folder.staging / "archive").mkdir(parents=True)
    (folder.staging / "archive" / "one.parquet").write_bytes(b"123")
    record_play(folder.set_aside, uuid4())
    status, seen = view(capsys)
    assert status == 0
    assert (seen["staging"]["n_entries"], seen["staging"]["n_bytes"]) == (1, 3)
    assert seen["set_aside"]["n_entries"] == 1


def test_a_database_that_is_away_hides_nothing_else(
    installation: Shared, postgresql: RestartablePostgresql, tmp_path: Path, capsys: Capture
) -> None:
    machine = DataFolder(tmp_path / "data")
    machine.prepare()
    record_play(machine.journals, uuid4())
    installation.register(machine.read_machine_id())
    installation.ship(machine.journals, machine.read_machine_id())
    status, seen = view(capsys)
    (server,) = seen["database"]["servers"]
    assert (status, server["stopped_at"], seen["database"]["n_orphans"]) == (0, None, 0)
    postgresql.stop_immediately()
    try:
        status, seen = view(capsys)
    finally:
        postgresql.start()
    assert status == 3
    assert seen["database"] is None
    assert "database" in seen["problems"][0]
    assert [each["state"] for each in seen["journals"]] == ["ended"]
    assert seen["spools"][0]["machine"] == str(machine.read_machine_id())
