"""The rules of a session, from the game definition that its recording keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skill_arcade.games.controls.chords import ChordControls
from skill_arcade.games.controls.turn_keys import TurnKeys
from skill_arcade.games.controls.vector_controls import VectorControls
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.sessions.play.rules import ChooseAction, Rules
from skill_arcade.sessions.play.rules import TurnKeys as TurnKeysFace


def rules_of_game(game: Mapping[str, Any], simulation: Simulation) -> Rules:
    """What a session needs to know of `game`, a definition as JSON, with the actions of its environment."""
    definition = GameDefinition.from_json(game)
    choose_action, turn_keys = _hands_of(definition, simulation)
    return Rules(
        game_id=definition.id,
        tick_hz=definition.tick_hz,
        max_steps=definition.max_steps,
        action_space=simulation.action_space,
        deterministic=definition.deterministic,
        pause_limit_s=float(definition.pause_limit_s),
        choose_action=choose_action,
        turn_keys=turn_keys,
        pointer_key=definition.pointer_key,
        judge=definition.outcome.judge,
        measure=definition.metric.measure,
    )


def _hands_of(definition: GameDefinition, simulation: Simulation) -> tuple[ChooseAction, TurnKeysFace]:
    """What keys and mouse do: in real time, and in turns."""
    if definition.rest is not None:
        vector = VectorControls(definition)
        return vector.realtime_action, vector
    meanings = definition.actions or simulation.action_meanings
    return ChordControls(definition, meanings).realtime_action, TurnKeys(definition, meanings)
