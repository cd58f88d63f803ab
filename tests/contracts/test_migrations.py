"""Migrations with data in the tables, two who migrate at once, and schemas that this program does not know."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Barrier, Event
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, make_url, text
from tests.contracts.made_up import make_episode, make_rows, read_rows, read_sql
from tests.waiting import await_true

from skill_arcade import __version__
from skill_arcade.cli.main import main
from skill_arcade.database import revision as revision_module
from skill_arcade.database.engine import make_engine
from skill_arcade.database.episodes import fetch_keys
from skill_arcade.database.ownership import Ownership, fetch_ownership
from skill_arcade.database.revision import newest_revision, read_revision
from skill_arcade.database.schema import MIGRATION_LOCK, check_schema, downgrade_schema, upgrade_schema
from skill_arcade.database.steps import StepRow, fetch_steps, insert_steps
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import DataFolderError
from skill_arcade.server.database import open_database
from skill_arcade.server.settings import Settings

EPISODE_ID = "00112233-4455-6677-8899-aabbccddeeff"

# As a program with schema 0004 wrote it.
OLD_SCRIPT = """
INSERT INTO "user" VALUES (:id, 'a@b.org', :guest, 'player', 'p', '2026-01-01', '2026-01-01');
INSERT INTO game VALUES ('Breakout.v0', '{}', '2026-01-01', '2026-01-01');
INSERT INTO attempt VALUES (:id, 'Breakout.v0', 1);
INSERT INTO episode (key, id, user_id, game_id, seed, n_steps, status, time_created, time_updated, attempt_index,
verification, epoch, sealed, options) VALUES (7, :id, :id, 'Breakout.v0', 1, 3, 'running', '2026-01-01', '2026-01-01',
1, 'pending', 1, :guest, '{}');
INSERT INTO step (episode_key, step, action, reward, flags, t_utc_us, extra) VALUES
(7, 0, 3, 1.5, 0, 1000, NULL), (7, 1, NULL, -0.1, 5, 2000, '{"action": [0.5, 1.0], "info": {"a": 1}}')
"""
OLD_DATA = OLD_SCRIPT.split(";")
OLD_STEPS = [
    StepRow(0, 3, 1.5, 0, 1000, None),
    StepRow(1, None, -0.1, 5, 2000, {"action": [0.5, 1.0], "info": {"a": 1}}),
]


def run_sql(url: str, *statements: str) -> None:
    engine = create_engine(url)
    values: dict[str, Any] = {"guest": False}
    values["id"] = EPISODE_ID if url.startswith("postgresql") else EPISODE_ID.replace("-", "")
    with engine.begin() as connection:
        for statement in statements:
            named = text(statement)
            connection.execute(named, {name: values[name] for name in named._bindparams})
    engine.dispose()


def read_steps(url: str) -> list[StepRow]:
    database = Database(url)
    with database.read() as session:
        steps = list(fetch_steps(session, 7))
    database.dispose()
    return steps


def test_migrations_go_up_and_down_and_up_again(url: str) -> None:
    assert read_revision(url) is None
    assert upgrade_schema(url) is None
    assert upgrade_schema(url) == newest_revision()
    downgrade_schema(url, "0001")
    assert upgrade_schema(url) == "0001"
    assert read_revision(url) == newest_revision()
    check_schema(url)
    downgrade_schema(url, "base")
    assert read_revision(url) is None


def test_steps_outlive_a_downgrade_and_an_upgrade(database: Database) -> None:
    key, row = make_episode(database)
    with database.write() as work:
        insert_steps(work, {key: make_rows(50)})
    database.dispose()
    downgrade_schema(database.url, "0001")
    upgrade_schema(database.url)
    assert read_rows(database, row.id) == make_rows(50)


def test_what_an_older_program_wrote_is_there_after_every_way_up_and_down(url: str) -> None:
    upgrade_schema(url, "0004")
    run_sql(url, *OLD_DATA)
    upgrade_schema(url)
    assert read_steps(url) == OLD_STEPS
    database = Database(url)
    with database.read() as session:
        (episode_id,) = fetch_keys(session, [UUID(EPISODE_ID)])
        assert fetch_ownership(session, episode_id) == Ownership(None, 0, None, "running", 1)
    transitions = read_sql(database, "SELECT step, reward, terminated, truncated FROM transition ORDER BY step")
    assert [tuple(map(float, row)) for row in transitions] == [(0, 1.5, 0, 0), (1, -0.1, 1, 0)]
    database.dispose()
    downgrade_schema(url, "0004")
    upgrade_schema(url)
    check_schema(url)
    assert read_steps(url) == OLD_STEPS


def test_a_program_of_the_schema_before_writes_on_while_the_new_one_is_there_already(url: str) -> None:
    """Expand first: servers that still run are not in the way, nor in danger."""
    upgrade_schema(url)
    run_sql(url, *OLD_DATA)
    assert read_steps(url) == OLD_STEPS


def test_rewards_that_are_no_numbers_and_large_actions_are_moved_to_where_they_belong_now(url: str) -> None:
    is_sqlite = url.startswith("sqlite")
    odd = f"(7, 2, {2**40}, 0, 0, 0, NULL)" if is_sqlite else "(7, 2, 4, 'NaN', 0, 0, NULL)"
    upgrade_schema(url, "0004")
    insert = "INSERT INTO step (episode_key, step, action, reward, flags, t_utc_us, extra) VALUES "
    run_sql(url, *OLD_DATA, insert + odd)
    upgrade_schema(url)
    expected = StepRow(2, None, 0, 0, 0, {"action": 2**40}) if is_sqlite else StepRow(2, 4, None, 0, 0, None)
    assert read_steps(url) == [*OLD_STEPS, expected]
    run_sql(url, "UPDATE step SET reward = NULL WHERE step = 0")
    downgrade_schema(url, "0004")
    upgrade_schema(url)
    assert [row.step for row in read_steps(url)] == [0, 1, 2]


PROGRAM = """
import sys
from skill_arcade.database.schema import upgrade_schema
sys.stdin.readline()
print(upgrade_schema(sys.argv[1]))
"""


def test_of_two_processes_that_migrate_at_once_one_does_and_the_other_finds_it_done(url: str) -> None:
    upgrade_schema(url, "0004")
    run_sql(url, *OLD_DATA)
    processes = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = sorted(process.communicate(timeout=120)[0].strip() for process in processes)
    assert [process.returncode for process in processes] == [0, 0]
    assert told == ["0004", newest_revision()]
    assert read_steps(url) == OLD_STEPS
    check_schema(url)


def test_whoever_migrates_waits_for_another_that_holds_the_lock(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long that takes: the limit for other locks does not count."""
    monkeypatch.setattr("skill_arcade.database.postgresql.LOCK_TIMEOUT_S", 1)
    holder = make_engine(postgresql_url, is_patient=True)
    with ThreadPoolExecutor(1) as pool, holder.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        migrating = pool.submit(upgrade_schema, postgresql_url)
        waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        await_true(lambda: connection.exec_driver_sql(waits).scalar() == 1)
        connection.exec_driver_sql("SELECT pg_sleep(1.5)")
        assert not migrating.done()
        connection.rollback()
        assert migrating.result(timeout=60) is None
    holder.dispose()
    check_schema(postgresql_url)


def test_rows_that_come_while_steps_are_made_anew_wait_and_are_not_lost(postgresql_url: str) -> None:
    """Whoever writes locks tables in one order or the other, and some read the view: nobody meets in a deadlock."""
    upgrade_schema(postgresql_url, "0004")
    run_sql(postgresql_url, *OLD_DATA)
    n_writers = 3
    began, stop = Barrier(n_writers + 1), Event()
    insert = "INSERT INTO step (episode_key, step, action, reward, flags, t_utc_us, extra) VALUES "
    other = (
        "SELECT key FROM episode WHERE key = 7 FOR NO KEY UPDATE",  # the index: the episode first
        "SELECT 1",  # the step first: the foreign key locks the episode afterwards
        "SELECT count(*) FROM transition",
    )

    def write(number: int) -> list[int]:
        """What a server of the schema before does."""
        engine, written = create_engine(postgresql_url), list[int]()
        for step in count(number + n_writers, n_writers):
            with engine.begin() as connection:
                connection.exec_driver_sql(other[number])
                connection.exec_driver_sql(f"{insert} (7, {step}, 1, 0, 0, 0, NULL)")
            written.append(step)
            if len(written) == 10:
                began.wait()
            if stop.is_set():
                break
        engine.dispose()
        return written

    with ThreadPoolExecutor(n_writers) as pool:
        writing = [pool.submit(write, number) for number in range(n_writers)]
        began.wait()
        try:
            upgrade_schema(postgresql_url)
        finally:
            stop.set()
        written = sorted(step for each in writing for step in each.result())
    assert [row.step for row in read_steps(postgresql_url)] == [0, 1, *written]


def test_a_table_that_somebody_holds_on_to_makes_migrating_fail_and_changes_nothing(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skill_arcade.database.postgresql.LOCK_TIMEOUT_S", 1)
    upgrade_schema(postgresql_url, "0004")
    reader = make_engine(postgresql_url)
    with reader.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM step")
        with pytest.raises(DataFolderError, match="could not obtain lock"):
            upgrade_schema(postgresql_url)
    reader.dispose()
    assert read_revision(postgresql_url) == "0004"
    upgrade_schema(postgresql_url)


@pytest.fixture
def make_newer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Bring a database to the schema of a later program."""

    def make(url: str) -> None:
        upgrade_schema(url)
        run_sql(
            url,
            "UPDATE alembic_version SET version_num = '0099'",
            "INSERT INTO schema_change VALUES ('0099', '7.8.9', '2027-01-01')",
        )

    return make


def test_a_newer_schema_is_refused_with_what_to_install(
    url: str, make_newer: Callable[[str], None], tmp_path: Path
) -> None:
    make_newer(url)
    settings = Settings(database_url=url, data=tmp_path)
    for refuse in (lambda: open_database(settings), lambda: upgrade_schema(url), lambda: read_revision(url)):
        with pytest.raises(DataFolderError, match=r"schema 0099.*install version 7\.8\.9 or newer with `pip install"):
            refuse()
    run_sql(url, "DROP TABLE schema_change")
    with pytest.raises(DataFolderError, match="install the version that made it with `pip install --upgrade"):
        open_database(settings)


def test_migrate_says_the_same(
    url: str,
    make_newer: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_newer(url)
    monkeypatch.setenv("SKILL_ARCADE_DATABASE_URL", url)
    for arguments in (["migrate"], ["migrate", "--check"]):
        assert main([*arguments, "--data", str(tmp_path)]) == 1
        assert "install version 7.8.9 or newer" in capsys.readouterr().err


def test_an_older_schema_is_brought_up_on_sqlite_and_refused_on_postgresql(url: str, tmp_path: Path) -> None:
    upgrade_schema(url, "0004")
    settings = Settings(database_url=url, data=tmp_path)
    if url.startswith("sqlite"):
        open_database(settings).dispose()
        assert read_revision(url) == newest_revision()
        return
    with pytest.raises(DataFolderError, match=r"schema 0004.*needs 00.*run `skill-arcade migrate`"):
        open_database(settings)
    assert read_revision(url) == "0004"


def test_migrate_tells_what_it_found_and_which_program_made_the_schema(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SKILL_ARCADE_DATABASE_URL", url)
    data = ["--data", str(tmp_path)]
    assert main(["migrate", "--check", *data]) == 3
    capsys.readouterr()
    assert main(["migrate", "--json", *data]) == 0
    assert json.loads(capsys.readouterr().out) == {"before": None, "newest": newest_revision()}
    assert main(["migrate", *data]) == 0
    assert f"the database has schema {newest_revision()}, the newest" in capsys.readouterr().out
    assert main(["migrate", "--check", *data]) == 0
    database = Database(url)
    assert read_sql(database, "SELECT revision, version FROM schema_change") == [(newest_revision(), __version__)]
    database.dispose()


def test_the_revisions_of_this_program_are_the_files_of_its_migrations() -> None:
    assert newest_revision() == max(path.name[:4] for path in (revision_module.MIGRATIONS / "versions").glob("0*.py"))


def test_the_same_migrations_go_through_the_socket_of_cloud_sql(socket_url: str) -> None:
    """Its folder has colons in its name: `postgresql+psycopg://user@/name?host=/cloudsql/project:region:instance`."""
    place = make_url(socket_url)
    folder = Path(str(place.query["host"])) / "project:europe-west1:instance"
    folder.mkdir(exist_ok=True)
    socket = folder / ".s.PGSQL.5432"
    if not socket.is_symlink():
        socket.symlink_to(folder.parent / ".s.PGSQL.5432")
    url = f"postgresql+psycopg://{place.username}@/{place.database}?host={folder}"
    upgrade_schema(url)
    database = Database(url)
    key, row = make_episode(database)
    with database.write() as work:
        insert_steps(work, {key: make_rows(5)})
    assert read_rows(database, row.id) == make_rows(5)
    database.dispose()
