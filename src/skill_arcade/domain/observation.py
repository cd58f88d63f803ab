"""What an environment's observation is, where it is not the picture itself."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from skill_arcade.domain.canonical_json import JsonValue

JSON = "json"
"""The dtype of a part that is no array."""

_LENGTH_BYTES = 4

Array: TypeAlias = npt.NDArray[np.generic]

Observation: TypeAlias = "Array | dict[str, Array | JsonValue]"
"""One observation as a reader gets it: an array, or its parts by their names."""

HeldObservation: TypeAlias = Array | bytes
"""One observation as a simulation holds it: an array, or the bytes of its parts (REC-22)."""


@dataclass(frozen=True, slots=True)
class ObservationPart:
    """One leaf of an observation that is no single array.

    Attributes:
        name: the way to it through the space (REC-22); no other part of the observation has it.
        dtype: numpy's name of the elements, or "json".
        shape: numpy shape of the array; None where it is JSON.
    """

    name: str
    dtype: str
    shape: tuple[int, ...] | None

    @property
    def n_bytes(self) -> int | None:
        """How many bytes every such array has; None where it is JSON, and each text has its own length."""
        return None if self.shape is None else _count_bytes(self.dtype, self.shape)

    def parse(self, data: bytes) -> Array | JsonValue:
        """The part from its bytes, of a JSON part without the length.

        Raises:
            ValueError: these are not the bytes of such a part.
        """
        if self.shape is not None:
            return _parse_array(data, self.dtype, self.shape)
        value: JsonValue = json.loads(data)
        return value


@dataclass(frozen=True, slots=True)
class ObservationKind:
    """How the bytes of every observation of an episode are to be read.

    Attributes:
        is_picture: the observation is the picture; then there are no observation bytes.
        dtype: numpy's name of the elements, such as "float32", where the observation is one array; else None.
        shape: numpy shape of one observation, where it is one array; else None.
        parts: what it is made of, in the order of the bytes; None where it is one array, or the picture.
    """

    is_picture: bool
    dtype: str | None = None
    shape: tuple[int, ...] | None = None
    parts: tuple[ObservationPart, ...] | None = None

    @property
    def n_bytes(self) -> int:
        """How many bytes an observation has at least: those of its arrays."""
        if self.dtype is not None and self.shape is not None:
            return _count_bytes(self.dtype, self.shape)
        return sum(part.n_bytes or 0 for part in self.parts or ())

    def parse(self, data: bytes) -> Observation:
        """One observation from its bytes (REC-22); arrays are read-only.

        Raises:
            ValueError: these are not the bytes of such an observation.
        """
        if self.parts is not None:
            return {part.name: part.parse(own) for part, own in self.split(data)}
        if self.dtype is None or self.shape is None:
            raise ValueError("the observation is the picture and has no bytes of its own")
        return _parse_array(data, self.dtype, self.shape)

    def split(self, data: bytes) -> Iterator[tuple[ObservationPart, bytes]]:
        """Each part with its own bytes, of a JSON part without the length.

        Raises (while iterating):
            ValueError: there are too few bytes, or too many.
        """
        at = 0
        for part in self.parts or ():
            size = part.n_bytes
            if size is None:
                size = int.from_bytes(data[at : at + _LENGTH_BYTES], "little")
                at += _LENGTH_BYTES
            if at + size > len(data):
                raise ValueError(f"its {len(data)} bytes end within part {part.name!r}")
            yield part, data[at : at + size]
            at += size
        if at != len(data):
            raise ValueError(f"{len(data) - at} bytes are left over after its last part")

    def join(self, own: Iterable[bytes]) -> bytes:
        """The bytes of an observation from those of its parts, as `split` gives them."""
        pairs = zip(self.parts or (), own, strict=True)
        return b"".join(encode_text(data) if part.shape is None else data for part, data in pairs)


def encode_text(utf8: bytes) -> bytes:
    """A JSON part among the bytes of an observation: its length, then the text."""
    return len(utf8).to_bytes(_LENGTH_BYTES, "little") + utf8


def encode_array(values: Array) -> bytes:
    """The elements in C order, little-endian."""
    return values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()


def encode_held(observation: HeldObservation) -> bytes:
    """The bytes of an observation (REC-22)."""
    return observation if isinstance(observation, bytes) else encode_array(observation)


def _parse_array(data: bytes, dtype: str, shape: tuple[int, ...]) -> Array:
    little_endian = np.dtype(dtype).newbyteorder("<")
    return np.frombuffer(data, little_endian).reshape(shape).astype(dtype, copy=False)


def _count_bytes(dtype: str, shape: tuple[int, ...]) -> int:
    return np.dtype(dtype).itemsize * math.prod(shape)
