"""The tables of games whose actions are lists (REC-44, REC-45)."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.recorder.recordings import EPISODE, PROVENANCE, CountingJournal

from skill_arcade.archive.layout import Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.recorder.seal import seal_episode

LISTS = {**PROVENANCE, "game": {**PROVENANCE["game"], "rest": [0.0, 0.0]}}


@pytest.mark.parametrize("table", [Table.STEPS, Table.EVENTS])
def test_all_episodes_of_one_game_have_one_type_also_one_without_a_step(table: Table, tmp_path: Path) -> None:
    """REC-35, REC-44: files of one folder are read as one table."""
    folder = tmp_path / "journal" / str(EPISODE)
    CountingJournal.begin(folder, provenance=LISTS).end()
    store = LocalStore(tmp_path)
    sealed = seal_episode(folder, store)
    schema = pq.read_schema(store.local_path(sealed.place.key(table)))
    assert schema.field("action").type == pa.list_(pa.float64())
