"""What OPEN tells of an episode (REC-16): how its pictures and observations are to be read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.domain.observation import JSON, ObservationKind, ObservationPart
from skill_arcade.domain.picture import PictureFormat

Provenance = Mapping[str, Any]
"""The columns of table `episodes` (REC-41) that are known at the start, as JSON values."""


def encode_palette(palette: bytes | None) -> str | None:
    """A palette as it stands in JSON: base64, or None."""
    return None if palette is None else base64.b64encode(palette).decode("ascii")


def parse_palette(text: str | None) -> bytes | None:
    """A palette from JSON."""
    return None if text is None else base64.b64decode(text, validate=True)


def parse_picture_format(provenance: Provenance) -> PictureFormat:
    """How the episode's pictures are to be read.

    Raises:
        JournalCorrupt: the provenance does not say.
    """
    try:
        return PictureFormat(
            width=int(provenance["picture_width"]),
            height=int(provenance["picture_height"]),
            pixels=provenance["pixels"],
            palette=parse_palette(provenance.get("palette")),
        )
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise JournalCorrupt(f"The provenance does not say what a picture is: {error!r}.") from None


def encode_observation_kind(kind: ObservationKind) -> dict[str, Any]:
    """What observations are, as it stands in JSON; `parts` only where it has any."""
    members = {
        "is_picture": kind.is_picture,
        "dtype": kind.dtype,
        "shape": None if kind.shape is None else list(kind.shape),
    }
    return members if kind.parts is None else {**members, "parts": [encode_part(part) for part in kind.parts]}


def encode_part(part: ObservationPart) -> dict[str, Any]:
    """One part of an observation, as it stands in JSON."""
    return {"name": part.name, "dtype": part.dtype, "shape": None if part.shape is None else list(part.shape)}


def parse_observation_kind(provenance: Provenance) -> ObservationKind:
    """What the episode's observations are.

    Raises:
        JournalCorrupt: the provenance does not say.
    """
    try:
        kind = provenance["observation"]
        if kind["is_picture"]:
            return ObservationKind(is_picture=True)
        if kind.get("parts") is not None:
            return ObservationKind(is_picture=False, parts=tuple(_parse_part(part) for part in kind["parts"]))
        return ObservationKind(is_picture=False, dtype=_parse_dtype(kind["dtype"]), shape=_parse_shape(kind["shape"]))
    except (KeyError, TypeError, ValueError) as error:
        raise JournalCorrupt(f"The provenance does not say what an observation is: {error!r}.") from None


def _parse_part(part: Mapping[str, Any]) -> ObservationPart:
    if part["dtype"] == JSON:
        return ObservationPart(str(part["name"]), JSON, None)
    return ObservationPart(str(part["name"]), _parse_dtype(part["dtype"]), _parse_shape(part["shape"]))


def _parse_dtype(name: object) -> str:
    return np.dtype(str(name)).name


def _parse_shape(sizes: Iterable[Any]) -> tuple[int, ...]:
    return tuple(int(n) for n in sizes)
