"""The short fingerprint of a state, by which a replay is compared with its recording (REC-23)."""

from __future__ import annotations

import hashlib

import numpy as np

from skill_arcade.domain.observation import HeldObservation, encode_held
from skill_arcade.domain.picture import Picture


def compute_state_hash(beside: HeldObservation | None, picture: Picture) -> str:
    """16 hex digits of BLAKE2b over `beside` (RAM, the observation, or nothing), then the picture."""
    digest = hashlib.blake2b(digest_size=8)
    if beside is not None:
        digest.update(encode_held(beside))
    digest.update(np.ascontiguousarray(picture).data)
    return digest.hexdigest()
