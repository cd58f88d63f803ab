"""Which pieces come: all seven in a random order, then all seven again; pure, but for the numbers it is given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice

from skill_arcade.games.tetris.pieces import KINDS

N_SHOWN = 5


class Bag:
    """The pieces to come."""

    def __init__(self, draw: Callable[[], int]) -> None:
        """Fill it.

        Args:
            draw: a new random number of 64 bits at each call; one is drawn for seven pieces.
        """
        self._draw = draw
        self._coming: deque[int] = deque()
        self._fill()

    def take(self) -> int:
        """The kind of the next piece, which is no longer to come."""
        kind = self._coming.popleft()
        self._fill()
        return kind

    def shown(self) -> tuple[int, ...]:
        """The kinds of the next five pieces."""
        return tuple(islice(self._coming, N_SHOWN))

    def _fill(self) -> None:
        while len(self._coming) < N_SHOWN:
            self._coming.extend(order_kinds(self._draw()))


def order_kinds(number: int) -> list[int]:
    """The seven kinds in one of their 5040 orders, all of which come up as `number` counts up."""
    rest, order = list(KINDS), []
    while rest:
        number, index = divmod(number, len(rest))
        order.append(rest.pop(index))
    return order
