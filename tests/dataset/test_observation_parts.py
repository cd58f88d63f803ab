"""Observations of several parts: recorded, sealed, read by anybody, verified."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.dataset as ds
import pytest
from tests.dataset.environments import errand_of
from tests.dataset.playing import ERRAND, record_play
from tests.recorder.recordings import EPISODE, CountingJournal, parts_of

from skill_arcade.archive.local import LocalStore
from skill_arcade.dataset import (
    Episode,
    is_sealed_as_written,
    open_dataset,
    open_journal_episode,
    verify_episode,
    verify_journal,
)
from skill_arcade.dataset.verification import VerificationResult
from skill_arcade.domain.episode import EndReason, Verification
from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.recorder.closing import close_orphan
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.recorder.seal import seal_episode

ACTIONS = [1] * 9
N_FRAMES = len(ACTIONS) + 1

# What a reader must know to read the column without this project: the rule of names in REC-22.
NAMES = {
    "body.facing": ("body", "facing"),
    "body.place": ("body", "place"),
    "body.sight": ("body", "sight"),
    "body.near~1by": ("body", "near.by"),
    "mission": ("mission",),
    "seen": ("seen",),
}


def part_of(step: int, way: tuple[str, ...]) -> Any:
    """A part of the observation as the environment gave it."""
    value: Any = errand_of(step)
    for key in way:
        value = value[key]
    return value


def is_same(found: object, given: object) -> bool:
    """Bit for bit."""
    array = np.asarray(given)
    assert isinstance(found, np.ndarray)
    return (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A data folder with one sealed errand."""
    folder = record_play(tmp_path / "journal", EPISODE, ERRAND, ACTIONS, {"game_id": "Errand.v0"})
    seal_episode(folder, LocalStore(tmp_path))
    return tmp_path


def test_pyarrow_alone_reads_every_part(sealed: Path) -> None:
    """REC-36, REC-46: with the shapes that table `episodes` tells."""
    archive = sealed / "archive"
    told = ds.dataset(archive / "episodes", partitioning="hive").to_table().to_pylist()[0]["observation"]
    parts = {part["name"]: part for part in json.loads(told)["parts"]}
    assert list(parts) == ["body.facing", "body.near~1by", "body.place", "body.sight", "mission", "seen"]
    rows = ds.dataset(archive / "frames", partitioning="hive").to_table().sort_by("step").to_pylist()
    assert [row["step"] for row in rows] == list(range(N_FRAMES))
    for row in rows:
        for name, way in NAMES.items():
            found, given, dtype = row["observation"][name], part_of(row["step"], way), parts[name]["dtype"]
            if dtype != "json":
                assert is_same(np.array(found, dtype).reshape(parts[name]["shape"]), given)
        assert row["observation"]["mission"] == json.dumps(part_of(row["step"], ("mission",)), ensure_ascii=False)
        seen = [[float(each[0]), "NaN"] for each in part_of(row["step"], ("seen",))]
        assert json.loads(row["observation"]["seen"]) == seen


def test_duckdb_reads_parts_by_name(sealed: Path) -> None:
    """REC-36, REC-46."""
    rows = duckdb.connect().execute(f"""
        SELECT step, observation['body.place'][1], observation['body.near~1by'][1], observation.mission ->> '$'
        FROM '{sealed}/archive/frames/**/*.parquet' ORDER BY step
    """)
    for step, x, near_by, mission in rows.fetchall():
        assert np.float32(x) == part_of(step, ("body", "place"))[0]
        assert np.float16(near_by) == part_of(step, ("body", "near.by"))
        assert mission == part_of(step, ("mission",))


@pytest.mark.parametrize("table", ["steps", "frames"])
def test_games_with_other_observations_are_read_together(sealed: Path, table: str) -> None:
    """REC-36: any columns but `observation`, which is of another type in every game."""
    for game_id, has_observation in (("A.v0", False), ("Z.v0", True)):
        folder = sealed / "other" / game_id
        CountingJournal.begin(folder, has_observation=has_observation).play(2).end()
        target = sealed / "archive" / table / f"game_id={game_id}" / "date=2026-01-31"
        target.mkdir(parents=True)
        store = LocalStore(sealed / "other" / f"{game_id}-store")
        keys = seal_episode(folder, store).keys
        (source,) = [store.local_path(key) for key in keys if f"/{table}/" in key]
        (target / source.name).write_bytes(source.read_bytes())
    columns = ["episode_id", "step", "game_id"]
    found = ds.dataset(sealed / "archive" / table, partitioning="hive").to_table(columns=columns)
    counted = duckdb.connect().execute(
        f"SELECT count(step), count(DISTINCT game_id) FROM '{sealed}/archive/{table}/**/*.parquet'"
    )
    assert counted.fetchall() == [(found.num_rows, 3)]


@pytest.mark.parametrize("is_sealed", [False, True])
def test_an_observation_is_a_dict_of_its_parts(tmp_path: Path, *, is_sealed: bool) -> None:
    """REC-22, REC-60: the same from the journal and from the sealed files."""
    folder = record_play(tmp_path / "journal", EPISODE, ERRAND, ACTIONS)
    if is_sealed:
        seal_episode(folder, LocalStore(tmp_path))
    episode = open_dataset(tmp_path).episode(EPISODE)
    assert episode.is_sealed == is_sealed
    observations = dict(episode.observations())
    assert list(observations) == list(range(N_FRAMES))
    for step, observation in observations.items():
        assert isinstance(observation, dict)
        for name, way in NAMES.items():
            if name.startswith("body"):
                assert is_same(observation[name], part_of(step, way))
        assert observation["mission"] == part_of(step, ("mission",))
        assert observation["seen"] == [[float(each[0]), "NaN"] for each in part_of(step, ("seen",))]


def test_parts_are_verified_from_the_journal_and_from_the_sealed_files(sealed: Path) -> None:
    """REC-37, REC-50: bytes are compared, so a NaN is equal to itself."""
    expected = VerificationResult(Verification.VERIFIED, None, None, len(ACTIONS), N_FRAMES)
    folder = sealed / "journal" / str(EPISODE)
    assert verify_journal(folder) == expected
    assert verify_episode(open_dataset(sealed).episode(EPISODE)) == expected
    assert is_sealed_as_written(read_episode_journal(folder), LocalStore(sealed))


@pytest.mark.parametrize("changed", ["place", "mission"])
def test_another_part_is_a_mismatch_where_it_shows(tmp_path: Path, changed: str) -> None:
    """REC-50."""
    environment = EnvironmentSpec.of_game(ERRAND.env_id, {"changed": changed}).to_json()
    result = verify_journal(record_play(tmp_path, EPISODE, ERRAND, ACTIONS, {"environment": environment}))
    assert (result.verification, result.first_bad_step) == (Verification.MISMATCH, 2)
    assert result.detail is not None
    assert "observation 3 differs" in result.detail


def test_a_closed_orphan_repeats_the_bytes_of_the_newest_observation(tmp_path: Path) -> None:
    """REC-17, REC-30."""
    record_play(tmp_path, EPISODE, ERRAND, ACTIONS, ends=False)
    folder = tmp_path / str(EPISODE)
    before = dict(open_journal(folder).observation_bytes)
    closed = close_orphan(folder, EndReason.ABANDONED, None)
    assert len(closed.adopted) == 2
    assert dict(closed.observation_bytes) == before
    assert verify_journal(folder).verification is Verification.VERIFIED


def open_journal(folder: Path) -> Any:
    source: Any = open_journal_episode(folder).source
    return source.journal


@pytest.mark.parametrize("is_sealed", [False, True])
def test_names_and_numbers_are_those_of_the_provenance(tmp_path: Path, *, is_sealed: bool) -> None:
    """REC-22, REC-41: a name that is not ASCII, a shape of two sizes, an object as JSON."""
    folder = tmp_path / "journal" / str(EPISODE)
    CountingJournal.begin(folder, has_observation=True, has_parts=True).play(3).end()
    if is_sealed:
        seal_episode(folder, LocalStore(tmp_path))
    episode: Episode = open_dataset(tmp_path).episode(EPISODE)
    for step, observation in episode.observations():
        assert isinstance(observation, dict)
        expected = parts_of(step)
        assert list(observation) == list(expected)
        assert observation["wörd"] == expected["wörd"]
        assert is_same(observation["count"], expected["count"])
        assert is_same(observation["grid.0"], expected["grid.0"])


@pytest.mark.parametrize(
    "parts",
    [[{"name": "count", "dtype": "int32", "shape": []}], [{"name": "count", "dtype": "no type", "shape": [1]}], 7],
)
def test_observations_that_are_not_of_their_kind_are_a_damaged_journal(tmp_path: Path, parts: Any) -> None:
    """REC-22."""
    kind = {"observation": {"is_picture": False, "dtype": None, "shape": None, "parts": parts}}
    folder = record_play(tmp_path, EPISODE, ERRAND, ACTIONS, kind)
    with pytest.raises(JournalCorrupt, match="observation"):
        list(open_journal(folder).observations)
