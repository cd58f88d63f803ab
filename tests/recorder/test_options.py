"""The options of an episode, from its journal into Parquet and the index; recordings older than them stay readable."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.recorder.recordings import EPISODE, PROVENANCE, CountingJournal

from skill_arcade.archive.layout import Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.database.episodes import delete_episode, fetch_episode
from skill_arcade.database.transactions import Database
from skill_arcade.dataset import open_dataset
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.reindex import reindex
from skill_arcade.recorder.seal import seal_episode

OPTIONS: dict[str, Any] = {"poles": 4, "level": "hård", "gravity": 1.0, "lights": False}
EVERY_PROVENANCE = [
    pytest.param(
        {**PROVENANCE, "options": OPTIONS}, OPTIONS, '{"poles":4,"level":"hård","gravity":1.0,"lights":false}'
    ),
    pytest.param({**PROVENANCE, "options": {}}, {}, "{}"),
    pytest.param(PROVENANCE, {}, None, id="older than options"),
]


def read_index(database: Database, folder: Path) -> dict[str, Any]:
    """What a new index says of the episode's options."""
    with database.write() as work:
        delete_episode(work, EPISODE)
    reindex(EpisodeIndex(database, lambda: datetime(2026, 2, 1, tzinfo=UTC)), LocalStore(folder), folder / "journal")
    with database.read() as session:
        row = fetch_episode(session, EPISODE)
    assert row is not None
    return dict(row.options)


@pytest.mark.parametrize(("provenance", "options", "column"), EVERY_PROVENANCE)
def test_options_are_the_same_in_journal_parquet_and_index_rec_41(
    database: Database, tmp_path: Path, provenance: dict[str, Any], options: dict[str, Any], column: str | None
) -> None:
    journal = tmp_path / "journal" / str(EPISODE)
    CountingJournal.begin(journal, provenance=provenance).play(3).end()
    assert read_index(database, tmp_path) == options
    store = LocalStore(tmp_path)
    sealed = seal_episode(journal, store)
    assert read_index(database, tmp_path) == options
    assert open_dataset(tmp_path).episode(EPISODE).info.options == options
    file = tmp_path / sealed.place.key(Table.EPISODES)
    table = pq.ParquetFile(file).read()
    assert table["options"].to_pylist() == [column]


def test_a_file_without_the_column_is_of_an_episode_without_options_rec_41(database: Database, tmp_path: Path) -> None:
    journal = tmp_path / "journal" / str(EPISODE)
    CountingJournal.begin(journal).play(3).end()
    file = tmp_path / seal_episode(journal, LocalStore(tmp_path)).place.key(Table.EPISODES)
    pq.write_table(pq.ParquetFile(file).read().drop_columns(["options"]), file)
    assert read_index(database, tmp_path) == {}
    assert open_dataset(tmp_path).episode(EPISODE).info.options == {}
