"""A picture of a game: the moment of some play at random at which there is most to see. Writes no file."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from random import Random

import numpy as np

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.domain.picture import Picture
from skill_arcade.domain.png import encode_png
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.file.definition import GameDefinition

PLAY_S = 10.0
"""So much of the game's own time is played; hardly any game shows nothing but a title for so long."""

MOST_STEPS = 900
LONGEST_US = 10e6
"""A slow game is played for less: so many microseconds of work are enough."""

FIRST_MOVES = 6
"""A game of turns is clearest at its start, or a few moves in where there is much more to see."""

_LOOK_EVERY_S = 0.4
_HOLD_S = 0.2
"""Nobody presses another key at every step; whoever does gets nowhere."""

_MUCH_MORE = 1.25
_GRID = 5
"""The background is looked for at every fifth pixel of every fifth row."""


def paint(game: GameDefinition, simulation: Simulation, step_us: float) -> bytes:
    """A PNG of the game.

    Args:
        game: which, with its options chosen.
        simulation: its environment, in the middle of an episode.
        step_us: microseconds that a step takes, its picture included.

    Raises:
        EnvironmentFailed: the environment showed nothing before it failed.
    """
    picture = _choose_move(simulation) if game.tick_hz is None else _choose_moment(simulation, game.tick_hz, step_us)
    return encode_png(simulation.picture_format.to_rgb(picture))


def _choose_move(simulation: Simulation) -> Picture:
    """The start of a game of turns, or a position soon after it."""
    best, most = None, 0
    for picture in _move(simulation):
        much = _measure(picture)
        if best is None or much > _MUCH_MORE * most:
            best, most = picture.copy(), much
    assert best is not None
    return best


def _move(simulation: Simulation) -> Iterator[Picture]:
    random = Random(0)
    simulation.reset(seed=0, noop_starts=0)
    yield simulation.picture()
    for _ in range(FIRST_MOVES):
        if simulation.step(simulation.action_space.sample(random)).ended:
            return
        yield simulation.picture()


def _choose_moment(simulation: Simulation, tick_hz: float, step_us: float) -> Picture:
    """The moment with most to see, of those with the background that is mostly there: neither a flash nor a title."""
    n_steps = min(int(PLAY_S * tick_hz), MOST_STEPS, int(LONGEST_US / step_us))
    seen: Counter[bytes] = Counter()
    best: dict[bytes, tuple[int, Picture]] = {}
    try:
        for picture in _play(simulation, tick_hz, n_steps):
            background, much = _find_background(picture), _measure(picture)
            seen[background] += 1
            if background not in best or much > best[background][0]:
                best[background] = (much, picture.copy())
    except EnvironmentFailed:
        if not best:
            raise
    return best[seen.most_common(1)[0][0]][1]


def _play(simulation: Simulation, tick_hz: float, n_steps: int) -> Iterator[Picture]:
    """Some moments of play, two pictures each: many old games draw half of what there is in every other picture."""
    random = Random(0)
    look_every, hold = max(2, round(_LOOK_EVERY_S * tick_hz)), max(1, round(_HOLD_S * tick_hz))
    action = simulation.action_space.sample(random)
    yield simulation.picture()
    for step in range(n_steps):
        if step % hold == 0:
            action = simulation.action_space.sample(random)
        if simulation.step(action).ended:
            simulation.reset(seed=step, noop_starts=0)
        if step % look_every in {0, 1}:
            yield simulation.picture()


def _find_background(picture: Picture) -> bytes:
    """The colour that most of the picture has."""
    some = np.ascontiguousarray(picture[::_GRID, ::_GRID])
    pixels = some.reshape(some.shape[0] * some.shape[1], -1)
    return Counter(map(bytes, pixels)).most_common(1)[0][0]


def _measure(picture: Picture) -> int:
    """How much there is to see: how little of it can be told by telling the rest."""
    return len(zlib.compress(picture.tobytes(), 1))
