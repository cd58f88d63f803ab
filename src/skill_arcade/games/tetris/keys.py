"""The actions: which keys are down in a frame; pure."""

from __future__ import annotations

from enum import Enum
from itertools import product
from typing import NamedTuple


class Across(Enum):
    """The keys that shift a piece."""

    NONE, LEFT, RIGHT = "", "LEFT", "RIGHT"


class Down(Enum):
    """The keys that let a piece fall: faster (soft drop), or to the ground at once (hard drop)."""

    NONE, DOWN, DROP = "", "DOWN", "DROP"


class Turn(Enum):
    """The keys that turn a piece, clockwise or counter-clockwise, and the one that lays it aside."""

    NONE, CW, CCW, HOLD = "", "CW", "CCW", "HOLD"


class Keys(NamedTuple):
    """The keys that are down, one of each group at most."""

    across: Across = Across.NONE
    down: Down = Down.NONE
    turn: Turn = Turn.NONE

    @property
    def name(self) -> str:
        """Their words, joined: LEFTDOWNCW; NOOP where none is down."""
        return f"{self.across.value}{self.down.value}{self.turn.value}" or "NOOP"


ACTIONS = tuple(Keys(*keys) for keys in product(Across, Down, Turn))
"""The keys of each action, by its number; number 0 is none."""
