"""Spaces of every kind that Gymnasium has, nested at random, and the way back from what was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from hypothesis import strategies as st

from skill_arcade.domain.observation import Array

Space = gymnasium.Space[Any]

FLOATS = ("float16", "float32", "float64")
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")

_shapes = st.lists(st.integers(0, 3), max_size=3).map(tuple)


def _make_box(dtype: str, shape: tuple[int, ...]) -> Space:
    if dtype in FLOATS:
        return spaces.Box(-np.inf, np.inf, shape, np.dtype(dtype).type)
    if dtype == "bool":
        return spaces.Box(0, 1, shape, np.bool_)
    limits = np.iinfo(dtype)
    return spaces.Box(limits.min, limits.max, shape, np.dtype(dtype).type)


boxes = st.builds(_make_box, st.sampled_from([*FLOATS, "bool", *INTEGERS]), _shapes)
discretes = st.builds(spaces.Discrete, st.integers(1, 9), start=st.integers(-5, 5))
arrays: st.SearchStrategy[Space] = st.one_of(
    boxes,
    discretes,
    st.builds(spaces.MultiBinary, st.one_of(st.integers(1, 4), st.lists(st.integers(1, 3), min_size=1, max_size=2))),
    st.builds(spaces.MultiDiscrete, st.lists(st.integers(1, 7), min_size=1, max_size=3)),
)
texts = st.builds(spaces.Text, st.integers(1, 9), charset=st.sampled_from(["abc", 'é"\\\n', "日本😀"]))
_float_boxes = st.builds(_make_box, st.sampled_from(FLOATS), st.just((2,)))
graphs = st.builds(
    spaces.Graph, _float_boxes, st.one_of(st.none(), _float_boxes, st.builds(spaces.Discrete, st.just(3)))
)


def _inside(inner: st.SearchStrategy[Space]) -> st.SearchStrategy[Space]:
    return st.one_of(
        st.builds(spaces.Sequence, inner),
        st.builds(spaces.Sequence, _float_boxes, stack=st.booleans()),
        st.builds(spaces.OneOf, st.lists(inner, min_size=1, max_size=2)),
        st.builds(
            spaces.Dict, st.dictionaries(st.sampled_from(["a", "b", "a.b", "~", "", "é", "0"]), inner, max_size=3)
        ),
        st.builds(spaces.Tuple, st.lists(inner, max_size=3)),
    )


random_spaces: st.SearchStrategy[Space] = st.recursive(st.one_of(arrays, texts, graphs), _inside, max_leaves=6)


def is_branch(space: Space) -> bool:
    """Whether the observation of this space falls into those of its members."""
    return isinstance(space, spaces.Dict | spaces.Tuple) and len(space.spaces) > 0


def iterate_leaves(space: Space, value: Any) -> Iterator[tuple[Space, Any]]:
    """The leaves of a value in the order of its space, each with its own space."""
    if not is_branch(space):
        yield space, value
    elif isinstance(space, spaces.Dict):
        for key, member in space.spaces.items():
            yield from iterate_leaves(member, value[key])
    elif isinstance(space, spaces.Tuple):
        for member, own in zip(space.spaces, value, strict=True):
            yield from iterate_leaves(member, own)


def restore(space: Space, found: Any) -> Any:
    """The environment's own value from an array, or from what stood in JSON."""
    if isinstance(space, spaces.Sequence):
        return _restore_sequence(space, found)
    if isinstance(space, spaces.Graph):
        return _restore_graph(space, found)
    if isinstance(space, spaces.OneOf):
        return np.int64(found[0]), restore(space.spaces[found[0]], found[1])
    if isinstance(space, spaces.Dict):
        return {key: restore(member, found[key]) for key, member in space.spaces.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(restore(member, own) for member, own in zip(space.spaces, found, strict=True))
    return found if isinstance(space, spaces.Text) else _as_array(found, space.dtype).reshape(space.shape or ())


def same(a: Any, b: Any) -> bool:
    """Whether two values are the same, arrays bit for bit and in type and shape."""
    if isinstance(a, np.ndarray | np.generic):
        as_array = np.asarray(b)
        return (a.dtype, a.shape) == (as_array.dtype, as_array.shape) and a.tobytes() == as_array.tobytes()
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(same(*each) for each in zip(a, b, strict=True))
    return bool(a == b)


def _restore_sequence(space: spaces.Sequence, found: Any) -> Any:
    if space.stack:
        feature = space.feature_space
        return _as_array(found, feature.dtype).reshape(-1, *(feature.shape or ()))
    return tuple(restore(space.feature_space, own) for own in found)


def _restore_graph(space: spaces.Graph, found: dict[str, Any]) -> spaces.GraphInstance:
    def of(member: Space | None, rows: Any) -> Array | None:
        if rows is None or member is None:
            return None
        return _as_array(rows, member.dtype).reshape(-1, *(member.shape or ()))

    links = found["edge_links"]
    return spaces.GraphInstance(
        nodes=of(space.node_space, found["nodes"]),  # type: ignore[arg-type]  # there are nodes
        edges=of(space.edge_space, found["edges"]),
        edge_links=None if links is None else np.array(links, np.int32).reshape(-1, 2),
    )


def _as_array(found: Any, dtype: Any) -> Array:
    return np.array(found, dtype)
