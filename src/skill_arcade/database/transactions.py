"""Reading and writing are two types, and this file owns the only commit."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import Delete, Insert, Select, Update, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel
from sqlmodel.sql.expression import SelectOfScalar

from skill_arcade.database.engine import make_engine
from skill_arcade.database.failures import GaveWay, told_to_a_person

Row = TypeVar("Row")
Result = TypeVar("Result")

_INSERTS: Final[dict[str, Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

LONGEST_WAITS_S: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
"""How long to wait at most before a transaction that gave way is done once more, and so how often it is."""


class ReadSession:
    """One consistent view of the database; nothing can be changed through it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def first(self, statement: SelectOfScalar[Row]) -> Row | None:
        """The first row, or None."""
        return self._session.exec(statement).first()

    def all(self, statement: SelectOfScalar[Row]) -> Sequence[Row]:
        """All rows."""
        return self._session.exec(statement).all()

    def rows(self, statement: Select[*tuple[Any, ...]]) -> Sequence[Any]:
        """All rows, where there are several columns; each column is a member."""
        return self._session.connection().execute(statement).all()

    def fetch_table_bytes(self, table: type[SQLModel]) -> int | None:
        """What a table takes, indexes included; None where the database does not say (SQLite)."""
        connection = self._session.connection()
        if connection.dialect.name != "postgresql":
            return None
        name = inspect(table).local_table.name
        return int(connection.execute(text("SELECT pg_total_relation_size(:name)"), {"name": name}).scalar_one())

    def is_alive(self) -> bool:
        """Ask the database for a one."""
        return bool(self._session.connection().execute(text("SELECT 1")).scalar_one())


class UnitOfWork(ReadSession):
    """A transaction that may write. It is committed by `Database.write`, and only there."""

    def add(self, row: SQLModel) -> None:
        """Insert a row, at once, so that its key is known and a broken constraint shows here."""
        self._session.add(row)
        self._session.flush()

    def insert_if_absent(self, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows, but for those that a constraint forbids because the like of them is there.

        Others may do the same at this moment: a look first and an insert afterwards would not be enough.
        """
        if rows:
            connection = self._session.connection()
            insert = _INSERTS[connection.dialect.name]
            connection.execute(insert(table).on_conflict_do_nothing(), rows)

    def insert_tuples(self, table: type[SQLModel], names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows that each have the values of these columns.

        They go to the driver as they are: to look at every value takes SQLAlchemy longer than a database needs to
        insert it. Only values of columns that the driver does not know (JSON) are encoded.
        """
        if not rows:
            return
        connection = self._session.connection()
        columns, dialect = inspect(table).local_table.columns, connection.dialect
        encoders = [
            (i, encode)
            for i, name in enumerate(names)
            if (encode := columns[name].type.dialect_impl(dialect).bind_processor(dialect)) is not None
        ]
        encoded = [_encode(row, encoders) for row in rows]
        into = columns[names[0]].table.name
        if dialect.name == "postgresql":
            # Imported late: with SQLite, psycopg need not be there.
            from skill_arcade.database.postgresql import copy_rows  # noqa: PLC0415

            copy_rows(connection, into, names, encoded)
        else:
            marks = ", ".join("?" * len(names))
            statement = f"INSERT INTO {into} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - names of our own
            connection.exec_driver_sql(statement, encoded)

    def run(self, statement: Insert | Update | Delete, rows: Sequence[dict[str, Any]] | None = None) -> int:
        """Run a statement, for each of `rows` if there are any; the number of rows it touched."""
        result = (
            self._session.connection().execute(statement, rows)
            if rows
            else self._session.connection().execute(statement)
        )
        return result.rowcount

    def flush(self) -> None:
        """Send changed rows to the database now."""
        self._session.flush()


class Database:
    """The database behind a URL; one for each process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = make_engine(url)
        self._writing_engine = self._engine.execution_options(writes=True)

    @contextmanager
    def read(self) -> Iterator[ReadSession]:
        """A view of the database as it is now.

        Raises:
            DataFolderError: the database cannot be opened.
        """
        with told_to_a_person(self.url), Session(self._engine, expire_on_commit=False) as session:
            yield ReadSession(session)

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        """A transaction: committed when the block ends, rolled back when it raises.

        Raises:
            DataFolderError: the database cannot be opened or written. Where the connection is lost while it commits,
                nobody can tell whether it did: do only what may be done twice.
        """
        with told_to_a_person(self.url), Session(self._writing_engine, expire_on_commit=False) as session:
            yield UnitOfWork(session)
            session.commit()

    def change(self, do: Callable[[UnitOfWork], Result]) -> Result:
        """Do this in a transaction of its own, and from its beginning again where the database undid it for another's.

        A `with` block cannot be run twice; a function can. It must change nothing but the database.

        Raises:
            DataFolderError: as `write`; or it gave way again and again.
        """
        for longest_wait_s in LONGEST_WAITS_S:
            try:
                with self.write() as work:
                    return do(work)
            except GaveWay:
                time.sleep(random.uniform(0, longest_wait_s))  # those who met are not to meet again
        with self.write() as work:
            return do(work)

    def dispose(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _encode(row: tuple[Any, ...], encoders: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    for i, encode in encoders:
        if row[i] is not None:
            row = (*row[:i], encode(row[i]), *row[i + 1 :])
    return row
