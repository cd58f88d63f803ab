"""The leaves of an observation space: arrays, kept bit for bit, and whatever else there is, kept as JSON (REC-22)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from skill_arcade.domain.canonical_json import encode_canonical
from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.domain.observation import JSON, Array, ObservationPart, encode_array, encode_text

ArraySpace = spaces.Box | spaces.Discrete | spaces.MultiDiscrete | spaces.MultiBinary
"""Spaces whose every value is one array of fixed type and shape."""

_NUMBERS = "biuf"
"""numpy's kinds of numbers that may become those of a space."""

_STORABLE = "?bhilqBHILQefd"
"""numpy's characters of the types that Parquet has columns for: bool, and numbers of up to 64 bits."""

_TYPES: Final[tuple[tuple[type, tuple[type, ...]], ...]] = (
    (spaces.Text, (str,)),
    (spaces.Sequence, (tuple, list, np.ndarray, Mapping)),
    (spaces.Graph, (spaces.GraphInstance,)),
    (spaces.OneOf, (tuple,)),
    (spaces.Dict, (Mapping,)),
    (spaces.Tuple, (tuple, list)),
)
"""What the values of Gymnasium's own spaces are. Those of a custom space may be anything."""


class ArrayLeaf:
    """An array of fixed type and shape.

    Attributes:
        parts: itself.
    """

    def __init__(self, space: ArraySpace, gave: str, name: str, first: object) -> None:
        """Look at the space.

        Args:
            space: of the array.
            gave: how a sentence begins that tells what is wrong with a value.
            name: of the part.
            first: a value of it, or None; see ObservationReader.

        Raises:
            EnvironmentFailed: its elements are of a type that recordings do not have, or `first` has no numbers.
        """
        self._gave = gave
        self._dtype: np.dtype[Any] = np.dtype(space.dtype)
        self._shape = tuple(space.shape or ())
        if first is not None:
            self._dtype = _longer_float(self._dtype, self._numbers_of(first).dtype)
        if self._dtype.char not in _STORABLE:
            raise EnvironmentFailed(f"{gave} of {self._dtype.name}, which no recording can hold.")
        self.parts = (ObservationPart(name, self._dtype.name, self._shape),)

    def read(self, value: object) -> Array:
        """The value as an array of the part's type and shape.

        Raises:
            EnvironmentFailed: it has another shape, or the part's type cannot hold it exactly.
        """
        if isinstance(value, np.ndarray) and value.dtype == self._dtype and value.shape == self._shape:
            return value
        return self._convert(value)

    def encode(self, value: object) -> bytes:
        """The bytes of the part; raises as `read` does."""
        return encode_array(self.read(value))

    def _convert(self, value: object) -> Array:
        given = self._numbers_of(value)
        if given.shape != self._shape:
            raise EnvironmentFailed(f"{self._gave} of shape {given.shape}, not {self._shape}.")
        with np.errstate(all="ignore"):
            array = given.astype(self._dtype)
            is_exact = np.array_equal(array.astype(given.dtype), given, equal_nan=True)
        if not is_exact:
            raise EnvironmentFailed(f"{self._gave} of {given.dtype} that {self._dtype} cannot hold exactly.")
        return array

    def _numbers_of(self, value: object) -> npt.NDArray[Any]:
        try:
            given = np.asarray(value)
        except ValueError:
            raise EnvironmentFailed(f"{self._gave} that is no array: its rows differ in length.") from None
        if given.dtype.kind not in _NUMBERS:
            raise EnvironmentFailed(f"{self._gave} that is no array of numbers: it is of type {type(value).__name__}.")
        return given


class JsonLeaf:
    """A value of any other space, as canonical JSON.

    Attributes:
        parts: itself.
    """

    def __init__(self, space: gymnasium.Space[Any], gave: str, name: str) -> None:
        self._gave = gave
        self._space = type(space).__name__
        self._types = next((types for kind, types in _TYPES if isinstance(space, kind)), (object,))
        self.parts = (ObservationPart(name, JSON, None),)

    def encode(self, value: object) -> bytes:
        """The bytes of the part.

        Raises:
            EnvironmentFailed: the value is not of its space's type, or JSON cannot hold it.
        """
        if not isinstance(value, self._types):
            kind = type(value).__name__
            raise EnvironmentFailed(f"{self._gave} that is no value of the space {self._space}: it is of type {kind}.")
        try:
            return encode_text(encode_canonical(value))
        except ValueError as error:
            raise EnvironmentFailed(
                f"{self._gave} of the space {self._space} that JSON cannot hold: {error}."
            ) from None


def _longer_float(said: np.dtype[Any], given: np.dtype[Any]) -> np.dtype[Any]:
    is_longer = said.kind == given.kind == "f" and given.itemsize > said.itemsize
    return np.dtype(given.name) if is_longer and given.char in _STORABLE else said
