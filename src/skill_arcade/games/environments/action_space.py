"""What can be done in one step: a number out of a few, or a list of numbers; checked on its way into an environment."""

from __future__ import annotations

import math
from random import Random
from typing import Protocol

import numpy as np
import numpy.typing as npt

from skill_arcade.domain.action import Action
from skill_arcade.domain.errors import EnvironmentFailed

MOST_RANGES_TOLD = 8
"""How many elements a sentence lists before it says "and so on"."""

_EXACT = 2.0**53
"""Recordings hold an element as a double; beyond this it could be another whole number than the one that was played."""


class ActionSpace(Protocol):
    """The actions of one environment."""

    @property
    def n(self) -> int | None:
        """How many there are, where an action is one of so many; None where it is a list."""

    @property
    def size(self) -> int:
        """The number of elements of an action; 1 where it is a number."""

    def accepts(self, action: object) -> bool:
        """Whether there is such an action."""

    def settle(self, action: object) -> Action:
        """The action as it is played and recorded: each element is what the environment's own type holds of it.

        Raises:
            EnvironmentFailed: there is no such action.
        """

    def to_environment(self, action: object) -> int | npt.NDArray[np.generic]:
        """What the environment's `step` is given.

        Raises:
            EnvironmentFailed: there is no such action.
        """

    def sample(self, random: Random) -> Action:
        """Any action; where an element has no bounds, one near 0."""

    def describe(self) -> str:
        """The end of a sentence that begins with the environment: "takes a number from 0 to 3"."""


class DiscreteActions:
    """One of so many. The action is its index, from 0, whatever number the environment begins with (LIVE-38)."""

    size = 1

    def __init__(self, env_id: str, n: int, start: int = 0) -> None:
        """Remember the numbers.

        Args:
            env_id: for errors.
            n: how many actions there are.
            start: the environment's own number of action 0.
        """
        self.n = n
        self._env_id = env_id
        self._start = start

    def accepts(self, action: object) -> bool:
        """Whether it is an index."""
        return isinstance(action, int) and not isinstance(action, bool) and 0 <= action < self.n

    def settle(self, action: object) -> int:
        """The index."""
        if type(action) is int and 0 <= action < self.n:
            return action
        raise _no_such(self, self._env_id, action)

    def to_environment(self, action: object) -> int:
        """The environment's own number."""
        return self._start + self.settle(action)

    def sample(self, random: Random) -> int:
        """Any index."""
        return random.randrange(self.n)

    def describe(self) -> str:
        """Its range."""
        return f"takes a number from 0 to {self.n - 1}"


class VectorActions:
    """A list of numbers, each within its range: the elements of an array in C order, as the environment has them."""

    n = None

    def __init__(self, env_id: str, low: npt.NDArray[np.generic], high: npt.NDArray[np.generic]) -> None:
        """Remember the ranges.

        Args:
            env_id: for errors.
            low: the least value of each element, in the shape and type of the environment's actions; may be infinite.
            high: the largest, likewise.
        """
        self._env_id = env_id
        self._shape, self._dtype = low.shape, low.dtype
        self._is_whole = not np.issubdtype(low.dtype, np.floating)
        limit = _EXACT if self._is_whole else math.inf
        self._low = np.maximum(low.astype(np.float64).ravel(), -limit)
        self._high = np.minimum(high.astype(np.float64).ravel(), limit)
        self.size = self._low.size

    @property
    def is_whole(self) -> bool:
        """Whether every element is a whole number."""
        return self._is_whole

    def accepts(self, action: object) -> bool:
        """Whether it is a list of the right length with every element in its range."""
        return self._parse(action) is not None

    def settle(self, action: object) -> tuple[float, ...]:
        """The elements, rounded to the environment's type (a float32, say) and told as doubles."""
        elements = self._parse(action)
        if elements is None:
            raise _no_such(self, self._env_id, action)
        return tuple(elements.tolist())

    def to_environment(self, action: object) -> npt.NDArray[np.generic]:
        """An array of the environment's type and shape."""
        return np.array(self.settle(action), self._dtype).reshape(self._shape)

    def sample(self, random: Random) -> tuple[float, ...]:
        """Any elements within the ranges."""
        return self.settle([self._sample(random, low, high) for low, high in self._ranges()])

    def describe(self) -> str:
        """Its length and ranges."""
        told = [f"{low:g} to {high:g}" for low, high in self._ranges()[:MOST_RANGES_TOLD]]
        if self.size > MOST_RANGES_TOLD:
            told.append("and so on")
        kind = "whole number" if self._is_whole else "number"
        plural = "" if self.size == 1 else "s"
        return f"takes a list of {self.size} {kind}{plural} ({', '.join(told)})"

    def _ranges(self) -> list[tuple[float, float]]:
        return list(zip(self._low.tolist(), self._high.tolist(), strict=True))

    def _parse(self, action: object) -> npt.NDArray[np.float64] | None:
        if not isinstance(action, tuple | list) or len(action) != self.size or not all(map(_is_number, action)):
            return None
        try:
            elements = np.array(action, np.float64)
        except OverflowError:
            return None
        if not self._is_whole:
            # Rounded before it is compared: the bounds are of the environment's type, and 0.7 is more than its float32.
            with np.errstate(over="ignore"):
                elements = elements.astype(self._dtype).astype(np.float64)
        elif not np.array_equal(elements, np.trunc(elements)):
            return None
        fits = np.isfinite(elements) & (self._low <= elements) & (elements <= self._high)
        return elements if fits.all() else None

    def _sample(self, random: Random, low: float, high: float) -> float:
        if self._is_whole:
            return random.randint(int(low), int(high))
        if math.isfinite(high - low):
            return random.uniform(low, high)
        return min(max(random.gauss(0, 1), low), high)


def _is_number(element: object) -> bool:
    return isinstance(element, int | float) and not isinstance(element, bool)


def _no_such(space: ActionSpace, env_id: str, action: object) -> EnvironmentFailed:
    return EnvironmentFailed(f"{env_id} {space.describe()}; {action!r} is none.")
