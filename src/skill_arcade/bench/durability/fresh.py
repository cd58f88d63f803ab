"""A database and a store as they are before anybody has used them: as empty after a benchmark as they were before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from skill_arcade.archive.opening import open_store
from skill_arcade.database.revision import read_revision
from skill_arcade.database.schema import downgrade_schema, upgrade_schema
from skill_arcade.domain.errors import SkillArcadeError


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """The database with the newest schema and nothing in it; empty again afterwards.

    Raises:
        SkillArcadeError: there is something in it already.
    """
    if read_revision(url) is not None:
        raise SkillArcadeError("There are tables in the database: a benchmark uses an empty one, and empties it again.")
    upgrade_schema(url)
    try:
        yield url
    finally:
        downgrade_schema(url, "base")


@contextmanager
def fresh_store(url: str) -> Iterator[str]:
    """A new prefix in the store; what is there in the end is removed."""
    own = f"{url}/bench-{uuid4().hex}"
    try:
        yield own
    finally:
        store = open_store(own, Path())
        for key in list(store.list("")):
            store.delete(key)
