"""The rules of a session, from the game definition that its recording keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skill_arcade.games.controls import Controls
from skill_arcade.games.definition import GameDefinition
from skill_arcade.games.simulation import Simulation
from skill_arcade.games.turn_keys import TurnKeys
from skill_arcade.sessions.rules import Rules


def rules_of_game(game: Mapping[str, Any], simulation: Simulation) -> Rules:
    """What a session needs to know of `game`, a definition as JSON, with the actions of its environment."""
    definition = GameDefinition.from_json(game)
    meanings = definition.actions or simulation.action_meanings
    return Rules(
        game_id=definition.id,
        tick_hz=definition.tick_hz,
        max_steps=definition.max_steps,
        n_actions=simulation.n_actions,
        deterministic=definition.deterministic,
        pause_limit_s=float(definition.pause_limit_s),
        choose_action=Controls(definition, meanings).realtime_action,
        turn_keys=TurnKeys(definition, meanings),
        pointer_key=definition.pointer_key,
        judge=definition.outcome.judge,
        measure=definition.metric.measure,
    )
