"""What a player can do in one step."""

from __future__ import annotations

from typing import TypeAlias

Action: TypeAlias = int | tuple[float, ...]
"""An index into a discrete action space, or else the action's elements in C order."""
