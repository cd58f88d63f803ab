"""What must be sound on the disk after every loss of power, whoever was at it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from skill_arcade.archive.layout import Table


def check_archive(data: Path, known: set[Path]) -> None:
    """REC-35: an episode whose file of `episodes` is there has all its files, whole.

    Args:
        data: the data folder.
        known: those files of `episodes` that were there before, and still have to be; new ones are added.
    """
    episodes = data / "archive" / Table.EPISODES
    there = {row.relative_to(episodes) for row in episodes.rglob("*.parquet")}
    assert known <= there, "what was sealed once is not sealed any more"
    for row in there - known:
        for table in Table:
            pq.read_table(data / "archive" / table / row)
    known |= there


@contextlib.contextmanager
def copied_index(data: Path) -> Iterator[Path | None]:
    """A copy of SQLite's file, which was found in order; None where there is none. The real one is left as it is."""
    with TemporaryDirectory() as folder:
        for path in data.glob("index.sqlite*"):
            if not path.name.endswith("-shm"):  # memory that processes shared
                shutil.copy(path, folder)
        copy = Path(folder) / "index.sqlite"
        if not copy.exists():
            yield None
            return
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        yield copy
