"""What column `observation` of table `frames` holds: flat arrays and JSON texts (REC-46)."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pyarrow as pa

from skill_arcade.domain.observation import Array, ObservationKind, encode_array

Cell: TypeAlias = Array | dict[str, Array | str]


def column_type(kind: ObservationKind) -> pa.DataType:
    """A list of the elements, or a struct with a field for each part: a list, or a string for JSON."""
    if kind.parts is None:
        return _list_type(kind.dtype)
    fields = [(part.name, pa.string() if part.shape is None else _list_type(part.dtype)) for part in kind.parts]
    return pa.struct(fields)


def make_cell(kind: ObservationKind, data: bytes) -> Cell:
    """One observation from its bytes (REC-22).

    Raises:
        ValueError: these are not the bytes of such an observation.
    """
    if kind.parts is None:
        return _flat(kind.dtype, data)
    return {part.name: own.decode() if part.shape is None else _flat(part.dtype, own) for part, own in kind.split(data)}


def read_cell(kind: ObservationKind, cell: pa.Scalar) -> bytes:
    """The bytes of an observation (REC-22), as they went into `make_cell`."""
    if kind.parts is None:
        return _list_bytes(kind.dtype, cell)
    return kind.join(
        cell[part.name].as_py().encode() if part.shape is None else _list_bytes(part.dtype, cell[part.name])
        for part in kind.parts
    )


def _list_type(dtype: str | None) -> pa.DataType:
    return pa.list_(pa.from_numpy_dtype(_stored_dtype(dtype)))


def _stored_dtype(dtype: str | None) -> str | None:
    # Many readers of Parquet know no half precision; single precision holds every such number.
    return "float32" if dtype == "float16" else dtype


def _flat(dtype: str | None, data: bytes) -> Array:
    return np.frombuffer(data, np.dtype(dtype).newbyteorder("<")).astype(_stored_dtype(dtype), copy=False)


def _list_bytes(dtype: str | None, elements: pa.ListScalar) -> bytes:
    values: Array = elements.values.to_numpy(zero_copy_only=False)
    return encode_array(values.astype(dtype, copy=False))
