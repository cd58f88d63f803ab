"""Games whose actions are lists, on a real server: keys, mouse, a program's lists, a death between, and the record."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.serving import Server, find_player_pids

from skill_arcade.client import ArcadeClient, ConnectionLost, LiveGame
from skill_arcade.dataset import open_dataset

INDEX_PATIENCE_S = 60.0
THIRD = float(np.float32(1 / 3))


async def some_steps(game: LiveGame, n: int = 5) -> None:
    end = game.step + n
    await game.wait_until(lambda: game.step >= end)


def epoch_of(game: LiveGame) -> int:
    return game.progress.welcome.epoch if game.progress.welcome is not None else 0


async def drive(server: Server) -> str:
    """Drive the car in every way there is, with a death of the session in the middle; the episode's id."""
    async with ArcadeClient(server.url) as arcade:
        await arcade.login_as_guest()
        async with arcade.play("MountainCarContinuous.v0", played_by="agent") as game:
            await game.start()
            await some_steps(game)
            await game.press("ArrowLeft")
            await some_steps(game)
            await game.release("ArrowLeft")
            await game.move(0.75, 0.5)
            await some_steps(game)
            (pid,) = find_player_pids(server, game.episode_id)
            server.kill([pid])
            await game.wait_until(lambda: epoch_of(game) == 2, 60)
            await game.wait_until(lambda: game.state == "running", 60)
            await some_steps(game)
            await game.act([1 / 3])
            await some_steps(game)
            await game.quit()
            return game.episode_id


def read_transitions(index: Path, episode_id: str, n_steps: int) -> list[tuple[int, str]]:
    """Step and action of every row of the view, once the index has them all."""
    deadline_s = time.monotonic() + INDEX_PATIENCE_S
    while True:
        with closing(sqlite3.connect(f"file:{index}?mode=ro", uri=True)) as database:
            rows = database.execute(
                "SELECT step, action FROM transition WHERE replace(episode_id, '-', '') = ? ORDER BY step",
                (episode_id.replace("-", ""),),
            ).fetchall()
        if len(rows) >= n_steps or time.monotonic() > deadline_s:
            return [(int(step), str(action)) for step, action in rows]
        time.sleep(0.2)


def test_a_game_of_lists_is_played_dies_goes_on_and_is_proved(server: Server) -> None:
    """LIVE-31, LIVE-34, REC-44, REC-50."""
    episode_id = asyncio.run(drive(server))
    server.await_sealed([episode_id])
    episode = open_dataset(server.data).episode(episode_id)
    assert episode.is_sealed
    steps, events = episode.steps(), episode.events()
    assert steps.schema.field("action").type == pa.list_(pa.float64())
    actions = [tuple(action) for action in steps.column("action").to_pylist()]
    changes = [actions[0], *(now for before, now in pairwise(actions) if before != now)]
    assert changes == [(0.0,), (-1.0,), (0.5,), (THIRD,)], "the mouse's place has survived the death"
    assert steps.column("epoch").to_pylist()[-1] == 2
    kinds = events.column("kind").to_pylist()
    assert kinds.count("move") == 1
    moved: Mapping[str, Any] = events.to_pylist()[kinds.index("move")]
    assert (moved["x"], moved["y"], moved["action"]) == (0.75, 0.5, None)
    assert events.to_pylist()[kinds.index("action")]["action"] == [1 / 3]

    verified = server.run_cli("verify", episode_id)
    assert verified.returncode == 0, verified.stdout + verified.stderr

    rows = read_transitions(server.data / "index.sqlite", episode_id, len(actions))
    assert [step for step, _ in rows] == list(range(len(actions)))
    assert [tuple(json.loads(action)) for _, action in rows] == actions


def test_a_program_that_sends_what_is_no_action_is_told_what_the_game_takes(server: Server) -> None:
    """LIVE-37."""

    async def send(action: int | list[float]) -> ConnectionLost:
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with arcade.play("MountainCarContinuous.v0") as game:
                await game.start()
                await game.act(action)
                with pytest.raises(ConnectionLost) as caught:
                    await game.wait_until(lambda: False, 20)
                return caught.value

    for action in (0, [1.5], [0.0, 0.0]):
        lost = asyncio.run(send(action))
        assert lost.code == 4422
        assert "takes a list of 1 number (-1 to 1)" in lost.reason


def test_a_program_may_act_with_numpys_numbers(server: Server) -> None:
    async def act(game_id: str, action: Any) -> str:
        async with ArcadeClient(server.url) as arcade:
            await arcade.login_as_guest()
            async with arcade.play(game_id, played_by="agent") as game:
                await game.start()
                await game.act(action)
                await some_steps(game)
                await game.quit()
                return game.episode_id

    by_list = asyncio.run(act("MountainCarContinuous.v0", np.array([0.5], np.float32)))
    by_number = asyncio.run(act("CartPole.v1", np.int64(1)))
    server.await_sealed([by_list, by_number])
    dataset = open_dataset(server.data)
    assert dataset.episode(by_list).steps().column("action").to_pylist()[-1] == [0.5]
    assert dataset.episode(by_number).steps().column("action").to_pylist()[-2:] == [1, 1]


def test_pages_are_told_what_the_mouse_does(server: Server) -> None:
    """LIVE-38."""

    async def ask() -> dict[str, Any]:
        async with ArcadeClient(server.url) as arcade:
            return {game["id"]: game for game in await arcade.games()}

    games = asyncio.run(ask())
    assert games["MountainCarContinuous.v0"]["pointer_axes"] == [{"axis": "x", "element": 0, "from": -1.0, "to": 1.0}]
    assert games["CartPole.v1"]["pointer_axes"] == []
    assert games["MountainCarContinuous.v0"]["controls"][0] == {
        "does": "LEFT",
        "keys": ["ArrowLeft", "KeyA"],
        "say": "Full throttle left",
    }
