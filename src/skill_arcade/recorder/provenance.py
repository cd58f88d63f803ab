"""What OPEN tells of an episode (REC-16): how its pictures and observations are to be read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from skill_arcade.domain.errors import JournalCorrupt
from skill_arcade.domain.observation import ObservationKind
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


def parse_observation_kind(provenance: Provenance) -> ObservationKind:
    """What the episode's observations are.

    Raises:
        JournalCorrupt: the provenance does not say.
    """
    try:
        kind = provenance["observation"]
        if kind["is_picture"]:
            return ObservationKind(is_picture=True)
        shape = tuple(int(n) for n in kind["shape"])
        return ObservationKind(is_picture=False, dtype=str(kind["dtype"]), shape=shape)
    except (KeyError, TypeError, ValueError) as error:
        raise JournalCorrupt(f"The provenance does not say what an observation is: {error!r}.") from None
