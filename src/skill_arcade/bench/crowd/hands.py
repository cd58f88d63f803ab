"""What hands do on a keyboard: keys held for 4 to 25 frames, as people's are, now and then two at a time. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

FRAME_S = 1 / 60
HELD_FRAMES = (4, 25)
FREE_FRAMES = (1, 15)
BOTH_SHARE = 0.25
"""How often another key is tapped while one is held."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A key goes down or up.

    Attributes:
        kind: which of both.
        code: of the key.
        held: all keys that are down then, oldest first (LIVE-32).
        wait_s: until the next stroke.
    """

    kind: Literal["down", "up"]
    code: str
    held: tuple[str, ...]
    wait_s: float


def play_keys(keys: Sequence[str], dice: Random) -> Iterator[Stroke]:
    """Strokes without end on these keys."""
    while True:
        key, other = dice.choice(keys), dice.choice(keys)
        yield Stroke("down", key, (key,), _wait_s(dice, HELD_FRAMES))
        if other != key and dice.random() < BOTH_SHARE:
            yield Stroke("down", other, (key, other), _wait_s(dice, HELD_FRAMES))
            yield Stroke("up", other, (key,), 0.0)
        yield Stroke("up", key, (), _wait_s(dice, FREE_FRAMES))


def _wait_s(dice: Random, bounds: tuple[int, int]) -> float:
    # Hands know nothing of ticks: somewhere within a frame.
    return (dice.randint(*bounds) + dice.random()) * FRAME_S
