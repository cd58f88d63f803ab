from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from skill_arcade.database.revision import newest_revision, read_revision
from skill_arcade.database.schema import check_schema, downgrade_schema, upgrade_schema

EPISODE_ID = "00112233445566778899aabbccddeeff"
HYPHENED_ID = "00112233-4455-6677-8899-aabbccddeeff"

SOME_DATA = f"""
INSERT INTO user VALUES ('{EPISODE_ID}', NULL, 1, 'player', 'p', '2026-01-01', '2026-01-01');
INSERT INTO game VALUES ('Breakout.v0', '{{}}', '2026-01-01', '2026-01-01');
INSERT INTO episode (key, id, user_id, game_id, seed, n_steps, status, time_created, time_updated,
attempt_index, verification, epoch, sealed) VALUES (7, '{EPISODE_ID}', '{EPISODE_ID}', 'Breakout.v0', 1, 2,
'running', '2026-01-01', '2026-01-01', 1, 'pending', 1, 0);
INSERT INTO step (episode_key, step, action, reward, flags, t_utc_us, extra) VALUES
(7, 0, 3, 1.5, 0, 1767225600000001, NULL),
(7, 1, NULL, 0.0, 1, 1767225600016667, '{{"action": [0.5, 1.0], "info": {{"a": 1}}}}');
"""

ORIGINAL_COLUMNS = {
    "user": {"id", "email", "time_created", "time_updated"},
    "game": {"id", "config", "time_created"},
    "episode": {"id", "user_id", "game_id", "seed", "n_steps", "status", "time_created", "time_updated"},
    "transition": {
        "id",
        "episode_id",
        "step",
        "obs_key",
        "action",
        "reward",
        "next_obs_key",
        "terminated",
        "truncated",
        "info",
        "time_created",
    },
}


def run_sql(url: str, script: str) -> None:
    with closing(sqlite3.connect(make_url(url).database or "")) as connection:
        connection.executescript(script)


def read_sql(url: str, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(make_url(url).database or "")) as connection:
        return connection.execute(query).fetchall()


def test_a_new_database_gets_the_newest_schema(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    assert read_revision(url) is None
    upgrade_schema(url)
    assert read_revision(url) == newest_revision()


def test_the_migrations_make_exactly_the_tables_that_the_classes_describe(database_url: str) -> None:
    check_schema(database_url)


def test_every_migration_goes_up_and_down_and_up_again_with_data_in_the_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    upgrade_schema(url, "0001")
    run_sql(url, SOME_DATA)
    upgrade_schema(url)
    downgrade_schema(url, "0001")
    assert read_sql(url, "SELECT count(*) FROM step") == [(2,)]
    upgrade_schema(url)
    assert read_sql(url, "SELECT count(*) FROM transition") == [(2,)]
    downgrade_schema(url, "base")
    assert read_sql(url, "SELECT name FROM sqlite_master WHERE name = 'step'") == []
    upgrade_schema(url)
    check_schema(url)


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    run_sql(database_url, SOME_DATA)
    upgrade_schema(database_url)
    assert read_sql(database_url, "SELECT count(*) FROM step") == [(2,)]


@pytest.mark.parametrize("table", sorted(ORIGINAL_COLUMNS))
def test_the_promised_columns_are_there(database_url: str, table: str) -> None:
    columns = {str(row[1]) for row in read_sql(database_url, f"PRAGMA table_xinfo({table})")}
    assert ORIGINAL_COLUMNS[table] <= columns


def test_a_transition_shows_a_compact_step_under_the_promised_names_rec_60(database_url: str) -> None:
    run_sql(database_url, SOME_DATA)
    query = (
        "SELECT id, episode_id, step, obs_key, action, reward, next_obs_key, terminated, truncated, info, "
        "time_created FROM transition ORDER BY id"
    )
    first, second = read_sql(database_url, query)
    assert first == (
        7 * 2**32,
        EPISODE_ID,
        0,
        f"{HYPHENED_ID}/0",
        3,
        1.5,
        f"{HYPHENED_ID}/1",
        0,
        0,
        "{}",
        "2026-01-01 00:00:00.000001",
    )
    assert second[4] == "[0.5,1.0]"
    assert second[7:] == (1, 0, '{"a":1}', "2026-01-01 00:00:00.016667")


def test_steps_of_one_episode_are_found_without_reading_those_of_others(database_url: str) -> None:
    plan = read_sql(
        database_url,
        f"EXPLAIN QUERY PLAN SELECT * FROM transition WHERE episode_id = '{EPISODE_ID}' AND step = 3",
    )
    assert not any("SCAN" in str(row[3]) for row in plan), plan


def test_episodes_that_are_older_than_options_have_none_and_keep_their_steps(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.sqlite'}"
    upgrade_schema(url, "0002")
    run_sql(url, SOME_DATA)
    upgrade_schema(url)
    assert read_sql(url, "SELECT options FROM episode") == [("{}",)]
    downgrade_schema(url, "0002")
    assert read_sql(url, "SELECT count(*) FROM step") == [(2,)]
