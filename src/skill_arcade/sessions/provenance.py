"""Adds to a new episode's provenance what only the opened environment knows (REC-16, REC-41)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skill_arcade.games.simulation import Simulation
from skill_arcade.recorder.provenance import encode_palette


def complete_provenance(known: Mapping[str, Any], simulation: Simulation) -> dict[str, Any]:
    """The provenance with picture, observation and action meanings filled in."""
    picture, observation = simulation.picture_format, simulation.observation_kind
    return {
        **known,
        "picture_width": picture.width,
        "picture_height": picture.height,
        "pixels": picture.pixels,
        "palette": encode_palette(picture.palette),
        "observation": {
            "is_picture": observation.is_picture,
            "dtype": observation.dtype,
            "shape": None if observation.shape is None else list(observation.shape),
        },
        "action_meanings": known.get("action_meanings") or list(simulation.action_meanings),
    }
