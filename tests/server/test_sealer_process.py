from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.database.migrated import make_database
from tests.dataset.playing import WALK, record_play
from tests.waiting import await_true

from skill_arcade.archive.layout import Table
from skill_arcade.database.episodes import fetch_episode, fetch_keys
from skill_arcade.database.steps import count_steps
from skill_arcade.dataset import open_dataset
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.server import sealer_process
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.sealer_process import run_sealer
from skill_arcade.server.settings import Settings
from skill_arcade.server.status_board import StatusBoard

KILLS = int(os.environ.get("ARCADE_SEALER_KILLS", "6"))
SEED = int(os.environ.get("ARCADE_SEALER_SEED", str(random.SystemRandom().randrange(2**31))))
N_PROCESSES = 3
N_EPISODES = 40
"""So many that all three have work: the third one from 32 on."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    monkeypatch.setattr(tempfile, "tempdir", None)  # put back after the test: it belongs to the whole process
    folder = DataFolder(tmp_path)
    folder.prepare()
    return folder


def test_what_a_killed_sealer_left_behind_goes_when_the_next_one_starts(folder: DataFolder) -> None:
    """And what others left that there are no more; not what those have that there are."""
    for name in ("0/skill-arcade-seal-of-before", "1/skill-arcade-seal-of-another", "2/of-one-too-many", "of-old"):
        left = folder.scratch / name
        left.mkdir(parents=True)
        (left / "steps.parquet").write_bytes(b"half")
    stop = threading.Event()
    stop.set()

    run_sealer(Settings(data=folder.root, pipeline_workers=2), stop)

    there = sorted(path.relative_to(folder.scratch).as_posix() for path in folder.scratch.rglob("*"))
    assert there == ["0", "1", "1/skill-arcade-seal-of-another", "1/skill-arcade-seal-of-another/steps.parquet"]
    assert tempfile.gettempdir() == str(folder.scratch / "0")


def test_a_replay_that_does_not_end_is_given_up_when_the_sealer_stops_and_nothing_is_said_of_it(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """REC-37: the episode is sealed after the next start."""
    monkeypatch.setattr(sealer_process, "_FAREWELL_S", 0.1)
    hanging = EnvironmentSpec.of_game(WALK.env_id, {"hangs_at": 3}).to_json()
    journal = record_play(folder.journals, uuid4(), provenance={"environment": hanging})
    stop = threading.Event()
    sealer = threading.Thread(target=run_sealer, args=(Settings(data=folder.root), stop))
    sealer.start()
    await_true(lambda: any(folder.archive.rglob("frames/**/*.parquet")))  # put last: what comes next is the replay

    stop.set()
    sealer.join(60)

    assert not sealer.is_alive()
    assert journal.exists()
    assert not any(folder.archive.rglob("episodes/**/*.parquet"))


def test_a_sealer_says_how_it_stands(folder: DataFolder, tmp_path: Path) -> None:
    sockets = tmp_path / "sockets"
    sockets.mkdir()
    journal = record_play(folder.journals, uuid4())
    stop = threading.Event()
    sealer = threading.Thread(target=run_sealer, args=(Settings(data=folder.root), stop, 0, sockets))
    sealer.start()
    board = StatusBoard(sockets)
    await_true(lambda: board.read().get("sealer-1", {}).get("n_sealed") == 1)
    stop.set()
    sealer.join(60)
    assert not journal.exists()
    assert board.read()["sealer-1"]["n_waiting"] == 0


class Sealers:
    """As many sealers as a large machine has, each a process of its own."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self._processes = [self._start_one(number) for number in range(N_PROCESSES)]

    def _start_one(self, number: int) -> subprocess.Popen[bytes]:
        variables = {
            "SKILL_ARCADE_DATA": str(self._folder.root),
            "SKILL_ARCADE_PIPELINE_WORKERS": str(N_PROCESSES),
            "PYTHONPATH": os.pathsep.join(part for part in sys.path if part),
        }
        program = f"from skill_arcade.server.sealer_process import main; main({number})"
        with (self._folder.root / f"sealer-{number}.log").open("ab") as log:
            return subprocess.Popen([sys.executable, "-P", "-c", program], env={**os.environ, **variables}, stderr=log)

    def kill_and_replace(self, dice: random.Random) -> None:
        """Kill one of them or all at once."""
        numbers = dice.choice([[0], [1], [2], [0, 1, 2]])
        for number in numbers:
            self._processes[number].kill()
        for number in numbers:
            self._processes[number].wait()
            self._processes[number] = self._start_one(number)

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    def read_log(self) -> str:
        return "".join(path.read_text() for path in sorted(self._folder.root.glob("sealer-*.log")))


def count_sealed(folder: DataFolder) -> int:
    return len(list(folder.archive.rglob("episodes/**/*.parquet")))


@pytest.mark.slow
def test_sealers_that_are_killed_at_any_moment_lose_nothing_and_double_nothing(folder: DataFolder) -> None:
    """REC-35, REC-37: longer with ARCADE_SEALER_KILLS=…, and the same kills once more with ARCADE_SEALER_SEED=…."""
    print(f"ARCADE_SEALER_SEED={SEED} ARCADE_SEALER_KILLS={KILLS}")
    dice = random.Random(SEED)
    database = make_database(folder.root)
    n_steps: dict[UUID, int] = {}

    def record(n_episodes: int) -> None:
        for _ in range(n_episodes):
            episode_id, n = uuid4(), dice.randrange(1, 40)
            record_play(folder.journals, episode_id, actions=[dice.choice([0, 1]) for _ in range(n)])
            n_steps[episode_id] = n

    record(N_EPISODES)
    sealers = Sealers(folder)
    sealers.start()
    try:
        for _ in range(KILLS):
            if dice.random() < 0.8:  # else the next blow falls while they are still getting up
                before = count_sealed(folder)
                await_true(lambda before=before: count_sealed(folder) > before, tell=sealers.read_log)  # type: ignore[misc]
            time.sleep(dice.uniform(0.0, 0.3))  # the moment of the kill; nothing is waited for
            sealers.kill_and_replace(dice)
            record(5)
        await_true(lambda: not any(folder.journals.iterdir()), patience_s=240, tell=sealers.read_log)
    finally:
        sealers.end()

    episodes = {episode.id: episode for episode in open_dataset(folder.root).episodes()}
    assert {each: episode.n_steps for each, episode in episodes.items()} == n_steps
    with database.read() as session:
        keys = fetch_keys(session, n_steps)
        for episode_id, n in n_steps.items():
            steps = episodes[episode_id].steps(["step"])["step"].to_pylist()
            assert steps == list(range(n)), "a step is missing or doubled"
            assert len(list(episodes[episode_id].frames())) == n + 1
            row = fetch_episode(session, episode_id)
            assert row is not None
            assert (row.sealed, row.verification, row.n_steps) == (True, "verified", n)
            assert count_steps(session, keys[episode_id]) == n
    database.dispose()
    assert len(list(folder.archive.rglob("*.parquet"))) == len(Table) * len(n_steps)
    print("episodes sealed:", len(n_steps), "steps checked:", sum(n_steps.values()))
