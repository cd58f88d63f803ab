"""Tetris, our own environment; importing it registers "SkillArcade/Tetris-v0" with Gymnasium."""

from __future__ import annotations

import gymnasium

ENV_ID = "SkillArcade/Tetris-v0"

if ENV_ID not in gymnasium.registry:
    gymnasium.register(id=ENV_ID, entry_point="skill_arcade.games.tetris.env:Tetris")
