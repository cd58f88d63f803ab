"""How soon after a step something was known of it: by what was seen of an episode, and by what its player was told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update
from sqlmodel import col
from tests.bench.made_up import make_episode

from skill_arcade.bench.crowd.crowd import CrowdReport
from skill_arcade.bench.crowd.played import SAFE_ROW
from skill_arcade.bench.durability.freshness import find_steps, freshness_figures, measure_delays_us
from skill_arcade.bench.durability.rows import add_episodes
from skill_arcade.bench.durability.seen import Seen, all_freshness_figures, cpu_figures
from skill_arcade.bench.durability.watching import ALL_STEPS, RowsWatch, SafetyWatch
from skill_arcade.database.episodes import set_progress
from skill_arcade.database.schema import upgrade_schema
from skill_arcade.database.tables import Episode
from skill_arcade.database.transactions import Database
from skill_arcade.recorder.safe_file import HERE, SAFE_FILE, STORE, publish

STEPS, MADE_US = np.array([1, 2, 3, 4]), np.array([100, 200, 300, 400])


def test_a_step_is_fresh_with_the_first_word_that_knows_of_it() -> None:
    delays, n_never = measure_delays_us(STEPS, MADE_US, [(150, 0), (250, 2), (260, 2), (500, 3)])
    assert delays.tolist() == [150, 50, 200]
    assert n_never == 1, "step 4"


def test_a_word_that_knows_less_than_one_before_takes_nothing_back() -> None:
    delays, n_never = measure_delays_us(STEPS, MADE_US, [(450, 3), (460, 1), (470, 4)])
    assert delays.tolist() == [350, 250, 150, 70]
    assert n_never == 0


def test_of_an_episode_of_which_nothing_was_seen_every_step_is_missing() -> None:
    delays, n_never = measure_delays_us(STEPS, MADE_US, [])
    assert delays.tolist() == []
    assert n_never == 4


def test_only_steps_of_the_span_count_and_picture_0_is_none() -> None:
    steps, made_us = find_steps(make_episode([1_000, 2_000, 3_000, 4_000]), 0, 3_500)
    assert (steps.tolist(), made_us.tolist()) == ([1, 2], [1_900, 2_900])


def test_p99_has_a_bound_and_what_is_beyond_it_is_told_as_a_share() -> None:
    figures = freshness_figures("f", [np.array([100_000] * 98), np.array([600_000] * 2)], 0.5)
    assert [(each.value, each.must, each.met) for each in figures] == [
        (0.1, None, None),
        (0.6, 0.5, "no"),
        (0.6, None, None),
        (2.0, None, None),
    ]
    assert [each.value for each in freshness_figures("f", [], 0.5)] == [None, None, None]


def test_what_was_seen_what_was_told_and_what_sql_had_are_told_apart(tmp_path: Path, database: Database) -> None:
    """LIVE-60: a player is told later than it is so."""
    episode = make_episode([0, 1_000_100, 2_000_100])
    episode.episode_id = "e"
    safe = np.array([(2_600_000, 2, 0), (4_000_000, 2, 2)], SAFE_ROW)
    episode.safe = safe.tobytes()
    safety, rows = SafetyWatch(tmp_path), RowsWatch(database)
    safety.here["e"], safety.store["e"] = [(2_300_000, 2)], [(3_500_000, ALL_STEPS)]
    rows.words["e"] = [(1_500_000, 1)]
    crowd = CrowdReport([[episode]], 0, 0, 10**7, 0.0)
    told = {each.name: each for each in all_freshness_figures(crowd, Seen(0, 10**7), safety, rows)}
    assert told["from the step to `durable_here`, max"].value == pytest.approx(1.3)
    assert told["from the step to the player's word of `durable_here`, max"].value == pytest.approx(1.6)
    assert told["from the step to `durable_store`, max"].value == pytest.approx(2.5)
    assert told["from the step to the player's word of `durable_store`, max"].value == pytest.approx(3.0)
    assert told["from the step to SQL, max"].value == pytest.approx(0.5)
    lost = told["steps that did not become all of this"]
    assert (lost.value, lost.met) == (1, "no"), "step 2 is not in SQL"


def test_the_file_that_tells_sessions_is_followed_until_its_journal_is_gone(tmp_path: Path) -> None:
    """LIVE-60, REC-37."""
    watch, folder = SafetyWatch(tmp_path / "journal"), tmp_path / "journal" / "one"
    watch.sample()
    folder.mkdir(parents=True)
    watch.sample()
    assert not watch.here, "its session has made no file yet"
    (folder / SAFE_FILE).write_bytes(bytes(16))
    watch.sample()
    assert publish(folder, 7, HERE)
    watch.sample()
    watch.sample()
    assert publish(folder, 5, STORE)
    watch.sample()
    (folder / SAFE_FILE).unlink()
    folder.rmdir()
    watch.sample()
    watch.sample()
    watch.close()
    assert [n_steps for _, n_steps in watch.here["one"]] == [0, 7, ALL_STEPS]
    assert [n_steps for _, n_steps in watch.store["one"]] == [0, 5, ALL_STEPS]
    times_us = [at_us for at_us, _ in watch.here["one"]]
    assert times_us == sorted(times_us)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'index.sqlite'}"
    upgrade_schema(url)
    database = Database(url)
    yield database
    database.dispose()


def test_episodes_are_followed_until_they_are_sealed(database: Database) -> None:
    """REC-37."""
    watch = RowsWatch(database)
    other, key = add_episodes(database, 2)
    watch.sample()
    for n_steps in (60, 60, 120):
        with database.write() as work:
            set_progress(work, {key: (n_steps, 1)}, datetime.now(UTC))
        watch.sample()
    with database.write() as work:
        work.run(update(Episode).where(col(Episode.key) == key).values(sealed=True))
    watch.sample()
    watch.sample()
    words = sorted([n_steps for _, n_steps in words] for words in watch.words.values())
    assert words == [[0], [0, 60, 120, ALL_STEPS]], f"only episode {key} of {other} and {key} was played and sealed"
    assert watch.n_failures == 0


def test_a_database_that_does_not_answer_is_counted(tmp_path: Path) -> None:
    watch = RowsWatch(Database(f"sqlite:///{tmp_path / 'none' / 'index.sqlite'}"))
    watch.sample()
    assert watch.n_failures == 1


def test_cpu_is_told_as_a_share_of_all_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: {0, 1})
    (figure,) = cpu_figures(Seen(0, 10_000_000, {"PostgreSQL": 5.0}))
    assert figure.value == pytest.approx(25.0)
