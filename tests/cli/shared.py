"""A database and a bucket that several data folders share, for the commands that look after them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from tests.object_stores import Emulator
from tests.postgresql import empty_database

from skill_arcade.accounts.clock import read_utc_clock
from skill_arcade.accounts.secret import Secret
from skill_arcade.archive.opening import open_store
from skill_arcade.archive.store import BlobStore
from skill_arcade.database.installation import check_installation
from skill_arcade.database.schema import upgrade_schema
from skill_arcade.database.servers import ServerRow, register_server
from skill_arcade.database.transactions import Database
from skill_arcade.recorder.index import EpisodeIndex
from skill_arcade.recorder.shipper import Shipper
from skill_arcade.recorder.spool.spooler import Spooler
from skill_arcade.server.store import read_store_id


@dataclass
class Shared:
    """What the servers of an installation have in common; the environment says so too."""

    database: Database
    store: BlobStore
    secret: str

    def join(self) -> None:
        """Be the first server of the database."""
        with self.database.write() as work:
            check_installation(
                work, read_store_id(self.store), Secret.from_hex(self.secret).fingerprint, read_utc_clock()
            )

    def register(self, machine: UUID) -> None:
        """Be a server that lives."""
        now = read_utc_clock()
        with self.database.write() as work:
            register_server(work, ServerRow(machine, "lost", "1", now), now)

    def ship(self, journals: Path, machine: UUID, *, indexes: bool = True) -> None:
        """Bring the journals of a machine into the store, and into the index, as its shipper does."""
        spooler = Spooler(journals, self.store, machine, is_released=lambda _id: False)
        index = EpisodeIndex(self.database, read_utc_clock, machine) if indexes else None
        shipper = Shipper(journals, index, spooler=spooler)
        shipper.sync()
        shipper.write_rows()
        assert shipper.ship_all()


Share = Callable[[], Shared]


@contextmanager
def shared(
    server: str, emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: str
) -> Iterator[Shared]:
    """A new database with the newest schema, and a new bucket.

    Args:
        server: a URL of PostgreSQL.
        emulator: of the object store.
        folder: where nothing is put.
        monkeypatch: sets the environment.
        settings: more of it, by name.
    """
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    secret, store_url = secrets.token_hex(32), f"{emulator.make_bucket()}/recordings"
    with empty_database(server) as url:
        upgrade_schema(url)
        for name, value in {"database_url": url, "store_url": store_url, "secret": secret, **settings}.items():
            monkeypatch.setenv(f"SKILL_ARCADE_{name.upper()}", value)
        database = Database(url)
        try:
            yield Shared(database, open_store(store_url, folder), secret)
        finally:
            database.dispose()
