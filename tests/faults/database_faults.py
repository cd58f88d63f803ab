"""What happens to a database while others use it: connections cut, rows locked, no changes taken."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from sqlalchemy import Connection, create_engine
from tests.waiting import await_true

OTHERS = "backend_type = 'client backend' AND pid <> pg_backend_pid()"

_LONGEST_PAUSE_S = 0.3
_LOOK_INTERVAL_S = 0.0005
_FOLLOWING_S = 10.0
_RIVALS_PATIENCE = "20s"


class DatabaseFaults:
    """Harm to a PostgreSQL that runs, by somebody who may do everything there.

    Attributes:
        url: of the database.
        dice: of moments.
    """

    def __init__(self, url: str, dice: Random) -> None:
        self.url = url
        self.dice = dice

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """No changes are taken within; afterwards whoever connects anew may change again, and nobody is told."""
        with self._connected() as connection:
            database = connection.engine.url.database
            # It is for connections that begin later: ours is not concerned, and all others are to begin anew.
            connection.exec_driver_sql(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
            connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OTHERS}")
            try:
                yield
            finally:
                connection.exec_driver_sql(f"ALTER DATABASE {database} RESET default_transaction_read_only")

    def cut(self, n_cuts: int) -> None:
        """Cut connections, each within a transaction, at random moments."""
        cut = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {OTHERS} AND xact_start IS NOT NULL"
        n_left = n_cuts
        deadline_s = time.monotonic() + n_cuts * _FOLLOWING_S
        with self._connected() as connection:
            while n_left > 0:
                time.sleep(self.dice.uniform(0, _LONGEST_PAUSE_S))
                while not (n_met := connection.exec_driver_sql(cut).scalar_one()):
                    assert time.monotonic() < deadline_s, "nobody begins a transaction any more"
                    time.sleep(_LOOK_INTERVAL_S)
                n_left -= n_met

    def cross(self) -> None:
        """Lock two episodes that are played, the newer one first, once the other one was locked by who wants both.

        One of the two gives way: the other party, as it is the first to notice. Then all is let go of.
        """
        with self._connected() as watching, self._connected() as rival:
            n_before = _count_deadlocks(watching)
            rival.exec_driver_sql(f"SET deadlock_timeout = '{_RIVALS_PATIENCE}'")
            rival.exec_driver_sql("BEGIN")
            keys = (
                rival.exec_driver_sql("SELECT key FROM episode WHERE status = 'running' ORDER BY key").scalars().all()
            )
            _lock_episode(rival, keys[-1])
            await_true(lambda: _count_waiting(watching) > 0)
            for key in reversed(keys[:-1]):
                _lock_episode(rival, key)
            rival.exec_driver_sql("ROLLBACK")
            # Each backend counts for itself, and tells of it now and then.
            await_true(lambda: _count_deadlocks(watching) > n_before, tell=lambda: "nobody had to give way")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Rows of all episodes that are played, and of their newest steps, are locked within."""
        newest = (
            "SELECT 1 FROM step WHERE episode_key IN (SELECT key FROM episode WHERE status = 'running') "
            "ORDER BY step DESC LIMIT 1000 FOR UPDATE"
        )
        with self._connected() as rival, self._connected() as watching:
            rival.exec_driver_sql("BEGIN")
            rival.exec_driver_sql(newest)
            rival.exec_driver_sql("SELECT key FROM episode WHERE status = 'running' ORDER BY key DESC FOR UPDATE")
            await_true(lambda: _count_waiting(watching) > 0)
            yield
            rival.exec_driver_sql("ROLLBACK")

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


def _lock_episode(connection: Connection, key: int) -> None:
    connection.exec_driver_sql(f"SELECT 1 FROM episode WHERE key = {key} FOR UPDATE")


def _count_waiting(connection: Connection) -> int:
    """Others who wait for a lock."""
    waiting = f"SELECT count(*) FROM pg_stat_activity WHERE {OTHERS} AND wait_event_type = 'Lock'"
    return int(connection.exec_driver_sql(waiting).scalar_one())


def _count_deadlocks(connection: Connection) -> int:
    counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    return int(connection.exec_driver_sql(counted).scalar_one())
