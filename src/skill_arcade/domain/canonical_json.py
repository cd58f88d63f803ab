"""JSON with one text for each value: how recordings hold what is no array of fixed shape (REC-22); pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

_PLAIN_NUMBERS = frozenset("?bhilqBHILQefd")
"""numpy's characters of the types whose elements are numbers of Python's own."""

_encode_text = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def encode_canonical(value: object) -> bytes:
    """The UTF-8 text of any value that `to_json_value` has a form for: keys sorted, no spaces, shortest floats.

    Raises:
        ValueError: JSON cannot hold it; says why.
    """
    text = _encode_text(to_json_value(value))
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is no character") from None


def to_json_value(value: object) -> JsonValue:
    """`value` in JSON's types: arrays as nested lists, named tuples as objects, NaN and infinities as strings.

    Every number is the very number that it was, whatever its precision.

    Raises:
        ValueError: JSON cannot hold it; says why.
    """
    if isinstance(value, np.ndarray):
        return _list_of(value)
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _name_of(value)
    if isinstance(value, Mapping):
        return _object_of(value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _object_of(value._asdict())
    if isinstance(value, list | tuple):
        return [to_json_value(each) for each in value]
    raise ValueError(f"it has no form for the type {type(value).__name__}")


def _list_of(array: npt.NDArray[np.generic]) -> JsonValue:
    if array.dtype.char in _PLAIN_NUMBERS and bool(np.isfinite(array).all()):
        plain: JsonValue = array.tolist()  # many times as quick as one element after another
        return plain
    if array.ndim == 0:
        return to_json_value(array[()])
    return [to_json_value(each) for each in array]


def _object_of(members: Mapping[object, object]) -> JsonValue:
    strangers = [key for key in members if not isinstance(key, str)]
    if strangers:
        raise ValueError(f"its keys are strings, which {strangers[0]!r} is not")
    return {str(key): to_json_value(value) for key, value in members.items()}


def _name_of(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
