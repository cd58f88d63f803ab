"""All Atari games opened and played, each in a process of its own, and held against the measured table."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from skill_arcade.domain.picture import PictureFormat
from skill_arcade.games.environments.tv_palettes import TV_PALETTES

SCRIPT = Path(__file__).parents[2] / "scripts" / "make_atari_games.py"
BLACK, WHITE, GREY = 0, 14, 8
PICTURE = PictureFormat(160, 210, "indexed8", TV_PALETTES["NTSC"])


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_atari_games", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(SCRIPT.parent)])}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, check=False, text=True, timeout=900, env=environ
    )


@pytest.mark.slow
def test_every_game_can_be_played_and_is_what_the_table_says() -> None:
    run = run_python(str(SCRIPT), "--check")
    assert run.stdout == "104 games are as they should be\n", run.stdout + run.stderr
    assert (run.returncode, run.stderr) == (0, "")


CHANGED = """
import json, os, signal
from dataclasses import replace
import make_atari_games as made

table = made.read_measured()
table["pong"] = replace(table["pong"], width=161, noop_starts=7)
table["kaboom"] = replace(table["kaboom"], flashing=False)
made.read_measured = lambda: table

def make_wider(game, written, make=made.make_definition):
    return make(replace(game, width=161) if game.rom == "freeway" else game, written)

made.make_definition = make_wider

def work(rom, ale_name):
    if rom == "tennis":
        os.kill(os.getpid(), signal.SIGKILL)
    if rom == "skiing":
        raise ValueError("no snow")
    return made.check(rom, ale_name)

print(json.dumps(dict(made.run_each(work, ["pong", "tennis", "kaboom", "skiing", "freeway", "boxing"], 2))))
"""


def test_what_the_table_says_wrongly_is_told_and_a_game_that_dies_takes_nothing_with_it() -> None:
    run = run_python("-c", CHANGED)
    assert json.loads(run.stdout) == {
        "pong": {"width": "160", "noop_starts": "30"},
        "tennis": {"process": "ended with wait status 9"},
        "kaboom": {"flashing": "True"},
        "skiing": {"process": "ValueError: no snow"},
        "freeway": {
            "process": "GameFileError: Freeway.v0:1: picture: the environment's picture is 160 wide and 210 high"
        },
        "boxing": {},
    }


def flashes(*, colours: tuple[int, int], period: int, height: int, n_changes: int) -> bool:
    """Whether a picture flashes whose upper `height` lines change their colour every `period` frames."""
    finder = load_script().FlashFinder(PICTURE)
    picture = np.full(PICTURE.shape, BLACK, dtype=np.uint8)
    found = False
    for step in range(period * (n_changes + 1)):
        picture[:height] = colours[(step // period) % 2]
        found |= finder.see(picture)
    return found


@pytest.mark.parametrize(
    ("colours", "period", "height", "n_changes", "is_flashing"),
    [
        ((BLACK, WHITE), 6, 210, 12, True),
        ((BLACK, WHITE), 6, 210, 6, False),  # three flashes
        ((BLACK, WHITE), 6, 210, 7, True),
        ((BLACK, WHITE), 12, 210, 60, False),  # five changes in a second
        ((BLACK, GREY), 6, 210, 12, True),
        ((BLACK, 2), 6, 210, 12, False),  # too dark to differ much
        ((BLACK, WHITE), 6, 12, 12, False),  # a narrow strip
        ((BLACK, WHITE), 6, 24, 12, True),  # a third of a window
    ],
)
def test_flashing_is_more_than_three_flashes_in_a_second_over_a_quarter_of_a_window(
    colours: tuple[int, int], period: int, height: int, n_changes: int, is_flashing: bool
) -> None:
    assert flashes(colours=colours, period=period, height=height, n_changes=n_changes) is is_flashing
