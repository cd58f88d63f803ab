from __future__ import annotations

import datetime as dt
from pathlib import Path
from uuid import UUID

import pytest

from skill_arcade.archive.layout import (
    SealedPlace,
    Table,
    journal_folder,
    parse_spool_key,
    parse_table_key,
    spool_key,
)

EPISODE = UUID("6f1f0a5e-2f0c-4c3e-9f55-0d1b3c7a9e10")


@pytest.mark.parametrize("game_id", ["Breakout.v0", "ALE/Pong-v5", "Spiel mit Ä=%"])
def test_the_key_of_a_table_tells_what_lies_there(game_id: str) -> None:
    """REC-35."""
    place = SealedPlace(game_id, dt.date(2026, 1, 31), EPISODE)
    for table in Table:
        key = place.key(table)
        assert key.startswith(f"archive/{table}/game_id=")
        assert key.endswith(f"/date=2026-01-31/{EPISODE}.parquet")
        assert key.count("/") == 4
        assert parse_table_key(key) == (table, place)


def test_keys_of_combined_segments_sort_as_their_numbers_do() -> None:
    """REC-33."""
    assert spool_key("machine-a", 9) < spool_key("machine-a", 10)
    assert parse_spool_key(spool_key("machine-a", 10)) == ("machine-a", 10)


@pytest.mark.parametrize("key", ["archive/steps/x.parquet", "spool/m/1.seg", "spool/m/000000000001.journal"])
def test_what_is_no_key_of_ours_is_refused(key: str) -> None:
    for parse in (parse_table_key, parse_spool_key):
        with pytest.raises(ValueError, match="no key"):
            parse(key)


def test_journals_are_by_episode() -> None:
    """REC-10."""
    assert journal_folder(Path("/data"), EPISODE) == Path(f"/data/journal/{EPISODE}")
