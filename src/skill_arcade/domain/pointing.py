"""Where a player points on the picture, and what has happened since (LIVE-34)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Place: TypeAlias = tuple[float, float]
"""x and y as fractions of the picture, from its left and from its top edge."""

MOST_KEYS_SINCE = 256
"""No keyboard has more. A client may call keys what it likes, and as many: they are not all remembered."""


@dataclass(frozen=True, slots=True)
class Pointing:
    """Where the mouse was last, and which keys have gone down since it came there.

    Attributes:
        place: where it is.
        keys_since: the codes of those keys.
    """

    place: Place
    keys_since: frozenset[str] = frozenset()


def follow_pointing(
    pointing: Pointing | None, kind: str, code: str | None, x: float | None, y: float | None
) -> Pointing | None:
    """What it is after one more input of a client; the arguments are the input's own (LIVE-31).

    Returns:
        None as long as no input has told a place.
    """
    if x is not None and y is not None:
        return Pointing((x, y))
    if pointing is None or kind != "down" or code is None or len(pointing.keys_since) >= MOST_KEYS_SINCE:
        return pointing
    return Pointing(pointing.place, pointing.keys_since | {code})
