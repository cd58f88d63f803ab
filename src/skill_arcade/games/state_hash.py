"""The short fingerprint of a state, by which a replay is compared with its recording (REC-23)."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from skill_arcade.domain.picture import Picture


def compute_state_hash(beside: npt.NDArray[np.generic] | None, picture: Picture) -> str:
    """16 hex digits of BLAKE2b over `beside` (RAM, the observation, or nothing), then the picture."""
    digest = hashlib.blake2b(digest_size=8)
    if beside is not None:
        digest.update(little_endian(beside).tobytes())
    digest.update(np.ascontiguousarray(picture).data)
    return digest.hexdigest()


def little_endian(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """The same values with their lowest byte first, as recordings hold them."""
    return values.astype(values.dtype.newbyteorder("<"), copy=False)
