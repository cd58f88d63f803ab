"""Environments that take the processor: `Slow` 30 ms of it a step, `Runaway` all of it after a second of play."""

from __future__ import annotations

import time
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from typing_extensions import override

STEP_S = 0.03
"""CPU time of a slow step."""

RUNAWAY_AFTER_STEPS = 60

Picture = npt.NDArray[np.uint8]


class Slow(gymnasium.Env[Picture, np.int64]):
    """Works for 30 ms at each step and gets nowhere."""

    metadata: dict[str, Any] = {  # noqa: RUF012  # as Gymnasium declares it
        "render_modes": ["rgb_array"],
        "render_fps": 30,
    }

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.action_space = spaces.Discrete(2)
        self.observation_space = spaces.Box(0, 255, (1,), np.uint8)
        self._n_steps = 0

    @override
    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Picture, dict[str, Any]]:
        super().reset(seed=seed)
        self._n_steps = 0
        return self._observe(), {}

    @override
    def step(self, action: np.int64) -> tuple[Picture, float, bool, bool, dict[str, Any]]:
        self._work()
        self._n_steps += 1
        return self._observe(), 0.0, False, False, {}

    @override
    def render(self) -> Any:
        return np.full((84, 84, 3), self._n_steps % 256, np.uint8)

    def _work(self) -> None:
        until_s = time.thread_time() + STEP_S
        while time.thread_time() < until_s:
            pass

    def _observe(self) -> Picture:
        return np.array([self._n_steps % 256], np.uint8)


class Runaway(Slow):
    """Plays along for a while, then works without end."""

    @override
    def _work(self) -> None:
        while self._n_steps >= RUNAWAY_AFTER_STEPS:
            pass


gymnasium.register("SkillArcadeBench/Slow-v0", f"{__name__}:Slow")
gymnasium.register("SkillArcadeBench/Runaway-v0", f"{__name__}:Runaway")
