"""Adds to a new episode's provenance what only the opened environment knows (REC-16, REC-41)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skill_arcade.games.environments.provenance import packages_of, rom_md5
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.recorder.provenance import encode_observation_kind, encode_palette


def read_environment_facts(environment: EnvironmentSpec) -> dict[str, Any]:
    """Versions and ROM. Slow (a tenth of a second), so it is done once for each game, by its template.

    Raises:
        EnvironmentFailed: there is no such environment or ROM.
    """
    return {"packages": packages_of(environment), "rom_md5": rom_md5(environment)}


def complete_provenance(known: Mapping[str, Any], simulation: Simulation, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The provenance with `facts` filled in, and what the simulation, which has just been reset, tells."""
    picture = simulation.picture_format
    return {
        **known,
        **facts,
        "picture_width": picture.width,
        "picture_height": picture.height,
        "pixels": picture.pixels,
        "palette": encode_palette(picture.palette),
        "observation": encode_observation_kind(simulation.observation_kind),
        "reset_info": dict(simulation.reset_info),
        "action_meanings": list(known["game"].get("actions") or simulation.action_meanings),
    }
