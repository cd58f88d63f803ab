from __future__ import annotations

import json
import math
import struct
from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill_arcade.domain.canonical_json import encode_canonical


class Pair(NamedTuple):
    left: Any
    right: Any


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        (OrderedDict(z="é 日", a="\n"), '{"a":"\\n","z":"é 日"}'),
        ((1, (2, [])), "[1,[2,[]]]"),
        (Pair(np.zeros((1, 2), np.float32), None), '{"left":[[0.0,0.0]],"right":null}'),
        (np.array([[1, 2], [3, 4]], np.uint8), "[[1,2],[3,4]]"),
        (np.array([True, False]), "[true,false]"),
        (np.array(7), "7"),
        (np.array(["north", "south"]), '["north","south"]'),
        (np.array([1, "x", None], object), '[1,"x",null]'),
        (np.str_("word"), '"word"'),
        (np.bool_(1), "true"),
        (np.uint64(2**64 - 1), "18446744073709551615"),
        (np.float64(0.1), "0.1"),
        # The number that it is, and not the shortest text from which single precision would make it again.
        (np.float32(0.1), "0.10000000149011612"),
        (-0.0, "-0.0"),
        (math.nan, '"NaN"'),
        (np.array([[math.inf, -math.inf], [math.nan, 1.0]], np.float16), '[["Infinity","-Infinity"],["NaN",1.0]]'),
    ],
)
def test_a_value_has_one_text(value: object, text: str) -> None:
    """REC-22."""
    assert encode_canonical(value).decode() == text


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b"x", "bytes"),
        ([{"deep": {1, 2}}], "set"),
        (1j, "complex"),
        (np.array([b"x"]), "bytes"),
        (np.array([object()], object), "object"),
        (np.longdouble(1), "longdouble"),
        (np.ones(2, np.longdouble), "longdouble"),
        (np.datetime64("2026-01-31"), "date"),
        ({1: "one"}, "keys are strings, which 1 is not"),
        ("\ud800", "half of a surrogate pair"),
    ],
)
def test_what_json_cannot_hold_is_refused_with_its_reason(value: object, why: str) -> None:
    """REC-22."""
    with pytest.raises(ValueError, match=why):
        encode_canonical(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_comes_back_bit_for_bit(value: float) -> None:
    """REC-22."""
    assert struct.pack("<d", json.loads(encode_canonical(value))) == struct.pack("<d", value)
