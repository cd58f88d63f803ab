"""Measures the Atari games of ale-py, and writes what it finds to src/skill_arcade/games/atari_measured.csv.

    .venv/bin/python scripts/make_atari_games.py              writes the table; some minutes
    .venv/bin/python scripts/make_atari_games.py --check      says what in the table is not so; half a minute
    .venv/bin/python scripts/make_atari_games.py pong tennis  these ROMs only

Each game is played through its keys: one to three of them, or none, are held for a while, then others. `--check` holds
each, as the table makes it, against its environment, and plays it for ten seconds of its time; those that are said to
flash, until they do. Every game has a process of its own, and one that dies is told and takes nothing with it.

Flashing, as a reading of the general flash in WCAG 2.3.1:

- The picture is looked at in windows of a third of its width and height, which overlap by half. A picture that fills
  a screen is three visual fields of ten degrees wide.
- A pixel rises when its relative luminance is 0.1 or more above the lowest since it last fell, and that lowest is below
  0.8; it falls the other way round.
- A window rises, or falls, when a quarter of its pixels do in the same frame.
- The game flashes if a window changes its direction more than six times (three flashes are six changes) within a
  second, in two minutes of its time.

What comes later in a game nobody has looked at: that it is not said to flash is no promise.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from skill_arcade.games.environments.warm import ENVIRONMENT

if __name__ == "__main__":
    os.environ.update(ENVIRONMENT)  # before NumPy is there: a process that forks has one thread

import gymnasium
import numpy as np
import numpy.typing as npt
from ale_py import Action as ALEAction
from ale_py import ALEInterface

from skill_arcade.domain.action import Action
from skill_arcade.domain.picture import Picture, PictureFormat
from skill_arcade.games.atari_games import (
    MEASURED,
    TICK_HZ,
    MeasuredGame,
    make_definition,
    read_measured,
    read_written,
)
from skill_arcade.games.controls.chords import ChordControls
from skill_arcade.games.environments.atari import AtariSimulation
from skill_arcade.games.environments.making import make_environment
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.games.examining.checking import check_fit
from skill_arcade.games.file.definition import GameDefinition

MOST_NOOPS = 30
FLASH_STEPS = 7200
CHECK_STEPS = 600
HELD_STEPS = (4, 30)
MOST_KEYS = 3

SAMPLES = 72
"""The picture is looked at in so many of its lines, and in so many pixels of each."""

BLOCKS = 6
"""It is cut into 6 by 6 blocks; a window is 2 by 2 of them."""

LUMINANCE_STEP = 0.1
BRIGHT = 0.8
WINDOW_SHARE = 0.25
MOST_CHANGES = 6


def find_ale_names() -> dict[str, str]:
    """The name in the id that ALE registers, by ROM."""
    ids = (name for name in gymnasium.registry if name.startswith("ALE/"))
    return {str(gymnasium.spec(name).kwargs["game"]): name.removeprefix("ALE/").removesuffix("-v5") for name in ids}


def measure(rom: str, ale_name: str) -> MeasuredGame:
    """All that is measured but the flashing, which is False."""
    env: Any = make_environment(EnvironmentSpec.of_game(f"ALE/{ale_name}-v5", {})).unwrapped
    ale: ALEInterface = env.ale
    mode, difficulty = ale.getAvailableModes()[0], ale.getAvailableDifficulties()[0]
    ale.setMode(mode)
    ale.setDifficulty(difficulty)
    ale.reset_game()
    lives = ale.lives()
    noop_starts = 0
    while noop_starts < MOST_NOOPS and ale.act(ALEAction.NOOP) == 0 and not ale.game_over():
        noop_starts += 1
    height, width = ale.getScreenDims()
    actions = tuple(action.name for action in ale.getMinimalActionSet())
    return MeasuredGame(rom, ale_name, width, height, mode, difficulty, lives, noop_starts, False, actions)  # noqa: FBT003


def find_flash(definition: GameDefinition, simulation: AtariSimulation, n_steps: int) -> bool:
    """Whether the game flashes in so many steps, played through its keys."""
    random = Random(0)
    codes = [control.keys[0] for control in definition.controls]
    controls = ChordControls(definition, simulation.action_meanings)
    finder = FlashFinder(simulation.picture_format)
    simulation.reset(seed=0, noop_starts=0)
    action: Action | None = None
    held: Sequence[str] = ()
    left = 0
    for step in range(n_steps):
        if left == 0:
            held = random.sample(codes, random.randint(0, min(MOST_KEYS, len(codes))))
            left = random.randint(*HELD_STEPS)
        left -= 1
        action = controls.realtime_action(held, (), None, action, step)
        ended = simulation.step(action).ended
        if finder.see(simulation.picture()):
            return True
        if ended:
            simulation.reset(seed=0, noop_starts=0)
            finder.forget()
    return False


class FlashFinder:
    """Finds flashing in the pictures of a game, by the rule at the top of this file."""

    def __init__(self, picture_format: PictureFormat) -> None:
        assert picture_format.palette is not None
        colours = np.frombuffer(picture_format.palette, dtype=np.uint8).reshape(256, 3) / 255
        linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
        self._luminance = (linear @ np.array([0.2126, 0.7152, 0.0722])).astype(np.float32)
        height, width = picture_format.shape
        steps = np.arange(SAMPLES)
        self._samples = (steps[:, np.newaxis] * height // SAMPLES, steps * width // SAMPLES)
        self.forget()

    def forget(self) -> None:
        """Begin anew: an episode's first picture is no change of the last one's."""
        self._step = 0
        self._direction = np.zeros((SAMPLES, SAMPLES), dtype=np.int8)
        self._window_direction: dict[int, int] = {}
        self._changes: dict[int, deque[int]] = {}

    def see(self, picture: Picture) -> bool:
        """Look at the next picture; whether it flashes now."""
        seen = self._luminance[picture[self._samples]]
        if self._step == 0:
            self._lowest = self._highest = seen
        rises = (seen - self._lowest >= LUMINANCE_STEP) & (self._lowest < BRIGHT) & (self._direction != 1)
        falls = (self._highest - seen >= LUMINANCE_STEP) & (seen < BRIGHT) & (self._direction != -1)
        self._direction[rises] = 1
        self._direction[falls] = -1
        self._lowest = np.where(rises, seen, np.minimum(self._lowest, seen))
        self._highest = np.where(falls, seen, np.maximum(self._highest, seen))
        self._step += 1
        return any([self._note(1, rises), self._note(-1, falls)])

    def _note(self, direction: int, pixels: npt.NDArray[np.bool_]) -> bool:
        side = SAMPLES // BLOCKS
        blocks = pixels.reshape(BLOCKS, side, BLOCKS, side).sum(axis=(1, 3))
        windows = blocks[:-1, :-1] + blocks[1:, :-1] + blocks[:-1, 1:] + blocks[1:, 1:]
        is_found = False
        for window in np.flatnonzero(windows >= WINDOW_SHARE * 4 * side**2).tolist():
            if self._window_direction.get(window) == direction:
                continue
            self._window_direction[window] = direction
            changes = self._changes.setdefault(window, deque(maxlen=MOST_CHANGES + 1))
            changes.append(self._step)
            is_found |= len(changes) > MOST_CHANGES and changes[-1] - changes[0] < TICK_HZ
        return is_found


def measure_whole(rom: str, ale_name: str) -> dict[str, str]:
    """The row of a game."""
    game = measure(rom, ale_name)
    definition = make_definition(game, read_written()[rom])
    with closing(AtariSimulation(definition.environment_spec())) as simulation:
        flashes = find_flash(definition, simulation, FLASH_STEPS)
    return replace(game, flashing=flashes).to_row()


def check(rom: str, ale_name: str) -> dict[str, str]:
    """What is not as the table says: what to what is the case; empty if all is.

    Raises:
        GameFileError: the game does not fit its environment.
    """
    told = read_measured()[rom]
    game = replace(measure(rom, ale_name), flashing=told.flashing)
    definition = make_definition(game, read_written()[rom])
    with closing(AtariSimulation(definition.environment_spec())) as simulation:
        check_fit(definition, simulation)
        flashes = find_flash(definition, simulation, FLASH_STEPS if told.flashing else CHECK_STEPS)
    found = replace(game, flashing=flashes).to_row()
    return {name: value for name, value in found.items() if value != told.to_row()[name]}


def run_each(
    work: Callable[[str, str], dict[str, str]], roms: Sequence[str], n_processes: int
) -> Iterator[tuple[str, dict[str, str]]]:
    """Do the work for each ROM in a process of its own; what it gave, or {"process": what became of it}."""
    ale_names = find_ale_names()
    running: dict[int, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for rom in roms:
            if len(running) == n_processes:
                yield _reap(running, Path(folder))
            pid = os.fork()
            if pid == 0:
                _work_and_exit(work, rom, ale_names[rom], Path(folder, rom))
            running[pid] = rom
        while running:
            yield _reap(running, Path(folder))


def _work_and_exit(work: Callable[[str, str], dict[str, str]], rom: str, ale_name: str, file: Path) -> None:
    try:
        result = work(rom, ale_name)
    except Exception as error:  # noqa: BLE001  # whatever a game does is told under its name
        result = {"process": f"{type(error).__name__}: {error}"}
    file.write_text(json.dumps(result))
    os._exit(0)


def _reap(running: dict[int, str], folder: Path) -> tuple[str, dict[str, str]]:
    pid, status = os.wait()
    rom = running.pop(pid)
    if status != 0:
        return rom, {"process": f"ended with wait status {status}"}
    return rom, json.loads((folder / rom).read_text())


def write_table(rows: Sequence[dict[str, str]], path: Path = MEASURED) -> None:
    """Write the table, sorted by ROM."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: row["rom"]))


def main(arguments: Sequence[str]) -> int:
    """Write or check the table; the exit status is 1 when it is not as it must be."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("rom", nargs="*")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    chosen = parser.parse_args(arguments)
    roms = chosen.rom or sorted(find_ale_names())
    results = dict(run_each(check if chosen.check else measure_whole, roms, chosen.processes))
    problems = [
        f"{rom}: {name} is {value}"
        for rom, result in results.items()
        for name, value in result.items()
        if chosen.check or name == "process"
    ]
    if chosen.check and not chosen.rom:
        problems += [f"{rom}: ale-py has no such ROM" for rom in read_measured() if rom not in roms]
    if chosen.check and problems:
        problems.append("If that is right, run scripts/make_atari_games.py, which writes the table anew.")
    print("\n".join(problems) or f"{len(results)} games are as they should be")
    if not chosen.check and not problems:
        kept = {rom: game.to_row() for rom, game in read_measured().items()} if chosen.rom else {}
        write_table(list({**kept, **results}.values()))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
