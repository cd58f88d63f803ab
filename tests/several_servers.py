"""Several servers of one installation: one database, one store, one address in front of them, and no disk shared."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.front_door import FrontDoor, front_door
from tests.object_stores import Emulator, Scheme, running_emulator
from tests.postgresql import RestartablePostgresql, find_programs, restartable_postgresql
from tests.serving import Server, serving

from skill_arcade.database.schema import upgrade_schema
from skill_arcade.database.transactions import Database


@dataclass(frozen=True, slots=True)
class Installation:
    """What runs.

    Attributes:
        servers: each with a data folder of its own.
        door: the address in front of them.
        postgresql: the server of their database.
        emulator: of their store.
        database_url: their database.
        store_url: their store.
    """

    servers: list[Server]
    door: FrontDoor
    postgresql: RestartablePostgresql
    emulator: Emulator
    database_url: str
    store_url: str

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Their database."""
        database = Database(self.database_url)
        try:
            yield database
        finally:
            database.dispose()

    @property
    def ports(self) -> list[int]:
        """Of the servers."""
        return [server.port for server in self.servers]


@contextmanager
def installation(folder: Path, scheme: Scheme, n_servers: int = 2, **settings: str) -> Iterator[Installation]:
    """Everything running, and nothing of it left afterwards.

    Args:
        folder: for the data folders, which are in folders `0`, `1`, …
        scheme: which store.
        n_servers: how many.
        settings: of all servers, besides database, store and secret.
    """
    programs = find_programs()
    assert programs is not None
    with ExitStack() as stack:
        postgresql = stack.enter_context(restartable_postgresql(programs))
        emulator = stack.enter_context(running_emulator(scheme))
        upgrade_schema(postgresql.url)
        store_url = f"{emulator.make_bucket()}/recordings"
        shared = {"database_url": postgresql.url, "store_url": store_url, "secret": secrets.token_hex(32), **settings}
        servers = []
        for number in range(n_servers):
            (folder / str(number)).mkdir()
            data = folder / str(number) / "data"
            servers.append(stack.enter_context(serving(data, variables=emulator.environment(), **shared)))
        door = stack.enter_context(front_door([server.port for server in servers]))
        yield Installation(servers, door, postgresql, emulator, postgresql.url, store_url)
