"""The environment that verifying meets in the tests: it keeps its word, or goes wrong as it is told."""

from __future__ import annotations

import os
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from typing_extensions import override

Array = npt.NDArray[Any]


class WalkEnv(gymnasium.Env[Array, np.int64]):
    """A dot that is pushed along a line; the seed chooses where it starts.

    Args:
        dies_at: the step at which the process ends, without an exception.
        raises_at: the step that raises.
        hangs_at: the step that never returns.
        length: where the line ends.
        changed: "reward" or "picture", which then is another one from step 2 on.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 60}  # noqa: RUF012 - as Gymnasium has it

    def __init__(
        self,
        render_mode: str | None = None,
        dies_at: int | None = None,
        raises_at: int | None = None,
        hangs_at: int | None = None,
        changed: str | None = None,
        length: int = 30,
    ) -> None:
        self.render_mode = render_mode
        self.observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float32)
        self.action_space = spaces.Discrete(3)
        self._dies_at, self._raises_at, self._hangs_at = dies_at, raises_at, hangs_at
        self._changed, self._length = changed, length
        self._place = self._step = 0

    @override
    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Array, dict[str, Any]]:
        super().reset(seed=seed)
        self._place, self._step = int(self.np_random.integers(5, 15)), 0
        return self._observe(), {}

    @override
    def step(self, action: np.int64) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        if self._step == self._dies_at:
            os.write(2, b"goodbye\n")
            os._exit(7)
        if self._step == self._raises_at:
            raise RuntimeError("this environment has had enough")
        while self._step == self._hangs_at:
            pass
        self._place = min(max(self._place + int(action) - 1, 0), self._length)
        self._step += 1
        differs = self._changed == "reward" and self._step > 2
        return self._observe(), self._place / 10 + differs, self._place == self._length, False, {}

    @override
    def render(self) -> Array:
        picture = np.zeros((3, 31, 3), dtype=np.uint8)
        picture[1, self._place] = 255
        if self._changed == "picture" and self._step > 2:
            picture[0, 0, 0] = 1
        return picture

    def get_action_meanings(self) -> list[str]:
        return ["LEFT", "NOOP", "RIGHT"]

    def _observe(self) -> Array:
        return np.array([self._place, -0.0], dtype=np.float32)


gymnasium.register("SkillArcadeTestWalk-v0", entry_point="tests.dataset.environments:WalkEnv")
