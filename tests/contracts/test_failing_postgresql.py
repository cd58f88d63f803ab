"""What may happen to PostgreSQL in use: nothing is half written, one sentence tells of it, the next try works."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Thread
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text
from tests.contracts.made_up import NOW, make_episode, make_facts, make_rows, read_rows, read_sql
from tests.contracts.relay import relay_to
from tests.postgresql import RestartablePostgresql, empty_database
from tests.waiting import await_true

from skill_arcade.database import postgresql as postgresql_module
from skill_arcade.database import transactions
from skill_arcade.database.episodes import set_verification
from skill_arcade.database.failures import GaveWay
from skill_arcade.database.schema import upgrade_schema
from skill_arcade.database.steps import insert_steps
from skill_arcade.database.transactions import Database, UnitOfWork
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.recorder.index import EpisodeIndex, LiveUpdate

FORBIDDEN = ("SELECT", "INSERT INTO", "UPDATE episode", "episode_key", "LINE 1", "%(", "hidden", "\n")
"""What no person is told: statements, passwords, a second line."""


@pytest.fixture
def database(postgresql_database: Database) -> Database:
    return postgresql_database


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Somebody else."""
    place = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(place, autocommit=True) as connection:
        yield connection


def cut_all(url: str) -> None:
    with connected(url) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def expect_sentence(do: Callable[[], object], *words: str) -> str:
    with pytest.raises(DataFolderError) as failed:
        do()
    sentence = str(failed.value)
    assert not [each for each in FORBIDDEN if each in sentence], sentence
    assert all(word in sentence for word in words), sentence
    return sentence


def write_and_then(database: Database, then: Callable[[], object], key: int) -> None:
    """Rows, something that happens, and more rows, in one transaction."""
    with database.write() as work:
        insert_steps(work, {key: make_rows(100)})
        then()
        insert_steps(work, {key: make_rows(100, 100)})


def test_a_connection_that_is_cut_in_a_transaction_leaves_nothing_and_the_next_try_works(database: Database) -> None:
    key, row = make_episode(database)
    expect_sentence(lambda: write_and_then(database, lambda: cut_all(database.url), key), "terminating connection")
    assert read_rows(database, row.id) == []
    write_and_then(database, lambda: None, key)
    assert read_rows(database, row.id) == make_rows(200)


def test_a_connection_that_is_cut_before_the_commit_leaves_nothing(database: Database) -> None:
    _, row = make_episode(database)
    facts = make_facts(episode_id=row.id)
    index = EpisodeIndex(database, lambda: NOW)

    def cut_at_the_end(work: UnitOfWork) -> None:
        set_verification(work, row.id, "verified", None, NOW)
        cut_all(database.url)

    expect_sentence(lambda: database.change(cut_at_the_end))
    assert read_sql(database, "SELECT verification FROM episode") == [("pending",)]
    assert index.append([LiveUpdate(row.id, 1, 0, make_rows(3), facts)]) == frozenset()


def test_connections_that_were_cut_while_idle_are_not_noticed(database: Database) -> None:
    _, row = make_episode(database)
    for _ in range(3):
        cut_all(database.url)
        assert read_rows(database, row.id) == []


def test_a_server_that_is_killed_and_started_again_has_every_commit_and_nothing_else(
    own_postgresql: RestartablePostgresql,
) -> None:
    with empty_database(own_postgresql.url) as url:
        upgrade_schema(url)
        database = Database(url)
        key, row = make_episode(database)
        with database.write() as work:
            insert_steps(work, {key: make_rows(50)})
            set_verification(work, row.id, "verified", None, NOW)

        def write_while_it_dies() -> None:
            with database.write() as work:
                insert_steps(work, {key: make_rows(50, 50)})
                own_postgresql.stop_immediately()
                set_verification(work, row.id, "mismatch", None, NOW)

        try:
            expect_sentence(write_while_it_dies)
            expect_sentence(lambda: read_rows(database, row.id), "cannot be used: connection")
        finally:
            own_postgresql.start()
        assert read_rows(database, row.id) == make_rows(50)
        assert read_sql(database, "SELECT verification FROM episode") == [("verified",)]
        with database.write() as work:
            insert_steps(work, {key: make_rows(50, 50)})
        assert read_rows(database, row.id) == make_rows(100)
        database.dispose()


def test_a_server_that_dies_while_many_write_keeps_what_it_confirmed_and_rows_without_a_gap(
    own_postgresql: RestartablePostgresql,
) -> None:
    with empty_database(own_postgresql.url) as url:
        upgrade_schema(url)
        database = Database(url)
        index = EpisodeIndex(database, lambda: NOW, UUID(int=1))
        episodes = [make_facts() for _ in range(4)]
        confirmed = dict.fromkeys((each.episode_id for each in episodes), 0)
        index.append([LiveUpdate(each.episode_id, 1, 0, [], each) for each in episodes])
        done: list[bool] = []

        def write(number: int) -> None:
            facts = episodes[number]
            while not done:
                first = confirmed[facts.episode_id]
                try:
                    index.append([LiveUpdate(facts.episode_id, 1, first, make_rows(30, first), None)])
                except DataFolderError:
                    time.sleep(0.01)
                    continue
                confirmed[facts.episode_id] = first + 30

        with ThreadPoolExecutor(4) as pool:
            writing = [pool.submit(write, number) for number in range(4)]
            try:
                for _ in range(3):
                    goal = {episode_id: n + 90 for episode_id, n in confirmed.items()}
                    await_true(lambda goal=goal: all(confirmed[each] >= goal[each] for each in goal))  # type: ignore[misc]
                    own_postgresql.stop_immediately()
                    own_postgresql.start()
            finally:
                done.append(True)
            for each in writing:
                each.result()
        for episode_id, n in confirmed.items():
            rows = read_rows(database, episode_id)
            assert n <= len(rows) <= n + 30  # an answer that was lost on its way
            assert rows == make_rows(len(rows))
        database.dispose()


def deadlock(database: Database, tries: list[str]) -> list[str]:
    """Two that lock two episodes, each in another order; what each did."""
    keys = [make_episode(database) for _ in range(2)]
    both_hold_one = Barrier(2)

    def lock_both(name: str) -> str:
        first, second = keys if name == "ada" else reversed(keys)

        def do(work: UnitOfWork) -> str:
            tries.append(name)
            insert_steps(work, {first[0]: make_rows(5, 10 if name == "ada" else 20)})
            set_verification(work, first[1].id, name, None, NOW)
            if tries.count(name) == 1:
                both_hold_one.wait()
            set_verification(work, second[1].id, name, None, NOW)
            return name

        return database.change(do)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lock_both, ("ada", "bob")))


def test_of_two_in_a_deadlock_the_one_that_is_undone_does_it_again_and_no_row_is_lost_or_doubled(
    database: Database,
) -> None:
    tries: list[str] = []
    assert deadlock(database, tries) == ["ada", "bob"]
    assert len(tries) == 3  # one of them twice
    assert read_sql(database, "SELECT count(*), count(DISTINCT step) FROM step") == [(10, 10)]
    assert read_sql(database, "SELECT DISTINCT verification FROM episode") == [(tries[-1],)]


def test_whoever_gives_way_again_and_again_is_told_so(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "LONGEST_WAITS_S", (0.0,) * 5)
    tries: list[int] = []

    def give_way(work: UnitOfWork) -> None:
        tries.append(1)
        work._session.connection().execute(text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"))

    with pytest.raises(GaveWay):
        database.change(give_way)
    assert len(tries) == 6


def test_a_fault_of_the_program_is_not_told_as_one_of_the_database(database: Database) -> None:
    key, _ = make_episode(database)

    def write_twice(work: UnitOfWork) -> None:
        for _ in range(2):
            insert_steps(work, {key: make_rows(1)})

    with pytest.raises(Exception, match="duplicate key") as failed:
        database.change(write_twice)
    assert not isinstance(failed.value, DataFolderError)
    assert "person" not in str(failed.value)


def test_a_read_only_database_can_be_read_and_says_what_it_is(database: Database) -> None:
    key, row = make_episode(database)
    place = make_url(database.url)
    name = place.database
    with connected(place.set(database="postgres").render_as_string()) as other:
        other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        cut_all(database.url)
        assert read_rows(database, row.id) == []
        expect_sentence(lambda: write_and_then(database, lambda: None, key), "takes no changes")
        index = EpisodeIndex(database, lambda: NOW)
        expect_sentence(lambda: index.note_verification(row.id, "verified", None), "takes no changes")
        other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    # Nobody has cut the connections that began as read-only ones, and would be so to their end.
    write_and_then(database, lambda: None, key)
    assert len(read_rows(database, row.id)) == 200


def test_a_standby_can_be_read_and_says_what_it_is(own_postgresql: RestartablePostgresql) -> None:
    with empty_database(own_postgresql.url) as url:
        upgrade_schema(url)
        database = Database(url)
        key, row = make_episode(database)
        own_postgresql.stop_immediately()
        own_postgresql.start(as_standby=True)
        try:
            assert read_sql(database, "SELECT pg_is_in_recovery()") == [(True,)]
            assert read_rows(database, row.id) == []
            expect_sentence(lambda: write_and_then(database, lambda: None, key), "takes no changes")
            expect_sentence(lambda: upgrade_schema(url), "takes no changes")
        finally:
            own_postgresql.stop_immediately()
            own_postgresql.start()
        write_and_then(database, lambda: None, key)
        assert len(read_rows(database, row.id)) == 200
        database.dispose()


def test_whoever_may_only_read_is_told_so(database: Database) -> None:
    key, row = make_episode(database)
    with connected(database.url) as other:
        other.execute("DROP ROLE IF EXISTS reader")
        other.execute("CREATE ROLE reader LOGIN")
        other.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    reader = Database(make_url(database.url).set(username="reader").render_as_string())
    assert read_rows(reader, row.id) == []
    expect_sentence(lambda: write_and_then(reader, lambda: None, key), "permission denied")
    reader.dispose()


def test_a_lock_that_is_not_given_back_is_an_error_and_no_hang(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_module, "LOCK_TIMEOUT_S", 1)
    _, row = make_episode(database)
    hurried = Database(database.url)
    with database.write() as work:
        set_verification(work, row.id, "verified", None, NOW)
        index = EpisodeIndex(hurried, lambda: NOW)
        expect_sentence(lambda: index.note_verification(row.id, "verified", None), "lock timeout")
    assert index.note_verification(row.id, "verified", None)
    hurried.dispose()


def test_a_statement_that_takes_too_long_is_an_error_and_no_hang(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_module, "STATEMENT_TIMEOUT_S", 1)
    hurried = Database(database.url)
    expect_sentence(lambda: read_sql(hurried, "SELECT pg_sleep(60)"), "statement timeout")
    assert read_sql(hurried, "SELECT 1") == [(1,)]
    hurried.dispose()


def test_the_timeouts_of_the_address_count_more_than_ours(database: Database) -> None:
    place = make_url(database.url).update_query_dict({"options": "-c statement_timeout=7s", "application_name": "mine"})
    other = Database(place.render_as_string())
    shown = "SELECT current_setting('{0}')"
    assert read_sql(other, shown.format("statement_timeout")) == [("7s",)]
    assert read_sql(other, shown.format("application_name")) == [("mine",)]
    assert read_sql(database, shown.format("statement_timeout")) == [("30s",)]
    assert read_sql(database, shown.format("lock_timeout")) == [("10s",)]
    assert read_sql(database, shown.format("idle_in_transaction_session_timeout")) == [("1min",)]
    assert read_sql(database, shown.format("application_name")) == [("skill-arcade",)]
    other.dispose()


def test_nothing_is_prepared_that_another_session_behind_a_pooler_would_not_know(database: Database) -> None:
    _, row = make_episode(database)
    for _ in range(20):
        read_rows(database, row.id)
    assert read_sql(database, "SELECT count(*) FROM pg_prepared_statements") == [(0,)]


def test_all_goes_through_a_proxy_that_relays_bytes(socket_url: str) -> None:
    """As the Cloud SQL Auth Proxy does: migrations too."""
    with relay_to(socket_url) as (relay, url):
        assert upgrade_schema(url) is None
        database = Database(url)
        key, row = make_episode(database)
        expect_sentence(lambda: write_and_then(database, relay.cut, key))
        assert read_rows(database, row.id) == []
        write_and_then(database, lambda: None, key)
        relay.cut()
        assert len(read_rows(database, row.id)) == 200
        facts = make_facts(episode_id=row.id, n_steps=5)
        assert EpisodeIndex(database, lambda: NOW).reconcile(facts, lambda: iter(make_rows(5)), sealed=False)
        assert len(read_rows(database, row.id)) == 5
        database.dispose()


def test_a_database_that_says_nothing_any_more_is_given_up(socket_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_module, "ANSWER_TIMEOUT_S", 0.5)
    upgrade_schema(socket_url)
    with relay_to(socket_url) as (relay, url):
        database = Database(url)
        key, row = make_episode(database)
        expect_sentence(lambda: write_and_then(database, relay.hang, key), "has not answered for 0.5 seconds")
        relay.cut()
        assert read_rows(database, row.id) == []
        write_and_then(database, lambda: None, key)
        database.dispose()


def test_a_database_that_is_not_there_is_told_without_the_password() -> None:
    url = "postgresql+psycopg://me:hidden@127.0.0.1:1/skill?password=hidden&connect_timeout=2"
    database = Database(url)
    sentence = expect_sentence(lambda: read_sql(database, "SELECT 1"), "127.0.0.1:1/skill cannot be used", "refused")
    assert sentence.count(".") < 12


def test_an_unknown_name_of_a_database_is_told(postgresql: str) -> None:
    database = Database(make_url(postgresql).set(database="nowhere").render_as_string())
    expect_sentence(lambda: read_sql(database, "SELECT 1"), "nowhere", "does not exist")


def test_connections_that_are_all_in_use_are_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_module, "LOCK_TIMEOUT_S", 0.2)
    busy = Database(database.url)
    n_at_once = 15
    ready, done = Barrier(n_at_once + 1), Barrier(n_at_once + 1)

    def hold() -> None:
        with busy.read() as session:
            session.is_alive()
            ready.wait()
            done.wait()

    threads = [Thread(target=hold) for _ in range(n_at_once)]
    for thread in threads:
        thread.start()
    ready.wait()
    try:
        expect_sentence(lambda: read_sql(busy, "SELECT 1"), "all connections are in use")
    finally:
        done.wait()
        for thread in threads:
            thread.join()
    assert read_sql(busy, "SELECT 1") == [(1,)]
    busy.dispose()


def test_a_database_without_our_tables_is_told_what_to_run(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    expect_sentence(lambda: read_rows(database, UUID(int=1)), "skill-arcade migrate")
    database.dispose()


def test_a_default_of_the_server_changes_nothing_of_how_transactions_see_each_other(database: Database) -> None:
    name = make_url(database.url).database
    engine = create_engine(database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    engine.dispose()
    cut_all(database.url)
    with database.write() as work:
        level = work._session.connection().execute(text("SHOW transaction_isolation")).scalar_one()
    assert level == "read committed"
    assert read_sql(database, "SHOW transaction_isolation") == [("repeatable read",)]
