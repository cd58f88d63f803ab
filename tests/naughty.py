"""Environments that misbehave as real ones do: raise, hang, end the process; and one that is merely small."""

from __future__ import annotations

import os
import time
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from typing_extensions import override

RAISE, HANG, EXIT, DIE = 2, 3, 4, 5


class Naughty(gymnasium.Env[npt.NDArray[np.uint8], int]):
    """Actions 0 and 1 are harmless; 2 raises, 3 hangs, 4 calls exit(), 5 ends the process without a word."""

    metadata: dict[str, Any] = {  # noqa: RUF012  # as Gymnasium declares it
        "render_modes": ["rgb_array"],
        "render_fps": 30,
    }

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.action_space = spaces.Discrete(6)  # type: ignore[assignment]  # its elements are numpy integers
        self.observation_space = spaces.Box(0, 255, (3,), np.uint8)
        self._n = 0

    @override
    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.uint8], dict[str, Any]]:
        super().reset(seed=seed)
        self._n = 0
        return self._observe(), {}

    @override
    def step(self, action: int) -> tuple[npt.NDArray[np.uint8], float, bool, bool, dict[str, Any]]:
        if action == RAISE:
            raise ArithmeticError("the ball left the universe")
        if action == HANG:
            time.sleep(3600)
        if action == EXIT:
            raise SystemExit(3)
        if action == DIE:
            os._exit(7)
        self._n += 1
        return self._observe(), float(action), False, False, {}

    @override
    def render(self) -> Any:
        picture = np.zeros((8, 12, 3), dtype=np.uint8)
        picture[self._n % 8, :, 0] = self._n % 256
        return picture

    def _observe(self) -> npt.NDArray[np.uint8]:
        return np.array([self._n % 256, 1, 2], dtype=np.uint8)


gymnasium.register("Naughty-v0", f"{__name__}:Naughty")
