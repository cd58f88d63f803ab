"""The points of the guideline, without T-spins; pure."""

from __future__ import annotations

POINTS_OF_ROWS = (0, 100, 300, 500, 800)
POINTS_OF_COMBO = 50
SOFT_DROP_POINTS, HARD_DROP_POINTS = 1, 2
"""For each row."""

_TETRIS = 4


class Scoring:
    """What of earlier pieces still counts."""

    def __init__(self) -> None:
        self._combo = -1
        self._is_back_to_back = False

    def lock(self, n_rows: int, level: int) -> int:
        """The points for a locked piece.

        Args:
            n_rows: how many rows it cleared, 0 to 4.
            level: before they were counted.
        """
        if n_rows == 0:
            self._combo = -1
            return 0
        self._combo += 1
        points = POINTS_OF_ROWS[n_rows]
        if n_rows == _TETRIS and self._is_back_to_back:
            points = points * 3 // 2
        self._is_back_to_back = n_rows == _TETRIS
        return (points + POINTS_OF_COMBO * self._combo) * level
