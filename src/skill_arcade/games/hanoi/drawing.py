"""Draws a Tower of Hanoi as a palette picture: warm discs on a dark ground, the poles' numbers beneath."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skill_arcade.domain.picture import Picture
from skill_arcade.games.drawing.lettering import draw_text
from skill_arcade.games.hanoi.rules import State

MIN_WIDTH, MIN_HEIGHT = 320, 180
GROUND_HEIGHT = 36  # the board, and the numbers below it
HEADROOM = 26
POLE_WIDTH = 6
BOARD_HEIGHT = 4
MIN_DISC_HEIGHT, MAX_DISC_HEIGHT = 3, 24
NUMBER_SCALE = 3

BACKGROUND, WOOD, NUMBER, GOAL, FIRST_DISC = 0, 1, 2, 3, 8
N_DISC_COLOURS = 64
_FIXED_COLOURS = {BACKGROUND: (19, 18, 24), WOOD: (78, 70, 68), NUMBER: (176, 165, 152), GOAL: (255, 190, 92)}
_DISC_COLOURS = (
    (255, 224, 138),
    (247, 148, 72),
    (196, 62, 62),
)  # the smallest, one in the middle, the largest


def compute_palette() -> bytes:
    """768 bytes of RGB: a few fixed colours, then 64 for discs, from the smallest disc to the largest."""
    palette = np.zeros((256, 3), dtype=np.uint8)
    for index, colour in _FIXED_COLOURS.items():
        palette[index] = colour
    stops = np.linspace(0, N_DISC_COLOURS - 1, len(_DISC_COLOURS))
    for channel in range(3):
        ramp = np.interp(np.arange(N_DISC_COLOURS), stops, [colour[channel] for colour in _DISC_COLOURS])
        palette[FIRST_DISC : FIRST_DISC + N_DISC_COLOURS, channel] = ramp.round()
    return palette.tobytes()


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are, in pixels.

    Attributes:
        discs: how many.
        poles: how many.
        width: of the picture; it grows with discs and poles, so that every disc stays wider than the next.
        height: of the picture.
        disc_height: of one disc, the gap of one row above it included.
    """

    discs: int
    poles: int
    width: int
    height: int
    disc_height: int

    @staticmethod
    def fit(discs: int, poles: int) -> Layout:
        """The layout for so many discs and poles."""
        width = max(MIN_WIDTH, poles * (2 * discs + 28))
        height = max(MIN_HEIGHT, HEADROOM + GROUND_HEIGHT + MIN_DISC_HEIGHT * discs)
        disc_height = min(MAX_DISC_HEIGHT, (height - HEADROOM - GROUND_HEIGHT) // discs)
        return Layout(discs, poles, width, height, disc_height)

    @property
    def board_y(self) -> int:
        """The first row of the board, on which the discs lie."""
        return self.height - GROUND_HEIGHT

    def pole_x(self, pole: int) -> int:
        """The column in the middle of a pole."""
        return (2 * pole + 1) * self.width // (2 * self.poles)

    def half_width(self, disc: int) -> int:
        """Half the width of a disc; each is at least two pixels wider than the one before."""
        wide = self.width // (2 * self.poles) - 6
        narrow = min(wide - self.discs, wide * 2 // 5)
        return wide if self.discs == 1 else narrow + (wide - narrow) * disc // (self.discs - 1)


class Drawing:
    """Draws the states of one game; the parts that never move are drawn once."""

    def __init__(self, discs: int, poles: int) -> None:
        self.layout = Layout.fit(discs, poles)
        self._empty = np.full((self.layout.height, self.layout.width), BACKGROUND, dtype=np.uint8)
        for pole in range(poles):
            self._draw_pole(pole, NUMBER if pole < poles - 1 else GOAL)

    def draw(self, state: State) -> Picture:
        """A new picture of a state: palette indices, uint8 (height, width)."""
        picture = self._empty.copy()
        heights = [self.layout.board_y] * self.layout.poles
        for disc in reversed(range(len(state))):
            pole = state[disc]
            self._draw_disc(picture, disc, self.layout.pole_x(pole), heights[pole])
            heights[pole] -= self.layout.disc_height
        return picture

    def _draw_pole(self, pole: int, number_colour: int) -> None:
        layout, x, y = self.layout, self.layout.pole_x(pole), self.layout.board_y
        self._empty[HEADROOM // 2 : y, x - POLE_WIDTH // 2 : x + POLE_WIDTH // 2] = WOOD
        reach = layout.half_width(layout.discs - 1) + 2
        self._empty[y : y + BOARD_HEIGHT, x - reach : x + reach] = GOAL if number_colour == GOAL else WOOD
        mask = draw_text(str(pole + 1), NUMBER_SCALE)
        top, left = y + BOARD_HEIGHT + 8, x - mask.shape[1] // 2
        self._empty[top : top + mask.shape[0], left : left + mask.shape[1]][mask] = number_colour

    def _draw_disc(self, picture: Picture, disc: int, x: int, bottom: int) -> None:
        top, half = bottom - self.layout.disc_height + 1, self.layout.half_width(disc)
        colour = FIRST_DISC + disc * (N_DISC_COLOURS - 1) // max(1, self.layout.discs - 1)
        picture[top:bottom, x - half : x + half] = colour
        if bottom - top >= 4:  # corners off, where there is room for it
            for y in (top, bottom - 1):
                picture[y, [x - half, x + half - 1]] = BACKGROUND
