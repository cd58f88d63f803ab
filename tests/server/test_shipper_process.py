"""What the shipper's process lets go of: journals that travelled may be nowhere else any more."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from tests.database.migrated import make_database
from tests.recorder.indexed import NOW
from tests.recorder.recordings import EPISODE, CountingJournal
from tests.recorder.spooling import MACHINE, OTHER_MACHINE, restore

from skill_arcade.archive.local import LocalStore
from skill_arcade.database.episodes import EpisodeRow, delete_episode, fetch_episode, keep_episode
from skill_arcade.database.games import keep_games
from skill_arcade.database.ownership import claim, release_all
from skill_arcade.database.transactions import Database
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.spool.restore import is_shipped
from skill_arcade.recorder.spool.spooler import Spooler
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.settings import Settings
from skill_arcade.server.shipper_process import _make_spooler, is_sealed

BEGUN = EpisodeRow(EPISODE, None, "Counting.v0", 7, 0, "running", NOW, NOW, 3, 0, "pending", server_id=MACHINE)
"""An episode of which the index gets no rows while it runs (SKILL_ARCADE_LIVE_ROWS=false)."""


@dataclass
class LetGo:
    """A server that has shipped an episode, and then let go of it for another server.

    Attributes:
        shipped: its journals, by name.
    """

    database: Database
    store: LocalStore
    spooler: Spooler
    shipped: dict[str, bytes]

    def clear(self) -> None:
        """What the shipper does again and again."""
        self.spooler.forget_released()
        self.spooler.ship({})
        self.spooler.delete_garbage()


@pytest.fixture
def let_go(tmp_path: Path) -> Iterator[LetGo]:
    database, store = make_database(tmp_path), LocalStore(tmp_path / "store")
    folder = DataFolder(tmp_path / "data")
    settings = Settings(data=folder.root, store_url=store.root.as_uri(), live_rows=False)
    spooler = _make_spooler(settings, folder, MACHINE, partial(is_sealed, database))
    assert spooler is not None
    with database.write() as work:
        keep_games(work, {BEGUN.game_id: {}}, NOW)
        keep_episode(work, BEGUN)
    journal = CountingJournal.begin(folder.journals / str(EPISODE)).play(9).writer.path
    spooler.load()
    spooler.ship({journal: journal.stat().st_size})
    shipped = {journal.name: journal.read_bytes()}
    with database.write() as work:
        release_all(work, MACHINE)
    shutil.rmtree(journal.parent)
    yield LetGo(database, store, spooler, shipped)
    database.dispose()


def test_an_episode_that_is_being_brought_elsewhere_is_neither_forgotten_there_nor_let_go_here(
    let_go: LetGo, tmp_path: Path
) -> None:
    """REC-33: the store has the only copy until it is fetched, and the server that fetches it may be killed."""
    with let_go.database.write() as work:
        assert claim(work, EPISODE, OTHER_MACHINE, 0) == 1
    other = EpisodeIndex(let_go.database, lambda: NOW + timedelta(days=1), OTHER_MACHINE)
    assert other.forget_unbegun(tmp_path / "other") == []
    let_go.clear()
    assert restore(let_go.store, EPISODE, tmp_path / "other" / str(EPISODE)) == let_go.shipped


def test_that_the_index_does_not_know_an_episode_is_no_reason_to_let_go_of_its_journals(
    let_go: LetGo, tmp_path: Path
) -> None:
    """REC-33: the database was put back from a backup, say."""
    with let_go.database.write() as work:
        delete_episode(work, EPISODE)
    let_go.clear()
    assert restore(let_go.store, EPISODE, tmp_path / "back") == let_go.shipped


def test_journals_of_a_sealed_episode_go(let_go: LetGo) -> None:
    """REC-33."""
    with let_go.database.write() as work:
        row = fetch_episode(work, EPISODE)
        assert row is not None
        keep_episode(work, replace(row, status="won", sealed=True))
    let_go.clear()
    assert not is_shipped(let_go.store, EPISODE)
