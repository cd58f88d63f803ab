"""How fast a piece falls, in whole numbers only, so that it is the same on every machine; pure."""

from __future__ import annotations

from fractions import Fraction

FRAMES_PER_SECOND = 60
SOFT_DROP_FACTOR = 20
FASTEST_LEVEL = 20
"""The guideline's curve is not defined without end; from this level on a piece falls 36 rows in a frame."""


def rows_per_frame(level: int) -> Fraction:
    """How many rows a piece falls in a frame: a row takes (0.8 - (level - 1) * 0.007) ** (level - 1) seconds."""
    steps = min(level, FASTEST_LEVEL) - 1
    return 1 / (FRAMES_PER_SECOND * Fraction(800 - 7 * steps, 1000) ** steps)


_RATES = tuple(rows_per_frame(level).as_integer_ratio() for level in range(1, FASTEST_LEVEL + 1))


class Gravity:
    """The fall of one piece: what it has fallen of its next row."""

    def __init__(self, level: int) -> None:
        self._numerator, self._denominator = _RATES[min(level, FASTEST_LEVEL) - 1]
        self._part = 0

    def advance(self, is_soft_drop: bool) -> int:
        """One frame: how many rows the piece falls in it, if nothing is in its way. A soft drop is 20 times as fast."""
        self._part += self._numerator * (SOFT_DROP_FACTOR if is_soft_drop else 1)
        rows, self._part = divmod(self._part, self._denominator)
        return rows

    def rest(self) -> None:
        """The piece lies on something: when it comes free, its next row begins anew."""
        self._part = 0
