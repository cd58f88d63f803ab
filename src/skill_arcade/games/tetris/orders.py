"""What the keys order in a frame: a key that acts once does so when it goes down, a held arrow repeats; pure."""

from __future__ import annotations

from typing import NamedTuple

from skill_arcade.games.tetris.keys import Across, Down, Keys, Turn

_COLUMNS = {Across.NONE: 0, Across.LEFT: -1, Across.RIGHT: 1}
_TURNS = {Turn.NONE: 0, Turn.HOLD: 0, Turn.CW: 1, Turn.CCW: -1}


class Orders(NamedTuple):
    """What is to happen in one frame.

    Attributes:
        shift: columns to the right: -1, 0 or 1.
        turn: 1 clockwise, -1 counter-clockwise, 0 not at all.
        hold: lay the piece aside.
        hard_drop: let it fall to the ground and lock it.
        soft_drop: let it fall faster.
    """

    shift: int
    turn: int
    hold: bool
    hard_drop: bool
    soft_drop: bool


class OrderReader:
    """Reads the keys of one frame after another.

    A held arrow shifts in the frame in which it goes down, again `das_frames` later (delayed auto-shift), and then
    every `arr_frames` (auto-repeat rate), from one piece to the next.
    """

    def __init__(self, das_frames: int, arr_frames: int) -> None:
        self._das_frames, self._arr_frames = das_frames, arr_frames
        self._before = Keys()
        self._held_frames = 0

    def read(self, keys: Keys) -> Orders:
        """The orders of the next frame."""
        before, self._before = self._before, keys
        is_new_turn = keys.turn is not before.turn
        self._held_frames = self._held_frames + 1 if keys.across is before.across else 0
        return Orders(
            shift=_COLUMNS[keys.across] if self._shifts() else 0,
            turn=_TURNS[keys.turn] if is_new_turn else 0,
            hold=keys.turn is Turn.HOLD and is_new_turn,
            hard_drop=keys.down is Down.DROP and before.down is not Down.DROP,
            soft_drop=keys.down is Down.DOWN,
        )

    def _shifts(self) -> bool:
        repeated_frames = self._held_frames - self._das_frames
        return self._held_frames == 0 or (repeated_frames >= 0 and repeated_frames % self._arr_frames == 0)
