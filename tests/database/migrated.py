"""A database with the newest schema, made by the migrations once and copied for each test."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from skill_arcade.database.schema import upgrade_schema
from skill_arcade.database.transactions import Database


@lru_cache(maxsize=1)
def _migrated_file() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "index.sqlite"
        upgrade_schema(f"sqlite:///{file}")
        return file.read_bytes()


def make_database(folder: Path) -> Database:
    """An empty database in a file of this folder."""
    file = folder / "index.sqlite"
    file.write_bytes(_migrated_file())
    return Database(f"sqlite:///{file}")
