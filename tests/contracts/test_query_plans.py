"""How both databases find what is asked for, among as many rows as an installation has: never by reading a whole table.

PostgreSQL knows by its statistics that a table is large; in a small one it would rightly read all of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event, inspect, text
from sqlmodel import Session
from tests.contracts.made_up import NOW, make_facts, make_rows
from tests.contracts.sql_blocks import read_sql_block
from tests.postgresql import empty_database
from typing_extensions import override

from skill_arcade.database.episodes import (
    EpisodeFilter,
    delete_episode,
    delete_unbegun,
    fetch_episode,
    fetch_episodes,
    fetch_keys,
    keep_episode,
    set_progress,
    set_verification,
)
from skill_arcade.database.orphans import (
    adopt_running,
    claim_orphan,
    fetch_orphans,
    fetch_owned_by_others,
    note_lost,
)
from skill_arcade.database.ownership import (
    claim,
    fetch_ownerships,
    fetch_wanted,
    release,
    release_all,
    take_back,
    want,
)
from skill_arcade.database.schema import upgrade_schema
from skill_arcade.database.scores import fetch_extremes, fetch_last_played, fetch_running, fetch_scores
from skill_arcade.database.steps import count_steps, delete_steps, fetch_steps
from skill_arcade.database.transactions import Database, UnitOfWork
from skill_arcade.recorder.index import EpisodeIndex, LiveUpdate

N_PEOPLE, N_GAMES, N_EPISODES, N_STEPS = 200, 20, 4000, 50
GAME = "Game9.v0"
SERVER, OTHER = UUID(int=1), UUID(int=2)
OF_A_FEW = ("ix_episode_running_server_id", "ix_episode_unsealed_key")
"""Indexes that hold only what runs, or is not sealed: they may be read whole."""

# A tenth of a percent runs. Ids are their numbers, so that one can be asked for.
FILL = (
    """INSERT INTO "user" SELECT {person}, NULL, {true}, 'player', 'p' || n, '2026-01-01', '2026-01-01'
    FROM {people}""",
    "INSERT INTO game SELECT 'Game' || n || '.v0', '{{}}', '2026-01-01', '2026-01-01' FROM {games}",
    """INSERT INTO episode (key, id, user_id, game_id, seed, n_steps, status, time_created, time_updated, attempt_index,
    verification, epoch, sealed, metric, played_by, options, server_id)
    SELECT n, {episode}, {player}, 'Game' || (n * 7 % {n_games}) || '.v0', n, {n_steps},
    CASE WHEN n % 1000 = 0 THEN 'running' ELSE 'won' END, {time}, {time}, 1, 'verified', 1, n % 1000 <> 0,
    CASE WHEN n % 1000 = 0 THEN NULL ELSE n % 977 END, 'human', '{{}}', {server} FROM {episodes}""",
    """INSERT INTO step (episode_key, step, action, reward, flags, t_utc_us, extra)
    SELECT n / {n_steps} + 1, n % {n_steps}, n % 18, n % 11 / 10, 0, n, NULL FROM {steps}""",
)
COUNT_UP = "(WITH RECURSIVE up(n) AS (SELECT {0} UNION ALL SELECT n + 1 FROM up WHERE n < {1}) SELECT n FROM up) AS up"
SQLITE = {
    "person": "printf('%032x', n)",
    "player": f"printf('%032x', n % {N_PEOPLE})",
    "episode": "printf('%032x', n)",
    "time": "datetime('2026-01-01', n || ' minutes') || '.000000'",
    "true": "1",
    "server": "printf('%032x', 1)",
}
POSTGRESQL = {
    "person": "lpad(to_hex(n), 32, '0')::uuid",
    "player": f"lpad(to_hex(n % {N_PEOPLE}), 32, '0')::uuid",
    "episode": "lpad(to_hex(n), 32, '0')::uuid",
    "time": "timestamptz '2026-01-01' + n * interval '1 minute'",
    "true": "true",
    "server": "lpad('1', 32, '0')::uuid",
}
RANGES = {
    "people": (0, N_PEOPLE - 1),
    "games": (0, N_GAMES - 1),
    "episodes": (1, N_EPISODES),
    "steps": (0, N_EPISODES * N_STEPS - 1),
}


def fill(database: Database) -> None:
    is_sqlite = database.url.startswith("sqlite")
    series = COUNT_UP if is_sqlite else "generate_series({0}, {1}) AS up(n)"
    words = {name: series.format(*bounds) for name, bounds in RANGES.items()}
    words |= {"n_games": str(N_GAMES), "n_steps": str(N_STEPS)} | (SQLITE if is_sqlite else POSTGRESQL)
    with database.write() as work:
        connection = work._session.connection()
        for statement in FILL:
            connection.exec_driver_sql(statement.format(**words).replace("%", "%" if is_sqlite else "%%"))
        connection.exec_driver_sql("ANALYZE")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Filled once for all tests here: none of them commits anything."""

    @contextmanager
    def make_url() -> Iterator[str]:
        if request.param == "sqlite":
            yield f"sqlite:///{tmp_path_factory.mktemp('full') / 'index.sqlite'}"
        else:
            with empty_database(request.getfixturevalue("postgresql")) as url:
                yield url

    with make_url() as url:
        upgrade_schema(url)
        database = Database(url)
        fill(database)
        yield database
        database.dispose()


@contextmanager
def explained(database: Database) -> Iterator[tuple[UnitOfWork, list[str]]]:
    """A transaction that is undone, and what is wrong with the plans of its statements on `episode` and `step`."""
    faults: list[str] = []
    is_explaining = False

    def explain(connection: Connection, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        nonlocal is_explaining
        if is_explaining or statement.split(maxsplit=1)[0] not in {"SELECT", "UPDATE", "DELETE"}:
            return
        is_explaining = True
        find = _find_faults_on_sqlite if connection.dialect.name == "sqlite" else _find_faults_on_postgresql
        faults.extend(f"{fault}: {statement}" for fault in find(connection, statement, values[0] if many else values))
        is_explaining = False

    event.listen(database._writing_engine, "before_cursor_execute", explain)
    try:
        with Session(database._writing_engine) as session:
            yield UnitOfWork(session), faults
            session.rollback()
    finally:
        event.remove(database._writing_engine, "before_cursor_execute", explain)


def _find_faults_on_sqlite(connection: Connection, statement: str, values: Any) -> list[str]:
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    # "SCAN episode USING INDEX" reads a whole index: no better, except for those of a few.
    scans = [row[3] for row in plan if row[3].startswith(("SCAN episode", "SCAN step"))]
    return [scan for scan in scans if not scan.endswith(OF_A_FEW)]


def _find_faults_on_postgresql(connection: Connection, statement: str, values: Any) -> list[str]:
    found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
    plan = json.loads(found) if isinstance(found, str) else found
    return list(_walk(plan[0]["Plan"]))


def _walk(node: dict[str, Any]) -> Iterator[str]:
    reads_a_table = node.get("Relation Name") in {"episode", "step"} and node["Node Type"] != "ModifyTable"
    if reads_a_table and node["Node Type"] == "Seq Scan":
        yield f"Seq Scan on {node['Relation Name']}"
    # Without a condition it is a whole index.
    is_whole_index = node["Node Type"] in {"Index Scan", "Index Only Scan"} and "Index Cond" not in node
    if reads_a_table and is_whole_index and node.get("Index Name") not in OF_A_FEW:
        yield f"all of {node['Index Name']}"
    for child in node.get("Plans", []):
        yield from _walk(child)


EPISODE = UUID(int=4000)
PLAYER = UUID(int=7)

STATEMENTS: dict[str, Callable[[UnitOfWork], object]] = {
    "an episode": lambda work: fetch_episode(work, EPISODE),
    "a person's newest episodes": lambda work: fetch_episodes(work, EpisodeFilter(user_id=PLAYER)),
    "a game's newest episodes": lambda work: fetch_episodes(work, EpisodeFilter(game_id=GAME, before=EPISODE)),
    "what runs": lambda work: fetch_episodes(work, EpisodeFilter(status="running")),
    "keys": lambda work: fetch_keys(work, [EPISODE, UUID(int=5)]),
    "keeping an episode": lambda work: keep_episode(work, _read(work)),
    "progress": lambda work: set_progress(work, {4000: (70, 2)}, NOW),
    "a verification": lambda work: set_verification(work, EPISODE, "verified", None, NOW),
    "forgetting an episode": lambda work: delete_episode(work, EPISODE),
    "what never began": lambda work: delete_unbegun(work, NOW, lambda _id, _generation: True, server_id=SERVER),
    "counting steps": lambda work: count_steps(work, 4000),
    "the steps of an episode": lambda work: list(fetch_steps(work, 4000)),
    "taking steps back": lambda work: delete_steps(work, {4000: 3, 5: 0}),
    "scores": lambda work: fetch_scores(work, GAME, {}, higher_is_better=True, limit=10),
    "what a person reached": lambda work: fetch_extremes(work, PLAYER),
    "what a person reached in a game": lambda work: fetch_extremes(work, PLAYER, GAME),
    "what a person last played": lambda work: fetch_last_played(work, PLAYER),
    "what a person may go on with": lambda work: fetch_running(work, PLAYER, GAME),
    "whose episodes are": lambda work: fetch_ownerships(work, [EPISODE, UUID(int=5)]),
    "wanting": lambda work: want(work, EPISODE, OTHER),
    "what is wanted": lambda work: fetch_wanted(work, SERVER),
    "taking back": lambda work: take_back(work, EPISODE, SERVER),
    "releasing": lambda work: release(work, EPISODE, SERVER),
    "releasing all": lambda work: release_all(work, SERVER),
    "taking all that runs": lambda work: adopt_running(work, SERVER),
    "what is another's": lambda work: fetch_owned_by_others(work, OTHER, [EPISODE, UUID(int=5)]),
    "what has no server": lambda work: fetch_orphans(work, NOW, 100),
    "claiming what has no server": lambda work: claim_orphan(work, EPISODE, OTHER, 0),
    "what is lost": lambda work: note_lost(work, EPISODE, SERVER, NOW),
    "claiming": lambda work: claim(work, EPISODE, OTHER, 0),
}


def _read(work: UnitOfWork) -> Any:
    return fetch_episode(work, EPISODE)


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_of_the_server_reads_all_episodes_or_all_steps(database: Database, name: str) -> None:
    with explained(database) as (work, faults):
        STATEMENTS[name](work)
        assert faults == []


def test_nor_does_the_index_while_people_play(database: Database, tmp_path: Path) -> None:
    begun = make_facts(episode_id=EPISODE, game_id=GAME)

    class Explaining(Database):
        """Runs each change in a transaction that is explained and undone."""

        @override
        def change(self, do: Callable[[UnitOfWork], Any]) -> Any:
            with explained(self) as (work, faults):
                result = do(work)
                assert faults == []
            return result

    explaining = Explaining(database.url)
    index = EpisodeIndex(explaining, lambda: NOW + timedelta(days=30), SERVER)
    assert index.append([LiveUpdate(EPISODE, 1, 50, make_rows(5, 50), begun)]) == frozenset()
    assert index.append([LiveUpdate(EPISODE, 1, 50, make_rows(5, 50), None)]) == frozenset()
    assert index.reconcile(begun, lambda: iter(make_rows(5)), sealed=True)
    assert index.may_seal(EPISODE, 1, replace(begun, status="won"))
    assert index.note_verification(EPISODE, "verified", None)
    assert index.forget(EPISODE)
    assert index.forget_unbegun(tmp_path) == []
    explaining.dispose()


@pytest.mark.parametrize("title", ["A player's episodes of a game", "The steps of one episode", "The first reward"])
def test_nor_does_what_people_ask_most(database: Database, title: str) -> None:
    statement = read_sql_block(title, database.url)
    for placeholder, value in (("EPISODE", EPISODE), ("PERSON", PLAYER)):
        statement = statement.replace(placeholder, value.hex)
    statement = statement.replace("Breakout.v0", GAME)
    with explained(database) as (work, faults):
        rows = work._session.connection().execute(text(statement.replace(":", r"\:"))).all()
        assert rows
        assert faults == []


def test_a_full_scan_would_be_found(database: Database) -> None:
    for statement in ("SELECT * FROM step WHERE reward = 7", "SELECT * FROM episode WHERE seed = 3 ORDER BY key"):
        with explained(database) as (work, faults):
            work._session.connection().execute(text(statement))
            assert len(faults) == 1


def test_every_foreign_key_is_the_beginning_of_an_index(database: Database) -> None:
    """Else forgetting a person, a game or an episode would read whole tables."""
    with database.read() as session:
        inspector = inspect(session._session.connection())
        for table in inspector.get_table_names():
            known: list[Sequence[str | None]] = [inspector.get_pk_constraint(table)["constrained_columns"]]
            known += [index["column_names"] for index in inspector.get_indexes(table)]
            for key in inspector.get_foreign_keys(table):
                columns = key["constrained_columns"]
                assert any(list(each[: len(columns)]) == columns for each in known), (table, columns)
