"""Tower of Hanoi, our own environment; importing it registers "SkillArcade/Hanoi-v0" with Gymnasium."""

from __future__ import annotations

import gymnasium

ENV_ID = "SkillArcade/Hanoi-v0"

if ENV_ID not in gymnasium.registry:
    gymnasium.register(id=ENV_ID, entry_point="skill_arcade.games.hanoi.env:Hanoi")
