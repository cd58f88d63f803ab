"""The power goes between two things of which the first has to last. `test_power_loss_of_parts` found both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.dataset.playing import record_play
from tests.faults.forgetful_disk import ForgetfulDisk, forgetful_disk

from skill_arcade.archive.layout import Table, table_prefix
from skill_arcade.archive.local import LocalStore
from skill_arcade.dataset import Episode, VerificationResult
from skill_arcade.dataset.verifier import VerifyingStopped
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.database import open_database
from skill_arcade.server.sealer_process import make_sealer
from skill_arcade.server.sealing.share import Share
from skill_arcade.server.settings import Settings

SEEDS = range(8)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[ForgetfulDisk]:
    with forgetful_disk(tmp_path / "disk") as mounted:
        yield mounted


def test_a_data_folder_that_was_made_is_there_with_all_folders_of_records(disk: ForgetfulDisk) -> None:
    """REC-5: a journal is as durable as the folders above it."""
    for seed in SEEDS:
        folder = DataFolder(disk.folder / f"{seed}" / "data")
        folder.prepare()
        disk.restore(seed)
        assert folder.journals.is_dir()
        assert folder.archive.is_dir()


def test_an_end_of_which_tables_have_been_made_is_not_taken_away(disk: ForgetfulDisk) -> None:
    """REC-35, REC-37: or its player would go on, and what is sealed then would be of two histories."""
    for seed in SEEDS:
        settings = Settings(data=disk.folder / f"{seed}")
        folder = DataFolder(settings.data)
        folder.prepare()
        journal = record_play(folder.journals, uuid4())
        ended = read_episode_journal(journal)
        store = LocalStore(settings.data)
        database = open_database(settings)
        make_sealer(settings, database, store, stop_verifying, Share(0, 1, n_at_once=1)).work_until_idle()
        database.dispose()
        disk.restore(seed)
        assert list(store.list(table_prefix(Table.STEPS)))
        kept = read_episode_journal(journal)
        assert (kept.end, kept.n_steps) == (ended.end, ended.n_steps)


def stop_verifying(_episode: Episode) -> VerificationResult:
    """As where the server stops: all tables but the last are there by then."""
    raise VerifyingStopped
