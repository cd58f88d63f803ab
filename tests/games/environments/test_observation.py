from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import pyarrow as pa
import pytest
from gymnasium import spaces
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.games.environments.random_spaces import (
    FLOATS,
    INTEGERS,
    arrays,
    is_branch,
    iterate_leaves,
    random_spaces,
    restore,
    same,
)
from typing_extensions import override

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.domain.observation import ObservationKind, ObservationPart, encode_held
from skill_arcade.games.environments.observation import ObservationReader
from skill_arcade.recorder.observation_column import column_type, make_cell, read_cell
from skill_arcade.recorder.provenance import encode_observation_kind, parse_observation_kind

Space = gymnasium.Space[Any]


class MissionSpace(gymnasium.Space[str]):
    """A space of somebody's own, which is none of Gymnasium's, as Minigrid has one."""

    def __init__(self, colours: tuple[str, ...] = ("red", "grün")) -> None:
        self._colours = colours
        super().__init__(dtype=str)

    @override
    def sample(self, mask: object = None, probability: object = None) -> str:
        return f"go to the {self.np_random.choice(self._colours)} ball"

    @override
    def contains(self, x: object) -> bool:
        return isinstance(x, str)

    @property
    @override
    def is_np_flattenable(self) -> bool:
        return False


def box(dtype: str = "float32", shape: tuple[int, ...] = (2,)) -> Space:
    return spaces.Box(0, 100, shape, np.dtype(dtype).type)


def read_whole(space: Space, value: object) -> tuple[ObservationReader, bytes]:
    reader = ObservationReader(space, "Test-v0", value)
    return reader, encode_held(reader.read(value))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(random_spaces, st.integers(0, 2**31 - 1))
def test_whatever_a_space_holds_comes_back_as_it_was(space: Space, seed: int) -> None:
    """REC-22: arrays bit for bit; and the environment's own value is made again from JSON, bit for bit too."""
    space.seed(seed)
    value = space.sample()
    reader, data = read_whole(space, value)
    parsed = reader.kind.parse(data)
    found = list(parsed.values()) if isinstance(parsed, dict) else [parsed]
    leaves = list(iterate_leaves(space, value))
    assert len(found) == len(leaves)
    for (leaf, own), part in zip(leaves, found, strict=True):
        assert same(own, part if isinstance(part, np.ndarray) else restore(leaf, part))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(random_spaces, st.integers(0, 2**31 - 1))
def test_the_kind_and_the_column_keep_every_byte(space: Space, seed: int) -> None:
    """REC-16, REC-46: as JSON in the provenance, and as a cell of table `frames`."""
    space.seed(seed)
    reader, data = read_whole(space, space.sample())
    kind = reader.kind
    provenance = {"observation": json.loads(json.dumps(encode_observation_kind(kind)))}
    assert parse_observation_kind(provenance) == kind
    column = pa.array([make_cell(kind, data)], column_type(kind))
    assert read_cell(kind, column[0]) == data
    assert (kind.parts is None) == (not is_branch(space) and space.is_np_flattenable and space.shape is not None)


@given(arrays)
def test_a_single_array_has_no_parts(space: Space) -> None:
    """REC-22."""
    kind = ObservationReader(space, "Test-v0").kind
    assert space.dtype is not None
    assert kind == ObservationKind(is_picture=False, dtype=space.dtype.name, shape=space.shape)
    assert "parts" not in encode_observation_kind(kind)


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_float_that_is_no_number_keeps_its_bits(dtype: str) -> None:
    """REC-22, REC-46: a NaN with bits of its own, infinities and the negative zero."""
    bits = {
        "float16": [0x7E01, 0x7C00],
        "float32": [0x7FC00123, 0x7F800000],
        "float64": [0x7FF8 << 48 | 9, 0x7FF << 52],
    }
    odd = np.array(bits[dtype], f"uint{np.dtype(dtype).itemsize * 8}").view(dtype)
    value = {"a": np.append(odd, np.array([-0.0, -np.inf], dtype))}
    reader, data = read_whole(spaces.Dict(a=box(dtype, (4,))), value)
    assert data == value["a"].tobytes()
    column = pa.array([make_cell(reader.kind, data)], column_type(reader.kind))
    assert read_cell(reader.kind, column[0]) == data


def test_the_bytes_are_the_parts_one_after_another() -> None:
    """REC-22: worked out by hand."""
    space = spaces.Dict(
        {
            "b": spaces.Tuple([spaces.Discrete(3, start=-1), box("uint8", (2, 2))]),
            "a": spaces.Text(20, charset="é"),
            "c": spaces.Dict(deep=box("float16", ())),
            "none": spaces.Dict(),
        }
    )
    picture = np.array([[1, 2], [3, 4]], np.uint8)
    reader, data = read_whole(space, {"a": "é", "b": (-1, picture.T), "c": {"deep": np.float16(1)}, "none": {}})
    assert reader.kind.parts == (
        ObservationPart("a", "json", None),
        ObservationPart("b.0", "int64", ()),
        ObservationPart("b.1", "uint8", (2, 2)),
        ObservationPart("c.deep", "float16", ()),
        ObservationPart("none", "json", None),
    )
    text = '"é"'.encode()
    by_hand = struct.pack("<I", 4) + text + struct.pack("<q", -1) + bytes([1, 3, 2, 4]) + b"\x00\x3c"
    assert data == by_hand + struct.pack("<I", 2) + b"{}"


@pytest.mark.parametrize(
    ("space", "names"),
    [
        (spaces.Text(3), ["value"]),
        (spaces.Sequence(spaces.Discrete(2)), ["value"]),
        (spaces.Dict(), ["value"]),
        (spaces.Tuple([]), ["value"]),
        (MissionSpace(), ["value"]),
        (spaces.Tuple([spaces.Discrete(2), spaces.Tuple([spaces.Discrete(2)])]), ["0", "1.0"]),
        (spaces.Dict({"a.b": box(), "a": spaces.Dict(b=box())}), ["a.b", "a~1b"]),
        (spaces.Dict({"~": box(), "~0": box(), "~1": box(), ".": box()}), ["~1", "~0", "~00", "~01"]),
        (spaces.Dict({"": spaces.Dict({"": box()})}), ["~2.~2"]),
        (spaces.Dict([(1, box()), ("1", box()), ("1~~2", box())]), ["1", "1~~2", "1~0~02"]),  # type: ignore[list-item]
    ],
)
def test_every_part_has_a_name_of_its_own(space: Space, names: list[str]) -> None:
    """REC-22."""
    assert [part.name for part in ObservationReader(space, "Test-v0").kind.parts or ()] == names


def test_a_space_of_somebodys_own_is_kept_as_json() -> None:
    """REC-22."""
    space = spaces.Dict(image=box("uint8", (2, 2, 3)), direction=spaces.Discrete(4), mission=MissionSpace())
    value = {"image": np.ones((2, 2, 3), np.uint8), "direction": 3, "mission": "go to the grün ball"}
    reader, data = read_whole(space, value)
    found = reader.kind.parse(data)
    assert isinstance(found, dict)
    assert (found["direction"], found["mission"]) == (3, value["mission"])
    assert same(value["image"], found["image"])


INNER = spaces.Dict(x=spaces.Discrete(3), way=spaces.Tuple([box(), spaces.Text(5)]))
GOOD: Mapping[str, object] = {"x": 1, "way": (np.ones(2, np.float32), "abc")}


@pytest.mark.parametrize(
    ("space", "value", "told"),
    [
        (box(), np.zeros(3, np.float32), r"^Test-v0 gave an observation of shape \(3,\), not \(2,\)\.$"),
        (box(), [[1, 2], [3]], "its rows differ in length"),
        (box(), "ab", "no array of numbers: it is of type str"),
        (box(), None, "no array of numbers: it is of type NoneType"),
        (box(), np.array([1, 2j]), "no array of numbers: it is of type ndarray"),
        (box(), [0.5, 0.1], "of float64 that float32 cannot hold exactly"),
        (box("uint8"), [1, 256], "of int64 that uint8 cannot hold exactly"),
        (box("uint8"), [1.0, np.nan], "of float64 that uint8 cannot hold exactly"),
        (spaces.Discrete(3), 1.5, "of float64 that int64 cannot hold exactly"),
        (spaces.Discrete(3), 2**70, "no array of numbers: it is of type int"),
        (INNER, {"x": 1}, "with the members 'x', not 'x', 'way'"),
        (INNER, {**GOOD, "more": 1}, "with the members 'x', 'way', 'more', not 'x', 'way'"),
        (INNER, [1, 2], "that is no dict but of type list"),
        (INNER, {**GOOD, "x": np.zeros(2, int)}, r"with a part 'x' of shape \(2,\), not \(\)"),
        (INNER, {**GOOD, "way": (1,)}, "with a part 'way' that is no tuple of 2 members"),
        (INNER, {**GOOD, "way": "ab"}, "with a part 'way' that is no tuple of 2 members"),
        (INNER, {**GOOD, "way": ([1, 2], 5)}, "a part 'way.1' that is no value of the space Text: it is of type int"),
        (spaces.Sequence(box()), 5, "no value of the space Sequence"),
        (spaces.Sequence(box()), (b"x",), "of the space Sequence that JSON cannot hold: .*bytes"),
        (spaces.Graph(box(), None), ([], None, None), "no value of the space Graph"),
        (spaces.OneOf([box()]), 1, "no value of the space OneOf"),
        (spaces.Dict(), [], "no value of the space Dict"),
        (spaces.Tuple([]), {}, "no value of the space Tuple"),
        (MissionSpace(), object(), "of the space MissionSpace that JSON cannot hold: .*object"),
    ],
)
def test_what_does_not_fit_its_space_is_an_environment_that_failed(space: Space, value: object, told: str) -> None:
    reader = ObservationReader(space, "Test-v0")
    with pytest.raises(EnvironmentFailed, match=told) as failed:
        reader.read(value)
    assert str(failed.value).endswith(".")


def test_elements_that_no_recording_can_hold_are_refused_when_the_environment_is_opened() -> None:
    space = spaces.Tuple([spaces.Box(0, 1, (2,), np.longdouble)])
    with pytest.raises(EnvironmentFailed, match=r"part '0' of .*, which no recording can hold"):
        ObservationReader(space, "Test-v0")


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("float32", [1, 2]),
        ("float32", (np.float64(0.5), 2)),
        ("float64", np.array([0.1, 2], np.float32)),
        ("uint8", np.array([0.0, 255.0])),
        ("int8", np.array([True, False])),
        ("float32", np.array([np.nan, np.inf])),
        ("float32", np.array([1, 2], ">f4")),
        ("float32", np.array([1, 0, 2, 0], np.float32)[::2]),
    ],
)
def test_another_type_is_taken_where_it_says_the_very_same(dtype: str, value: Any) -> None:
    """REC-22."""
    found = ObservationReader(box(dtype), "Test-v0").read(value)
    assert isinstance(found, np.ndarray)
    assert found.dtype == np.dtype(dtype)
    assert np.array_equal(found, value, equal_nan=True)


def test_longer_floats_than_the_space_says_are_recorded_in_full() -> None:
    """REC-22: many an environment says float32 and gives float64."""
    first = {"a": np.array([0.1, 0.2]), "b": np.float32(0.5)}
    reader, data = read_whole(spaces.Dict(a=box("float32"), b=box("float64", ())), first)
    assert reader.kind.parts == (ObservationPart("a", "float64", (2,)), ObservationPart("b", "float64", ()))
    assert data == struct.pack("<3d", 0.1, 0.2, 0.5)
    single = ObservationReader(box("float16", ()), "Test-v0", 0.1)
    assert single.kind == ObservationKind(is_picture=False, dtype="float64", shape=())


@pytest.mark.parametrize("integer", INTEGERS)
def test_the_greatest_numbers_are_kept(integer: str) -> None:
    """REC-22."""
    limits = np.iinfo(integer)
    value = np.array([limits.min, limits.max], integer)
    reader, data = read_whole(spaces.Tuple([spaces.Box(limits.min, limits.max, (2,), value.dtype.type)]), (value,))
    found = reader.kind.parse(data)
    assert isinstance(found, dict)
    assert same(value, found["0"])


@pytest.mark.parametrize(
    "data", [b"", b"\x00", bytes(12), bytes(8) + b"\x02\x00\x00\x00x", bytes(8) + b"\x01\x00\x00\x00{"]
)
def test_bytes_of_another_kind_are_told_of(data: bytes) -> None:
    """REC-22."""
    kind = ObservationReader(spaces.Tuple([spaces.Discrete(2), spaces.Text(3)]), "Test-v0").kind
    with pytest.raises(ValueError, match=r".+"):
        kind.parse(data)
    with pytest.raises(ValueError, match="left over"):
        kind.parse(bytes(8) + b"\x01\x00\x00\x001" + data + b"x")
