"""A session is forked from a process that holds its game: no threads, and it goes on bit by bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

PLAY = """
import json, os, sys, threading
from random import Random
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.games.environments.opening import open_simulation

spec = EnvironmentSpec.of_game(sys.argv[1], {})

def play(simulation):
    random, hashes = Random(4), [simulation.state_hash()]
    for step in range(500):
        if simulation.step(simulation.action_space.sample(random)).ended:
            simulation.reset(seed=step, noop_starts=0)
        hashes.append(simulation.state_hash())
    return hashes

def opened():
    simulation = open_simulation(spec)
    simulation.reset(seed=9, noop_starts=0)
    return simulation

warm = opened()
warm.picture()
receiving, sending = os.pipe()
n_threads = len(os.listdir("/proc/self/task")), threading.active_count()
if os.fork() == 0:
    hashes = play(warm)
    n_threads_in_child = len(os.listdir("/proc/self/task"))
    with os.fdopen(sending, "w") as pipe:
        json.dump([hashes, n_threads_in_child], pipe)
    os._exit(0)
os.close(sending)
with os.fdopen(receiving) as pipe:
    in_child, n_threads_in_child = json.load(pipe)
os.wait()
print(json.dumps([n_threads, n_threads_in_child, in_child == play(opened()), len(set(in_child))]))
"""


# Restoring a saved state of Tetris leads elsewhere; a fork of it does not.
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts threads in /proc")
@pytest.mark.parametrize(
    "env_id", ["ALE/Breakout-v5", "ALE/Tetris-v5", "CartPole-v1", "SkillArcade/Hanoi-v0", "SkillArcade/Tetris-v0"]
)
def test_a_forked_game_goes_on_as_a_fresh_one_does_and_has_one_thread(env_id: str) -> None:
    environ = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-c", PLAY, env_id],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
        env=environ,
    )
    n_threads, n_threads_in_child, is_equal, n_states = json.loads(run.stdout)
    assert n_threads == [1, 1]
    assert n_threads_in_child == 1
    assert is_equal
    assert n_states > 20
    assert run.stderr == "", "a game has nothing to say on its own"
