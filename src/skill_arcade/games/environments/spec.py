"""Which environment, and how it is made: the part of a game that a recording keeps to be played again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeGuard, get_args

Adapter = Literal["auto", "atari", "painted", "rendered"]

ATARI_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        # Gymnasium's own defaults (frameskip 4, sticky actions 0.25) are made for agents. A person plays
        # every frame, and the key that is down is the action that happens.
        "frameskip": 1,
        "repeat_action_probability": 0.0,
        "full_action_space": False,
        # 0 is ALE's word for no limit: the session counts the steps, in one place for all games.
        "max_num_frames_per_episode": 0,
    }
)


QUICK_FRAMESKIP = 4
"""With at most so many frames a step (0.1 ms each) an Atari game may share a process."""


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """Everything needed to make one environment, today or years later, without any game file.

    Attributes:
        env_id: the Gymnasium id; "module:Name-v0" imports the module first.
        kwargs: keyword arguments of the environment, JSON-able and complete: our own defaults are in it.
        adapter: which adapter runs it; "auto" asks the environment itself.
        max_episode_steps: the environment truncates after so many steps, as a rule of the task; None for no
            limit. The limit registered with Gymnasium is never used: it could change with a package.
    """

    env_id: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    adapter: Adapter = "auto"
    max_episode_steps: int | None = None

    @staticmethod
    def of_game(
        env_id: str,
        kwargs: Mapping[str, Any],
        adapter: Adapter = "auto",
        max_episode_steps: int | None = None,
    ) -> EnvironmentSpec:
        """Write out what a game file leaves to us, so that no later default changes an old recording."""
        if adapter == "auto" and env_id.startswith("ALE/"):
            adapter = "atari"
        complete = {**ATARI_DEFAULTS, **kwargs} if adapter == "atari" else dict(kwargs)
        return EnvironmentSpec(env_id, complete, adapter, max_episode_steps)

    @property
    def may_share_process(self) -> bool:
        """Whether its first `reset` and every `step` are known to be short and to leave the process alone.

        Only of such environments may several be played in one process: those of ALE with a few frames a step, unless
        actions may stick. Then a seed matters, and an episode begins with the loading of the ROM, which takes too long
        for others to wait.
        """
        if self.adapter != "atari" or self.kwargs.get("repeat_action_probability") != 0.0:
            return False
        return self.kwargs.get("frameskip") in range(1, QUICK_FRAMESKIP + 1)

    def to_json(self) -> dict[str, Any]:
        """A dict for `json.dumps`; it shares nothing with this object."""
        kwargs: dict[str, Any] = json.loads(json.dumps(dict(self.kwargs)))
        return {
            "env_id": self.env_id,
            "kwargs": kwargs,
            "adapter": self.adapter,
            "max_episode_steps": self.max_episode_steps,
        }

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> EnvironmentSpec:
        """Read what `to_json` gave.

        Raises:
            ValueError: it is not what `to_json` gives.
        """
        env_id, kwargs = stored.get("env_id"), stored.get("kwargs")
        adapter, limit = stored.get("adapter"), stored.get("max_episode_steps")
        if not isinstance(env_id, str) or not isinstance(kwargs, Mapping) or not _is_adapter(adapter):
            raise ValueError(f"not a stored environment: {stored!r}")
        if limit is not None and not isinstance(limit, int):
            raise ValueError(f"not a limit of steps: {limit!r}")
        return EnvironmentSpec(env_id, dict(kwargs), adapter, limit)


def _is_adapter(name: object) -> TypeGuard[Adapter]:
    return name in get_args(Adapter)
