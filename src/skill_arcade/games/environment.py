"""Which environment, and how it is made: the part of a game that a recording keeps to be played again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

Adapter = Literal["auto", "atari", "painted", "rendered"]

ATARI_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        # Gymnasium's own defaults (frameskip 4, sticky actions 0.25) are made for agents. A person plays every
        # frame, and the key that is down is the action that happens.
        "frameskip": 1,
        "repeat_action_probability": 0.0,
        "full_action_space": False,
        # 0 is ALE's word for no limit: the session counts the steps, in one place for all games.
        "max_num_frames_per_episode": 0,
    }
)


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """Everything needed to make one environment, today or years later, without any game file.

    Attributes:
        env_id: the Gymnasium id; "module:Name-v0" imports the module first.
        kwargs: keyword arguments of the environment, JSON-able and complete: defaults of ours are written out.
        adapter: which adapter runs it; "auto" asks the environment itself.
    """

    env_id: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    adapter: Adapter = "auto"

    @staticmethod
    def of_game(env_id: str, kwargs: Mapping[str, Any], adapter: Adapter = "auto") -> EnvironmentSpec:
        """Write out what a game file leaves to us, so that a later change of a default changes no recording."""
        if adapter == "auto" and env_id.startswith("ALE/"):
            adapter = "atari"
        complete = {**ATARI_DEFAULTS, **kwargs} if adapter == "atari" else dict(kwargs)
        return EnvironmentSpec(env_id, complete, adapter)

    def to_json(self) -> dict[str, Any]:
        """A dict for `json.dumps`, a copy of its own."""
        as_text = json.dumps({"env_id": self.env_id, "kwargs": dict(self.kwargs), "adapter": self.adapter})
        plain: dict[str, Any] = json.loads(as_text)
        return plain

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> EnvironmentSpec:
        """Read what `to_json` gave.

        Raises:
            ValueError: it is not what `to_json` gives.
        """
        env_id, kwargs, adapter = (stored.get(name) for name in ("env_id", "kwargs", "adapter"))
        if not isinstance(env_id, str) or not isinstance(kwargs, Mapping) or adapter not in get_args(Adapter):
            raise ValueError(f"not a stored environment: {stored!r}")
        return EnvironmentSpec(env_id, dict(kwargs), adapter)
