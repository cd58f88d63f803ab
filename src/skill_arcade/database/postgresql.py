"""How PostgreSQL is reached: by psycopg, with a limit to all waiting, and rows in a stream; imported where needed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import Dialect, ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry
from typing_extensions import override

from skill_arcade.database.failures import READ_ONLY
from skill_arcade.database.storable_text import encode_json

Result = TypeVar("Result")

LOCK_TIMEOUT_S = 10
"""How long to wait for another transaction: longer than ours take, but for those of a day's episode."""

STATEMENT_TIMEOUT_S = 30
ANSWER_TIMEOUT_S = 40.0
"""When a server that no longer says anything is given up: after it should have given up by itself."""

IDLE_TIMEOUT_S = 60
"""When the server takes the locks from a client that has gone away in the middle of a transaction."""

CONNECTION_DEFAULTS: Final[dict[str, Any]] = {
    "connect_timeout": "5",
    "fallback_application_name": "skill-arcade",
    # A peer that is switched off sends no farewell. These matter to TCP alone.
    "keepalives_idle": "20",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    # A pooler may give the next transaction to another session, which would not know what was prepared.
    "prepare_threshold": None,
}
"""Parameters of libpq and psycopg; those that stand in the address itself count more."""


class TimedConnection(psycopg.Connection[Any]):
    """A connection on which no answer is waited for without end: the server's own timeouts need a server that runs."""

    @override
    def wait(self, gen: PQGen[Result], *args: Any, **kwargs: Any) -> Result:
        return super().wait(self._give_up_in_time(gen), *args, **kwargs)

    def _give_up_in_time(self, steps: PQGen[Result]) -> PQGen[Result]:
        deadline_s = time.monotonic() + ANSWER_TIMEOUT_S
        try:
            wanted = next(steps)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > deadline_s:  # woken by psycopg's own interval: nothing came
                    self.close()
                    raise psycopg.OperationalError(f"it has not answered for {ANSWER_TIMEOUT_S:g} seconds")
                wanted = steps.send(ready)
        except StopIteration as stop:
            result: Result = stop.value
            return result


def make_postgresql_engine(url: URL, *, is_patient: bool) -> Engine:
    """An engine for a server over TCP (`…@host/name`) or a Unix socket (`…@/name?host=/folder`).

    Args:
        url: where it is. Its `options` (`?options=-c statement_timeout=5s`) replace our timeouts in the server.
        is_patient: a statement may take hours, as those of migrations do.
    """
    engine = create_engine(
        url,
        connect_args={name: value for name, value in CONNECTION_DEFAULTS.items() if name not in url.query},
        isolation_level="READ COMMITTED",  # whatever the server's default is: our locks are made for it
        pool_pre_ping=True,
        pool_timeout=LOCK_TIMEOUT_S,
        json_serializer=encode_json,
        hide_parameters=True,
    )
    event.listen(engine, "handle_error", _leave_if_read_only)
    if not is_patient:
        event.listen(engine, "do_connect", _connect_with_a_limit)
    if "options" not in url.query:
        event.listen(engine, "connect", _set_timeouts_of_migrations if is_patient else _set_timeouts)
    return engine


def copy_rows(connection: Connection, table: str, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert rows by COPY, two to three times as quick as INSERT; all of them or none.

    Raises:
        DBAPIError: as any other statement does; SQLAlchemy does not see what goes to the driver directly.
    """
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error


def _connect_with_a_limit(
    _dialect: Dialect, _record: ConnectionPoolEntry, arguments: list[Any], parameters: dict[str, Any]
) -> psycopg.Connection[Any]:
    return TimedConnection.connect(*arguments, **parameters)


def _leave_if_read_only(context: ExceptionContext) -> None:
    """Keep no connection that takes no changes: it would go on so after the database takes them again.

    What a database is by default its sessions are to their end, and nobody cuts them when it changes.
    """
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


# As statements and not as parameters of the connection: a pooler between us and the server refuses those.


def _set_timeouts(connection: psycopg.Connection[Any], _record: ConnectionPoolEntry) -> None:
    _set(connection, statement_timeout=STATEMENT_TIMEOUT_S)


def _set_timeouts_of_migrations(connection: psycopg.Connection[Any], _record: ConnectionPoolEntry) -> None:
    _set(connection, statement_timeout=0)


def _set(connection: psycopg.Connection[Any], *, statement_timeout: int) -> None:
    connection.execute(
        "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false), "
        "set_config('idle_in_transaction_session_timeout', %s, false)",
        [f"{seconds}s" for seconds in (statement_timeout, LOCK_TIMEOUT_S, IDLE_TIMEOUT_S)],
    )
    connection.commit()
