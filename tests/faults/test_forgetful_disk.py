"""The disk of the losses of power itself: were it kinder than a real one, those tests would prove nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from tests.faults.forgetful_disk import ForgetfulDisk, forgetful_disk

WHOLE = b"as it was written"
SEEDS = range(60)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[ForgetfulDisk]:
    with forgetful_disk(tmp_path / "disk") as mounted:
        yield mounted


def sync(path: Path) -> None:
    """A file's bytes, or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def test_a_file_is_kept_with_its_name_when_both_are_synced(disk: ForgetfulDisk) -> None:
    for seed in SEEDS:
        path = disk.folder / f"{seed}"
        path.write_bytes(WHOLE)
        sync(path)
        sync(disk.folder)
        with path.open("ab") as file:
            file.write(WHOLE)
        disk.restore(seed)
        assert path.read_bytes().startswith(WHOLE), "what came after the sync does not harm it"


def test_bytes_without_a_sync_are_lost_or_torn_or_kept(disk: ForgetfulDisk) -> None:
    found = set()
    for seed in SEEDS:
        path = disk.folder / f"{seed}"
        path.write_bytes(WHOLE)
        sync(disk.folder)
        disk.restore(seed)
        found.add(path.read_bytes())
    assert {b"", WHOLE} < found
    assert any(WHOLE.startswith(each) for each in found - {b"", WHOLE}), "some of it"
    assert any(each and not each.strip(b"\0") for each in found), "zeros instead of it"


def test_a_name_without_a_sync_of_its_folder_is_lost_or_kept(disk: ForgetfulDisk) -> None:
    n_kept = 0
    for seed in SEEDS:
        path = disk.folder / f"{seed}"
        path.write_bytes(WHOLE)
        sync(path)
        disk.restore(seed)
        n_kept += path.exists()
        assert not path.exists() or path.read_bytes() == WHOLE
    assert 0 < n_kept < len(SEEDS)


def test_a_file_that_is_moved_has_one_name_or_the_other(disk: ForgetfulDisk) -> None:
    places = set()
    before, after = disk.folder / "before", disk.folder / "after"
    for folder in (before, after):
        folder.mkdir()
    sync(disk.folder)
    for seed in SEEDS:
        (before / f"{seed}").write_bytes(WHOLE)
        sync(before / f"{seed}")
        sync(before)
        (before / f"{seed}").rename(after / f"{seed}")
        disk.restore(seed)
        (place,) = (folder.name for folder in (before, after) if (folder / f"{seed}").exists())
        places.add(place)
    assert places == {"before", "after"}


def test_without_power_nothing_can_be_read_or_written(disk: ForgetfulDisk) -> None:
    disk.cut(at_change=3)
    (disk.folder / "made and written").write_bytes(WHOLE)
    assert not disk.is_cut
    for do in ((disk.folder / "one more").mkdir, lambda: list(disk.folder.iterdir())):
        with pytest.raises(OSError, match="Input/output error"):
            do()
    assert disk.is_cut


def test_a_database_that_is_shared_by_processes_works_here_and_keeps_what_was_committed(disk: ForgetfulDisk) -> None:
    """SQLite's WAL needs memory that is shared through a file; and its commits are synced."""
    with opened(disk.folder / "database") as connection:
        connection.execute("CREATE TABLE number (number)")
    for seed in SEEDS:
        with opened(disk.folder / "database") as connection, connection:
            connection.execute("INSERT INTO number VALUES (?)", (seed,))
        disk.cut()
        disk.restore(seed)
    with opened(disk.folder / "database") as connection:
        found = connection.execute("SELECT number FROM number ORDER BY number").fetchall()
    assert [number for (number,) in found] == list(SEEDS)


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """As the server opens its own. A second one, so that the last to close does not tidy up."""
    with closing(sqlite3.connect(file)) as first, closing(sqlite3.connect(file)) as second:
        for each in (first, second):
            each.execute("PRAGMA journal_mode = WAL").fetchall()
            each.execute("PRAGMA synchronous = FULL")
        yield first
