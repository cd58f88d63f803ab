"""What an agent would be told: the observation of any space, as one array or as the bytes of its parts (REC-22)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.domain.observation import HeldObservation, ObservationKind, ObservationPart
from skill_arcade.games.environments.observation_leaves import ArrayLeaf, ArraySpace, JsonLeaf
from skill_arcade.games.environments.part_names import WHOLE, name_members


class ObservationReader:
    """Turns what an environment returns into what is recorded: nothing is rounded, flattened or left out.

    Attributes:
        kind: what every observation is.
    """

    def __init__(self, space: gymnasium.Space[Any], env_id: str, first: object = None) -> None:
        """Look at the space.

        Args:
            space: of the environment's observations.
            env_id: the environment, for errors.
            first: an observation of it. Where its floats are longer than the space says, the longer ones are recorded:
                many an environment says float32 and gives float64. None to believe the space.

        Raises:
            EnvironmentFailed: observations of this space cannot be recorded, or `first` does not fit it.
        """
        self._read: Callable[[object], HeldObservation]
        node = _make_node(space, env_id, "", first)
        if isinstance(node, ArrayLeaf):
            (part,) = node.parts
            self.kind = ObservationKind(is_picture=False, dtype=part.dtype, shape=part.shape)
            self._read = node.read
        else:
            self.kind = ObservationKind(is_picture=False, parts=node.parts)
            self._read = node.encode

    def read(self, observation: object) -> HeldObservation:
        """The observation as an array of `kind`, or as the bytes of its parts.

        Raises:
            EnvironmentFailed: it does not fit its space, or JSON cannot hold a part that is no array.
        """
        return self._read(observation)


class _Branch:
    """A Dict or a Tuple that has members."""

    parts: tuple[ObservationPart, ...]

    def __init__(self, space: spaces.Dict[Any] | spaces.Tuple[Any], env_id: str, path: str, first: object) -> None:
        self._gave = _begin_sentence(env_id, path)
        self._keys = tuple(space.spaces) if isinstance(space, spaces.Dict) else None
        self._key_set = frozenset(self._keys or ())
        members = tuple(space.spaces.values()) if isinstance(space, spaces.Dict) else space.spaces
        self._n_members = len(members)
        names = name_members(self._keys or range(self._n_members))
        paths = [f"{path}.{name}" if path else name for name in names]
        firsts = [None] * self._n_members if first is None else self._values_of(first)
        each = zip(members, paths, firsts, strict=True)
        self._nodes = [_make_node(member, env_id, own, value) for member, own, value in each]
        self.parts = tuple(part for node in self._nodes for part in node.parts)

    def encode(self, value: object) -> bytes:
        values = self._values_of(value)
        return b"".join([node.encode(own) for node, own in zip(self._nodes, values, strict=True)])

    def _values_of(self, value: object) -> Sequence[object]:
        """The members of a value, in the order of the space's."""
        if self._keys is None:
            members = list(value) if isinstance(value, np.ndarray) and value.ndim else value
            if isinstance(members, tuple | list) and len(members) == self._n_members:
                return members
            raise EnvironmentFailed(f"{self._gave} that is no tuple of {self._n_members} members.")
        if not isinstance(value, Mapping):
            raise EnvironmentFailed(f"{self._gave} that is no dict but of type {type(value).__name__}.")
        if value.keys() != self._key_set:
            raise EnvironmentFailed(f"{self._gave} with the members {_list(value)}, not {_list(self._keys)}.")
        return [value[key] for key in self._keys]


def _make_node(space: gymnasium.Space[Any], env_id: str, path: str, first: object) -> _Branch | ArrayLeaf | JsonLeaf:
    if isinstance(space, spaces.Dict | spaces.Tuple) and space.spaces:
        return _Branch(space, env_id, path, first)
    gave = _begin_sentence(env_id, path)
    if isinstance(space, ArraySpace):
        return ArrayLeaf(space, gave, path or WHOLE, first)
    return JsonLeaf(space, gave, path or WHOLE)


def _begin_sentence(env_id: str, path: str) -> str:
    return f"{env_id} gave an observation with a part {path!r}" if path else f"{env_id} gave an observation"


def _list(keys: Collection[object]) -> str:
    return ", ".join(map(repr, keys)) or "none"
